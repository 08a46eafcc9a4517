import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { ConsumerHandler } from '../lib/index.ts';
import { toContext, toEvent } from './support/events.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the consumer in the README is one', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const files = [...readme.matchAll(/```ts\n\/\/ handlers\/payments\/(\w+\.ts)[^\n]*\n(.*?)```/gs)];
  assert.deepEqual(
    files.map(([, name]) => name),
    ['consumer.ts', 'handler.ts'],
  );
  // As deep below the project's folder as a handler is, so that its imports are the README's own.
  await mkdir(join(root, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(root, '.cache', 'readme-'));
  try {
    for (const [, name = '', text = ''] of files) await writeFile(join(folder, name), text);
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['.'] }),
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const checked = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout);
    process.env['TAILRACE_DEAD_LETTER_BUCKET'] = 'unused';
    const { handler } = (await import(pathToFileURL(join(folder, 'handler.ts')).href)) as {
      handler: ConsumerHandler;
    };
    const value = JSON.stringify({ id: 'p-1', cents: 12 });
    const event = toEvent([
      { topic: 'payments', offset: 0, key: 'p-1', value },
      { topic: 'payments', offset: 1, key: 'p-1' },
    ]);
    assert.deepEqual(await handler(event, toContext()), { batchItemFailures: [] });
  } finally {
    await rm(folder, { recursive: true });
  }
});
