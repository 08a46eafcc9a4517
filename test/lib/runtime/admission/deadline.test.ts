// What hangs does not take the rest with it: the answer is made in time, and one line names the record.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  createConsumer,
  DeadLetterError,
  defineConsumer,
  json,
  text,
  type Format,
} from '../../../../lib/index.ts';
import { createWatermark } from '../../../../lib/memory/watermark.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';
import { run, setUp, setUpWith, summaryOf } from '../../../support/record-consumer.ts';

const never = new Promise<never>(() => undefined);
const three: readonly TestRecord[] = [0, 1, 2].map((offset) => ({ offset, value: `"v${offset}"` }));
const late = 'record did not settle before the deadline, reported for retry';
/** A second's timeout has a margin of half a second; the answer comes an eighth of a second before the end. */
const timeoutSeconds = 1;
const remainingMs = 600;

describe('near the deadline', () => {
  test('the finished records count, and the one that hangs is named and reported with what waits for it', async () => {
    const { handler, logger } = setUp({ value: json(), timeoutSeconds }, ({ offset }) =>
      offset === 1 ? never : undefined,
    );
    const records = [...three, { offset: 9, partition: 1, value: '1' }];
    assert.deepEqual(reportedOf(await run(handler, records, remainingMs)), ['orders-0@1', 'orders-0@2']);
    const lines = logger.lines.filter(({ message }) => message === late);
    assert.equal(lines.length, 1);
    const { level, requestId, topic, partition, offset, waitsFor } = lines[0] ?? {};
    assert.deepEqual(
      [level, requestId, topic, partition, offset, waitsFor],
      ['ERROR', toContext().awsRequestId, 'orders', 0, 1, 'function'],
    );
    const { done, retriedBy } = summaryOf(logger);
    assert.deepEqual([done, retriedBy], [2, { unsettled: 1, blocked: 1 }]);
  });

  test('a lane that has not started is reported, too', async () => {
    const { handler, logger } = setUp({ order: 'none', concurrency: 1, timeoutSeconds }, () => never);
    assert.equal(reportedOf(await run(handler, three, remainingMs)).length, 3);
    assert.deepEqual(summaryOf(logger)['retriedBy'], { unsettled: 1, deadline: 2 });
  });

  const hangs: Format<string> = { name: 'hanging', decode: () => never };
  const ways = {
    'a format or validator': () => setUp({ value: hangs, timeoutSeconds }, () => undefined),
    'a key format': () => setUp({ key: hangs, timeoutSeconds }, () => undefined),
    'the dead-letter store': () => {
      const fail = (): never => {
        throw new DeadLetterError('NO', 'no');
      };
      return setUpWith({ timeoutSeconds }, { record: fail }, { deadLetters: { store: () => never } });
    },
    'a batch function': () =>
      setUpWith(
        { value: text(), timeoutSeconds },
        {
          batch: async (records) => {
            for await (const _record of records) await never;
          },
        },
      ),
  };
  const phases: readonly string[] = ['loading', 'loading', 'dead-letter store', 'function'];
  for (const [index, [what, make]] of Object.entries(ways).entries()) {
    test(`${what} that hangs is answered like a function`, async () => {
      const { handler, logger } = make();
      const response = await run(handler, [{ offset: 4, key: 'k', value: 'v' }], remainingMs);
      assert.deepEqual(reportedOf(response), ['orders-0@4']);
      const line = logger.lines.find(({ message }) => message === late);
      assert.deepEqual([line?.['offset'], line?.['waitsFor']], [4, phases[index]]);
    });
  }

  test('a batch function that hangs has all that it was given reported, wherever it hangs', async () => {
    for (const [at, retriedBy] of [
      [0, { unsettled: 1, blocked: 2 }],
      [2, { unsettled: 3 }],
      // It has read all of them, and writes them.
      [3, { unsettled: 3 }],
    ] as const) {
      const { handler, logger } = setUpWith(
        { value: text(), timeoutSeconds },
        {
          async batch(records) {
            for await (const { offset } of records) if (offset === at) await never;
            await never;
          },
        },
      );
      const response = await run(handler, three, remainingMs);
      assert.deepEqual(reportedOf(response), ['orders-0@0', 'orders-0@1', 'orders-0@2']);
      const { done, retriedBy: by } = summaryOf(logger);
      assert.deepEqual([done, by], [0, retriedBy]);
      const line = logger.lines.find(({ message }) =>
        /did not settle before the deadline/.test(String(message)),
      );
      assert.equal(line?.['offset'], at === 3 ? 0 : at);
    }
  });

  test('what settles after the answer changes nothing, and nothing goes on', async () => {
    const settle = Promise.withResolvers<void>();
    const seen: number[] = [];
    const { handler, logger } = setUp({ timeoutSeconds }, async ({ offset }) => {
      seen.push(offset);
      if (offset === 1) await settle.promise;
    });
    const response = await run(handler, three, remainingMs);
    const before = JSON.stringify([response, logger.lines, seen]);
    settle.resolve();
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(JSON.stringify([response, logger.lines, seen]), before);
    assert.deepEqual(seen, [0, 1]);
  });

  for (const isBatch of [false, true])
    test(`what settles once its ${isBatch ? 'batch' : 'record'} is reported does not count, though a hook goes on`, async () => {
      const gate = Promise.withResolvers<void>();
      const take = isBatch
        ? {
            async batch(records: AsyncIterable<unknown>) {
              // It has had all of them, and writes them.
              for await (const _record of records);
              await gate.promise;
            },
          }
        : { record: () => gate.promise };
      const { handler, logger } = setUpWith(
        { timeoutSeconds, value: text() },
        {
          ...take,
          async afterInvocation() {
            gate.resolve();
            for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
          },
        },
      );
      const response = await run(handler, three.slice(isBatch ? 1 : 2), remainingMs);
      assert.deepEqual(reportedOf(response), isBatch ? ['orders-0@1', 'orders-0@2'] : ['orders-0@2']);
      const { done, retriedBy } = summaryOf(logger);
      assert.deepEqual([done, retriedBy], [0, { unsettled: isBatch ? 2 : 1 }]);
    });

  for (const what of ['failure', 'dead letter'] as const)
    test(`a ${what} that settles once its record is reported does not count, though a hook goes on`, async () => {
      const gate = Promise.withResolvers<void>();
      const { handler, logger } = setUpWith(
        { timeoutSeconds },
        {
          async record() {
            if (what === 'dead letter') throw new DeadLetterError('NO', 'no');
            await gate.promise;
            throw new Error('late');
          },
          async afterInvocation() {
            gate.resolve();
            for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
          },
        },
        { deadLetters: { store: async () => await gate.promise.then(() => 'there') } },
      );
      const response = await run(handler, [{ offset: 0 }], remainingMs);
      assert.deepEqual(reportedOf(response), ['orders-0@0']);
      const { deadLettered, retried, retriedBy } = summaryOf(logger);
      assert.deepEqual([deadLettered, retried, retriedBy], [0, 1, { unsettled: 1 }]);
    });

  test('a record that waits for memory starts no more after the answer', async () => {
    const mb = 1_048_576;
    let usedMb = 60;
    const seen: number[] = [];
    const watermark = createWatermark({
      limitBytes: 128 * mb,
      residentBytes: () => usedMb * mb,
      trackedBytes: () => 0,
      collector: { major() {}, thorough() {} },
    });
    const config = defineConsumer({
      name: 'test',
      topic: 'orders',
      order: 'none',
      concurrency: 2,
      timeoutSeconds,
    });
    const handler = createConsumer(
      config,
      {
        record({ offset }) {
          seen.push(offset);
          // Too much for the next one until it has been decided that it waits.
          usedMb = 112;
          setImmediate(() => (usedMb = 60));
          return never;
        },
      },
      { deadLetters: createMemoryStore(), logger: new KeptLogger({ serviceName: 'test' }), watermark },
      // Every look at the clock is 8 ms later, so memory is looked at for every record.
      {
        now: (
          (ms) => () =>
            (ms += 8)
        )(0),
      },
    );
    const response = await handler(toEvent(three.slice(0, 2)), toContext(remainingMs));
    assert.deepEqual(reportedOf(response), ['orders-0@0', 'orders-0@1']);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.deepEqual(seen, [0]);
  });

  test('the record that hangs is released, and its budget given back', async () => {
    const kept: { readonly value: unknown }[] = [];
    const config = defineConsumer({ name: 'test', topic: 'orders', value: text(), timeoutSeconds });
    const handler = createConsumer(
      config,
      {
        record(record) {
          kept.push(record);
          return never;
        },
      },
      { deadLetters: createMemoryStore(), logger: new KeptLogger({ serviceName: 'test' }) },
    );
    await handler(toEvent([{ offset: 0, value: 'v' }]), toContext(remainingMs));
    assert.throws(() => kept[0]?.value, { code: 'RELEASED' });
  });

  test('a record that waits for a schema or for budget starts no more after the answer', async () => {
    const seen: number[] = [];
    const limits = { maxDecompressedBytesPerRecord: 10, maxDecompressedBytesInFlight: 10 };
    const { handler } = setUp({ value: text(), order: 'none', limits, timeoutSeconds }, ({ offset }) => {
      seen.push(offset);
      return never;
    });
    const records = three.map((record) => ({ ...record, value: '0123456789' }));
    assert.equal(reportedOf(await run(handler, records, remainingMs)).length, 3);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.deepEqual(seen, [0]);
  });
});
