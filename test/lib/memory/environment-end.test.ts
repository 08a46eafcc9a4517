// What ends when it is full, at which moment, and what does not: under AWS's own runtime client, frozen between invocations.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findRic } from '../../support/ric.ts';
import { runFrozen, type Seen } from './frozen-runtime.ts';

const { entry, skip } = await findRic();

const consumer = (body: string, before = ''): string => `
  ${before}
  const config = defineConsumer({ name: 'frozen', topic: 'orders', value: text() });
  const deadLetters = { store: () => Promise.reject(new Error('no record of this test may fail')) };
  export const handler = createConsumer(config, { record(record) { ${body} } }, { deadLetters });`;

/** Keeps 200 KB of each record, and says when one begins. */
const leaking = consumer(
  `process.stdout.write(JSON.stringify({ begun: record.offset }) + "\\n"); kept.set(record.offset, Buffer.alloc(200_000, 1).toString('latin1'));`,
  'const kept = new Map<number, string>();',
);
/** Holds tables up to so much resident memory, and keeps nothing of its records. */
const holding = (megabytes: number): string =>
  consumer(
    `process.stdout.write(JSON.stringify({ begun: record.offset }) + "\\n"); return JSON.stringify({ value: record.value }).repeat(50);`,
    `const tables: string[] = [];
     const collect = () => globalThis.gc({ type: 'major', flavor: 'last-resort' });
     while (collect(), process.memoryUsage.rss() < ${megabytes} * 1_048_576)
       for (let i = 0; i < 50; i++) tables.push(Buffer.alloc(20_000, 1).toString('latin1'));
     globalThis.tables = tables;`,
  );

const messages = ({ lines }: Seen, message: string): readonly Record<string, unknown>[] =>
  lines.filter((line) => line['message'] === message);
const full = 'memory is full, the environment ends';
const tooSmall = 'the memory size is too small, nothing is declined before it is reached';
const run = { entry, events: 80, recordsPerEvent: 10, memoryMb: 128 };
const offsets = Array.from({ length: run.events * run.recordsPerEvent }, (_, offset) => offset);

/** Every record has run once, in order: none was declined, and none had begun in a delivery that was not answered. */
function assertEachOnce({ deliveries, lines }: Seen): void {
  assert.ok(deliveries.every(({ reported = 0 }) => reported === 0));
  const begun = lines.flatMap((line) => ('begun' in line ? [line['begun']] : []));
  assert.deepEqual(begun, offsets);
}

describe('an environment', { skip, timeout: 120_000 }, () => {
  test('that fills up ends before a record of the next event has begun, and a fresh one processes that', async () => {
    const seen = await runFrozen({ ...run, source: leaking });
    assertEachOnce(seen);
    const ends = seen.deliveries.filter(({ exitStatus }) => exitStatus !== undefined);
    assert.ok(ends.length >= 2, `${ends.length} ends`);
    assert.ok(ends.every(({ exitStatus }) => exitStatus === 75));
    assert.equal(seen.deliveries.length, run.events + ends.length);
    const told = messages(seen, full);
    assert.deepEqual(
      told.map(({ requestId }) => requestId),
      ends.map(({ requestId }) => requestId),
    );
    for (const { invocations, liveSetBytes } of told)
      assert.ok(Number(invocations) >= 10 && Number(liveSetBytes) > 20_000_000, JSON.stringify(told));
    const counted = seen.lines.filter((line) => line['EnvironmentsEnded'] === 1);
    assert.equal(counted.length, ends.length);
  });

  test('that is at 90 % of its memory and does not grow declines nothing, and does not end', async () => {
    const seen = await runFrozen({ ...run, source: holding(115) });
    assertEachOnce(seen);
    assert.equal(seen.deliveries.length, run.events);
  });

  test('that is full from its start says once that the memory size is too small, and works on', async () => {
    const seen = await runFrozen({ ...run, source: holding(118) });
    assertEachOnce(seen);
    assert.equal(seen.deliveries.length, run.events);
    assert.equal(messages(seen, tooSmall).length, 1);
  });
});
