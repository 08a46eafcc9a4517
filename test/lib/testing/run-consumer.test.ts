import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createConsumer,
  DeadLetterError,
  defineConsumer,
  json,
  SkipError,
  type ConsumerHandler,
} from '../../../lib/index.ts';
import { fakeContext, kafkaEvent, runConsumer } from '../../../lib/testing/index.ts';

interface Order {
  readonly id: string;
}

const orders = defineConsumer({ name: 'orders', topic: 'orders', value: json() });
const down = new Error('the database is down');

const handler: ConsumerHandler = createConsumer(orders, {
  record(record, { log }) {
    if (record.isTombstone) throw new SkipError('nothing to do');
    const { id } = record.value as Order;
    log.debug('seen', { id });
    if (id === 'poison') throw new DeadLetterError('POISON', 'it can never succeed');
    if (id === 'down') throw down;
  },
});

describe('runConsumer', () => {
  test('says what became of each record, in the order in which they were given', async () => {
    const { outcomes, response, deadLetters } = await runConsumer(handler, [
      { value: { id: 'a' }, partition: 1 },
      { value: { id: 'poison' } },
      { value: null },
      { value: { id: 'down' }, partition: 1 },
      { value: Buffer.from('{') },
      { value: { id: 'after' }, partition: 1 },
    ]);
    assert.deepEqual(
      outcomes.map(({ partition, offset, outcome, code }) => [partition, offset, code ?? outcome]),
      [
        [1, 0, 'processed'],
        [0, 0, 'POISON'],
        [0, 1, 'skipped'],
        [1, 1, 'retried'],
        [0, 2, 'INVALID_JSON'],
        [1, 2, 'retried'],
      ],
    );
    assert.equal(outcomes[3]?.error, down);
    assert.equal(outcomes[5] && 'error' in outcomes[5], false);
    assert.deepEqual(response.batchItemFailures, [
      { itemIdentifier: { partition: 'orders-1', offset: 1 } },
      { itemIdentifier: { partition: 'orders-1', offset: 2 } },
    ]);
    assert.deepEqual(
      deadLetters.map(({ offset, error }) => [offset, error.code]),
      [
        [0, 'POISON'],
        [2, 'INVALID_JSON'],
      ],
    );
  });

  test('gives dead letters in the order of their records, whichever was stored first', async () => {
    const unordered = defineConsumer({ name: 'orders', topic: 'orders', value: json(), order: 'none' });
    const last = Promise.withResolvers<void>();
    const reversed = createConsumer(unordered, {
      async record({ offset, partition }) {
        if (partition === 0 && offset === 2) last.resolve();
        else await last.promise;
        throw new DeadLetterError('POISON', 'it can never succeed');
      },
    });
    const partitions = [1, 0, 0, 1, 0];
    const { deadLetters, outcomes } = await runConsumer(
      reversed,
      partitions.map((partition) => ({ value: {}, partition })),
    );
    const toPlace = (at: { readonly partition: number; readonly offset: number }): readonly number[] => [
      at.partition,
      at.offset,
    ];
    assert.deepEqual(deadLetters.map(toPlace), outcomes.map(toPlace));
    assert.deepEqual(deadLetters.map(toPlace), [
      [1, 0],
      [0, 0],
      [0, 1],
      [1, 1],
      [0, 2],
    ]);
  });

  test('gives the log of the function and of the runtime, whatever the log level', async () => {
    const { logs } = await runConsumer(handler, [{ value: { id: 'a' } }, { value: { id: 'poison' } }]);
    assert.deepEqual(
      logs.map(({ level, message }) => [level, message]),
      [
        ['debug', 'seen'],
        ['debug', 'seen'],
        ['error', 'record dead-lettered'],
        ['info', 'batch'],
      ],
    );
    assert.deepEqual(
      [logs[0]?.['id'], logs[0]?.['offset'], logs[2]?.['storedAs']],
      ['a', 0, 'memory:orders-0@1'],
    );
  });

  test('runs batch functions', async () => {
    const batch = createConsumer(orders, {
      async batch(records) {
        for await (const { value } of records) if ((value as Order).id === 'down') throw down;
      },
    });
    const run = await runConsumer(batch, [
      { value: { id: 'a' } },
      { value: { id: 'a' }, partition: 1 },
      { value: { id: 'down' }, partition: 1 },
    ]);
    assert.deepEqual(
      run.outcomes.map(({ outcome }) => outcome),
      ['processed', 'retried', 'retried'],
    );
  });

  test('keeps what else the function’s object has', async () => {
    class Counter {
      #seen = 0;
      record(): void {
        this.count();
      }
      count(): void {
        this.#seen++;
      }
      get seen(): number {
        return this.#seen;
      }
    }
    const counter = new Counter();
    await runConsumer(createConsumer(orders, counter), [{ value: {} }, { value: {} }]);
    assert.equal(counter.seen, 2);
  });

  test('starts no record near the deadline', async () => {
    const { outcomes } = await runConsumer(handler, [{ value: { id: 'a' } }], { remainingMs: 100 });
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['retried'],
    );
  });

  test('takes an event, and refuses one that was used before, however it is copied', async () => {
    const event = kafkaEvent(orders, [{ value: { id: 'a' } }]);
    const { outcomes } = await runConsumer(handler, event);
    assert.equal(outcomes.length, 1);
    const used = { code: 'EVENT_USED' };
    await assert.rejects(runConsumer(handler, event), used);
    await assert.rejects(handler({ ...event }, fakeContext()), used);
    await runConsumer(handler, kafkaEvent(orders, []));
  });

  test('refuses what createConsumer did not make', async () => {
    const wrapped: ConsumerHandler = (event, context) => handler(event, context);
    await assert.rejects(runConsumer(wrapped, []), { code: 'NOT_A_CONSUMER' });
    await assert.rejects(runConsumer(undefined as never, []), { code: 'NOT_A_CONSUMER' });
  });
});

describe('fakeContext', () => {
  test('counts down from the time that is asked for, to 0', () => {
    assert.equal(fakeContext({ remainingMs: 0 }).getRemainingTimeInMillis(), 0);
    const remaining = fakeContext({ remainingMs: 5000, awsRequestId: 'r' }).getRemainingTimeInMillis();
    assert.ok(remaining > 0 && remaining <= 5000);
    assert.throws(() => fakeContext().done(), /promise/);
  });
});
