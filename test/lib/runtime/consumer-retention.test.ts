import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createConsumer, defineConsumer, json } from '../../../lib/index.ts';
import { createRetentionWatch } from '../../../lib/retention/watch.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { toContext, toEvent } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';

/** A consumer of a heap that grows by `bytesPerInvocation`, after `invocations` invocations; its log lines. */
async function linesAfter(invocations: number, bytesPerInvocation: number): Promise<KeptLogger['lines']> {
  let alive = 20e6;
  const retention = createRetentionWatch({
    limitBytes: 100e6,
    collector: { minor() {}, major() {}, thorough() {} },
    startProfile: () => undefined,
    read: () => ({ heapUsed: alive, heapResident: alive, external: 0, arrayBuffers: 0, rss: alive }),
  });
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', value: json() });
  const keep = (): void => {
    alive += bytesPerInvocation;
  };
  const handler = createConsumer(
    config,
    { record: keep },
    { deadLetters: createMemoryStore(), logger },
    { retentionWatch: retention },
  );
  for (let i = 0; i < invocations; i++)
    await handler(toEvent([{ offset: i, value: '{"id":"secret-marker"}' }]), toContext());
  return logger.lines;
}

test('growth is said once, and in the line of each batch from then on', async () => {
  const lines = await linesAfter(250, 50_000);
  const said = lines.filter((line) => line['message'] === 'memory is retained across invocations');
  assert.equal(said.length, 1);
  assert.equal(said[0]?.['level'], 'WARN');
  const retention = said[0]?.['retention'] as Record<string, unknown>;
  assert.equal(retention['bytesPerInvocation'], 50_000);
  assert.match(
    String(retention['text']),
    /grows by 49 KB per invocation since invocation \d+, the environment is full in about \d+/,
  );
  const rates = lines.flatMap((line) => {
    const summary = line['tailrace'] as Record<string, unknown> | undefined;
    return summary ? [summary['retainedBytesPerInvocation']] : [];
  });
  assert.deepEqual([rates.length, rates[0], rates.at(-1)], [250, 0, 50_000]);
  assert.ok(!JSON.stringify(lines).includes('secret-marker'));
});

test('nothing is said of a consumer that keeps nothing', async () => {
  const lines = await linesAfter(150, 0);
  assert.deepEqual([...new Set(lines.map((line) => line['message']))], ['batch']);
});
