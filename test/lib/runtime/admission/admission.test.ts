import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Admission, type Entrance } from '../../../../lib/runtime/admission/admission.ts';
import type { EventRecord } from '../../../../lib/runtime/event/event.ts';
import { createWatermark } from '../../../../lib/memory/watermark.ts';
import {
  createConsumer,
  defineConsumer,
  text,
  type BatchFunction,
  type ConsumerConfig,
  type RecordFunction,
} from '../../../../lib/index.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';

const mb = 1_048_576;

/** A process of 128 MB, the mark at 108; its garbage is what a collection takes away. */
interface Process {
  liveMb: number;
  garbageMb: number;
  collections: number;
}

interface Outcome {
  readonly reported: readonly string[];
  readonly logger: KeptLogger;
}

async function run(
  records: readonly TestRecord[],
  process: Process,
  fn: RecordFunction<string, string> | BatchFunction<string, string>,
  definition: Partial<ConsumerConfig<string, string>> = {},
): Promise<Outcome> {
  const logger = new KeptLogger({ serviceName: 'test' });
  // Every look at the clock is 8 ms later, so memory is looked at for every record.
  let clock = 0;
  const watermark = createWatermark({
    limitBytes: 128 * mb,
    residentBytes: () => (process.liveMb + process.garbageMb) * mb,
    trackedBytes: () => 0,
    collector: {
      major() {
        process.collections++;
        process.garbageMb = 0;
      },
      thorough() {},
    },
  });
  const limits = { maxDecompressedBytesPerRecord: mb };
  const config = defineConsumer({ name: 'test', topic: 'orders', value: text(), limits, ...definition });
  const options = { deadLetters: createMemoryStore(), logger, watermark };
  const handler = createConsumer(config, fn, options, { now: () => (clock += 8) });
  const response = await handler(toEvent(records), toContext());
  return { reported: reportedOf(response), logger };
}

/** Holds so many MB until the event loop has turned. */
async function useForATurn(process: Process, megabytes: number): Promise<void> {
  process.liveMb += megabytes;
  await new Promise(setImmediate);
  process.liveMb -= megabytes;
}

const records = (count: number): TestRecord[] =>
  Array.from({ length: count }, (_, offset) => ({ offset, value: 'v' }));
const fresh = (): Process => ({ liveMb: 60, garbageMb: 0, collections: 0 });
/** So much is alive from the moment on that the invocation has begun. */
const swelling = (liveMb: number): Process => {
  let looks = 0;
  return {
    ...fresh(),
    get liveMb() {
      return looks++ === 0 ? 60 : liveMb;
    },
  };
};
const lineOf = ({ logger }: Outcome, message: string): Record<string, unknown> | undefined =>
  logger.lines.find((line) => line['message'] === message);
const summaryOf = (outcome: Outcome): Record<string, unknown> =>
  lineOf(outcome, 'batch')?.['tailrace'] as Record<string, unknown>;
const warning = 'memory is near its limit, records declined';

