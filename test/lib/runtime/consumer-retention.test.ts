import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createConsumer, defineConsumer, json } from '../../../lib/index.ts';
import { createRetentionWatch } from '../../../lib/retention/watch.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { toContext, toEvent } from '../../support/events.ts';
import { createRandom } from '../../../tools/traffic/random.ts';
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

describe('of several invocations at once, growth of 30 KB each', () => {
  /** Invocations until it is said; each holds `heldBytes` while it is under way, and ends in the order in which it began. */
  async function saidAfter(atOnce: number, inWaves: boolean, heldBytes: number): Promise<number> {
    let alive = 20e6;
    const random = createRandom(858);
    const retentionWatch = createRetentionWatch({
      limitBytes: 100e6,
      collector: { minor() {}, major() {}, thorough() {} },
      startProfile: () => undefined,
      read: () => ({ heapUsed: alive, heapResident: alive, external: 0, arrayBuffers: 0, rss: alive }),
    });
    const logger = new KeptLogger({ serviceName: 'test' });
    const config = defineConsumer({ name: 'test', topic: 'orders', value: json() });
    const paused: (() => void)[] = [];
    const record = (): Promise<void> => new Promise((goOn) => paused.push(goOn));
    const options = { deadLetters: createMemoryStore(), logger, metrics: false } as const;
    const handler = createConsumer(config, { record }, options, { retentionWatch });
    const call = async (offset: number): Promise<void> => {
      const held = heldBytes * (0.5 + random.next());
      alive += held;
      await handler(toEvent([{ offset, value: '1' }]), toContext());
      alive += 30_000 - held;
      underWay--;
    };
    let underWay = 0;
    const calls: Promise<void>[] = [];
    const isSaid = (): boolean => logger.lines.some((line) => line['retention'] !== undefined);
    while (!isSaid() && calls.length < 600) {
      for (; underWay < atOnce; underWay++) calls.push(call(calls.length));
      for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
      for (const goOn of paused.splice(0, inWaves ? atOnce : 1)) goOn();
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    }
    const ended = logger.lines.filter(({ message }) => message === 'batch').length;
    for (const goOn of paused.splice(0)) goOn();
    await Promise.all(calls);
    return ended;
  }

  for (const inWaves of [true, false])
    test(`is said little later in ${inWaves ? 'waves' : 'a steady stream'} than one after another`, async () => {
      const alone = await saidAfter(1, inWaves, 200_000);
      for (const atOnce of [8, 32, 64]) {
        const invocations = await saidAfter(atOnce, inWaves, 200_000);
        // What many hold is noise, and a wave gives one point, of which there must be eight.
        assert.ok(
          invocations < Math.min(600, 1.5 * alone + 8 * atOnce),
          `${invocations} of ${atOnce} at once`,
        );
      }
    });
});
