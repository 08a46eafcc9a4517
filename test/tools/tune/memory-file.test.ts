import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import { findMovedSettings } from '../../../lib/definition/measured-settings.ts';
import { createTemporaryFolder } from '../../../tools/temporary-folder.ts';
import { readProfile, writeProfile } from '../../../tools/tune/memory-file.ts';
import { judge } from '../../../tools/tune/sweep/candidate.ts';

const choice = judge(
  {
    memoryMb: 192,
    maxRecords: 900,
    records: 900,
    typicalPeakMb: 120,
    heaviestPeakMb: 140,
    typicalOutcome: 'survived',
    heaviestOutcome: 'survived',
    heaviestMs: 10,
    durationMs: 10,
    samplesMs: [10],
    initMs: 200,
  },
  { rate: undefined, slots: 1, headroom: 0.85, coldStartShare: 0, timeoutMs: 60_000 },
);

test('writes a profile that the definition reads, for the settings that it was measured with', async (t) => {
  const { path, remove } = await createTemporaryFolder('memory-file');
  t.after(remove);
  const file = join(path, 'memory.json');
  const orders = { name: 'orders', topic: 'orders', batch: { maxRecords: 500 }, concurrency: 4 } as const;
  await writeProfile(file, choice, { definition: defineConsumer(orders), command: 'tailrace tune orders' });
  const memory = await readProfile(file);
  assert.deepEqual(
    [memory.sizeMb, memory.measuredPeakMb, memory.measuredBy],
    [192, 140, 'tailrace tune orders'],
  );
  assert.match(memory.measuredAt ?? '', /^\d{4}-\d\d-\d\d$/);
  assert.match(memory.measuredOn ?? '', new RegExp(`^Node ${process.versions.node}(, commit [0-9a-f]+)?$`));
  // Its batch size was the sweep's choice; the definition takes it over, and nothing has moved.
  assert.deepEqual(findMovedSettings(defineConsumer({ ...orders, memory })), [
    'maxRecords is 500, was measured with 900',
  ]);
  assert.deepEqual(findMovedSettings(defineConsumer({ ...orders, batch: { maxRecords: 900 }, memory })), []);
});

test('says that there is no profile, and how to write one', async () => {
  await assert.rejects(readProfile('/nowhere/memory.json'), { code: 'NO_PROFILE' });
});

test('refuses a profile that says no size, or one that cannot be, and names the field', async (t) => {
  const { path, remove } = await createTemporaryFolder('memory-file-odd');
  t.after(remove);
  const file = join(path, 'memory.json');
  for (const [text, why] of [
    ['{}', /got nothing as sizeMb, expected 128 to 10240/],
    ['null', /got nothing as sizeMb/],
    ['{"sizeMb":"256"}', /got "256" as sizeMb/],
    [
      '{"sizeMb":256,"measuredFor":{"maxRecords":-1}}',
      /got -1 as measuredFor\.maxRecords, expected 1 to 10000/,
    ],
    ['{"sizeMb":256,"measuredFor":{"concurrency":"abc"}}', /got "abc" as measuredFor\.concurrency/],
    ['{', /cannot be read, got /],
  ] as const) {
    await writeFile(file, text);
    await assert.rejects(readProfile(file), { code: 'NO_PROFILE', message: why });
  }
});