describe('near the memory limit', () => {
  test('nothing new starts, what has finished counts, and one line says why', async () => {
    const process = fresh();
    const outcome = await run(records(8), process, { record: () => void (process.liveMb += 20) });
    assert.deepEqual(
      outcome.reported,
      [3, 4, 5, 6, 7].map((offset) => `orders-0@${offset}`),
    );
    const { done, declined, retried, retriedBy } = summaryOf(outcome);
    assert.deepEqual([done, declined, retried, retriedBy], [3, 5, 5, { memory: 5 }]);
    const line = lineOf(outcome, warning);
    assert.equal(line?.['level'], 'WARN');
    const { residentBytes, neededBytes, markBytes, limitBytes } = line ?? {};
    assert.deepEqual(
      [line?.['declined'], residentBytes, neededBytes, markBytes, limitBytes],
      [5, 120 * mb, 4, 108 * mb, 128 * mb],
    );
  });

  test('garbage is collected first, and the invocation goes on', async () => {
    const process = fresh();
    const outcome = await run(records(14), process, { record: () => void (process.garbageMb += 10) });
    assert.deepEqual(outcome.reported, []);
    assert.equal(process.collections, 2);
    assert.equal(lineOf(outcome, warning), undefined);
  });

  test('one record starts even so, or the batch would come again for ever', async () => {
    const process = swelling(125);
    const seen: number[] = [];
    const outcome = await run(records(4), process, { record: ({ offset }) => seen.push(offset) });
    assert.deepEqual([seen, process.collections], [[0], 2]);
    assert.deepEqual(outcome.reported, ['orders-0@1', 'orders-0@2', 'orders-0@3']);
  });

  test('a record is held to need what it decompresses to, not what the largest could', async () => {
    const process = swelling(105);
    const outcome = await run(
      [...records(3), { offset: 3, value: 'x'.repeat(mb) }, { offset: 4, value: 'v' }],
      process,
      { record: () => undefined },
    );
    assert.deepEqual(outcome.reported, ['orders-0@3', 'orders-0@4']);
  });

  test('what was there when the invocation began is not held against its records', async () => {
    const outcome = await run(records(4), { ...fresh(), liveMb: 108 }, { record: () => undefined });
    assert.deepEqual(outcome.reported, []);
  });

  test('lanes wait for the memory of records that are under way', async () => {
    const process = fresh();
    const outcome = await run(
      records(40),
      process,
      { record: async () => await useForATurn(process, 20) },
      { order: 'none', concurrency: 4 },
    );
    assert.deepEqual(outcome.reported, []);
    assert.equal(summaryOf(outcome)['done'], 40);
  });

  test('a lane that can wait for others is not preceded by a collection for each record', async () => {
    const process = { ...fresh(), liveMb: 102 };
    const outcome = await run(
      records(100),
      process,
      { record: async () => await useForATurn(process, 4) },
      { order: 'none', concurrency: 4 },
    );
    assert.equal(summaryOf(outcome)['done'], 100);
    assert.ok(process.collections > 0 && process.collections < 40, String(process.collections));
  });

  test('lanes that wait are answered also when memory stays short', async () => {
    const process = fresh();
    const outcome = await run(
      records(10),
      process,
      {
        async record() {
          process.liveMb += 30;
          await new Promise(setImmediate);
        },
      },
      { order: 'none', concurrency: 2 },
    );
    const { done, declined } = summaryOf(outcome);
    assert.deepEqual([done, declined, outcome.reported.length], [2, 8, 8]);
  });

  test('a batch function sees its records end and succeeds with those it had', async () => {
    const process = fresh();
    const seen: number[] = [];
    const two = records(6).flatMap((record) => [record, { ...record, partition: 1 }]);
    const outcome = await run(two, process, {
      async batch(leased) {
        for await (const record of leased) {
          seen.push(record.offset);
          process.liveMb += 10;
        }
      },
    });
    const { done, declined } = summaryOf(outcome);
    assert.equal(done, seen.length);
    assert.ok(seen.length >= 5 && seen.length <= 7, String(seen.length));
    assert.equal(declined, 12 - seen.length);
    assert.equal(outcome.reported.length, 12 - seen.length);
  });

  test('records that cannot be opened keep nobody waiting', async () => {
    const process = { ...fresh(), liveMb: 105 };
    const corrupt = Buffer.from('04224d18ffff', 'hex');
    const outcome = await run(
      Array.from({ length: 20 }, (_, offset) => ({ offset, value: offset % 2 ? corrupt : 'x'.repeat(mb) })),
      process,
      { record: () => new Promise(setImmediate) },
      { order: 'none', concurrency: 4 },
    );
    const { done, deadLettered, declined } = summaryOf(outcome);
    assert.equal(Number(done) + Number(deadLettered) + Number(declined), 20);
    assert.ok(Number(done) >= 1);
  });
});

describe('the clock', () => {
  const record = { topic: 'orders', partition: 0, offset: 0, timestamp: 0, timestampType: 'CREATE_TIME' };
  const large = { ...record, value: 'A'.repeat(65_536) };

  /** An admission with a clock that a test sets, and how often it was read. */
  function start(residentMb = 40): {
    readonly clock: { ms: number; readings: number };
    readonly admission: Entrance;
  } {
    const clock = { ms: 1000, readings: 0 };
    const watermark = createWatermark({
      limitBytes: 256 * mb,
      residentBytes: () => residentMb * mb,
      trackedBytes: () => 0,
    });
    const now = (): number => (clock.readings++, clock.ms);
    const decoder = { decompressedSize: () => 4, shrink() {} };
    return {
      clock,
      admission: new Admission({ watermark, now, maxRecordBytes: mb, decoder }).open(2000),
    };
  }

  /** Readings for that many records, `each` before every one. */
  function readingsOf(
    count: number,
    { clock, admission }: ReturnType<typeof start>,
    each: () => EventRecord,
  ): number {
    const before = clock.readings;
    for (let n = 0; n < count; n++) {
      assert.equal(admission.admit(each()), undefined);
      admission.leave();
    }
    return clock.readings - before;
  }

  test('is read for every eighth of quick records', () => {
    const quick = start();
    readingsOf(2, quick, () => record);
    assert.equal(
      readingsOf(80, quick, () => record),
      10,
    );
  });

  test('is read for each record that takes a millisecond, and for each large one', () => {
    const slow = start();
    assert.ok(readingsOf(50, slow, () => (slow.clock.ms++, record)) >= 50);
    const mixed = start();
    readingsOf(3, mixed, () => record);
    assert.ok(readingsOf(5, mixed, () => large) >= 5);
  });

  test('is read for each record while memory has little room', () => {
    assert.ok(readingsOf(50, start(200), () => record) >= 50);
  });

  test('is read again once the event loop has turned, so that a deadline is seen after a wait', async () => {
    const waited = start();
    readingsOf(3, waited, () => record);
    waited.clock.ms = 2000;
    assert.equal(waited.admission.admit(record), undefined);
    await new Promise(setImmediate);
    assert.equal(waited.admission.admit(record), 'deadline');
  });

  test('is looked at for the deadline also between two looks at memory', () => {
    const { clock, admission } = start();
    clock.ms = 1999;
    assert.equal(admission.admit(record), undefined);
    clock.ms = 2000;
    assert.equal(admission.admit(record), 'deadline');
  });
});
