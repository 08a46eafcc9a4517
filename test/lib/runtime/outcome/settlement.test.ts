// The user's say in what becomes of a failed record.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { DeadLetterError, json, text, type ConsumerHooks } from '../../../../lib/index.ts';
import { reportedOf, type TestRecord } from '../../../support/events.ts';
import { failuresOf, run, setUpWith, summaryOf } from '../../../support/record-consumer.ts';

type OnError = NonNullable<ConsumerHooks<unknown, string>['onError']>;

const fail = (): never => {
  throw new Error('no luck');
};

async function settle(
  onError: OnError,
  records: readonly TestRecord[] = [{ offset: 0, key: 'k', value: '{"a":1}' }],
  record: () => unknown = fail,
): Promise<{
  readonly reported: readonly string[];
  readonly letters: readonly unknown[];
  readonly lines: readonly unknown[];
  readonly counts: unknown;
}> {
  const { handler, store, logger } = setUpWith({ value: json() }, { record, onError });
  const reported = reportedOf(await run(handler, records));
  const { done, skipped, deadLettered, retried } = summaryOf(logger);
  const letters = store.letters.map(({ offset, error }) => [offset, error.code]);
  return { reported, letters, lines: failuresOf(logger), counts: [done, skipped, deadLettered, retried] };
}

describe('onError', () => {
  test('decides what becomes of the record', async () => {
    assert.deepEqual((await settle(() => 'retry')).counts, [0, 0, 0, 1]);
    assert.deepEqual((await settle(() => 'skip')).counts, [0, 1, 0, 0]);
    const { counts, letters } = await settle(() => 'dead-letter');
    assert.deepEqual([counts, letters], [[0, 0, 1, 0], [[0, 'Error']]]);
  });

  test('decides over the runtime, for records that cannot be opened as well', async () => {
    const poison = [{ offset: 3, value: '{' }];
    const { reported, letters } = await settle(() => 'retry', poison);
    assert.deepEqual([reported, letters], [['orders-0@3'], []]);
    const dead = (): never => {
      throw new DeadLetterError('NO', 'no');
    };
    assert.deepEqual((await settle(() => 'skip', undefined, dead)).counts, [0, 1, 0, 0]);
  });

  test('leaves it to the runtime with undefined', async () => {
    assert.deepEqual((await settle(() => undefined)).counts, [0, 0, 0, 1]);
    assert.deepEqual((await settle(() => undefined, [{ offset: 0, value: '{' }])).letters, [
      [0, 'INVALID_JSON'],
    ]);
  });

  test('is given the error and the record, which is released afterwards', async () => {
    const seen: unknown[] = [];
    const records: { readonly value: unknown }[] = [];
    const onError: OnError = (error, record) => {
      records.push(record);
      seen.push([
        (error as Error).message,
        record.offset,
        record.key,
        record.value,
        record.toBuffer()?.toString(),
      ]);
      return 'skip';
    };
    await settle(onError);
    await settle(onError, [{ offset: 1, key: 'k', value: '{' }]);
    assert.deepEqual(seen[0], ['no luck', 0, 'k', { a: 1 }, '{"a":1}']);
    assert.deepEqual((seen[1] as unknown[]).slice(1), [1, 'k', undefined, '{']);
    for (const record of records) assert.throws(() => record.value, { code: 'RELEASED' });
  });

  test('that throws or decides nothing has the record retried, and one line says so', async () => {
    const thrown = await settle(fail);
    assert.deepEqual(thrown.reported, ['orders-0@0']);
    assert.deepEqual(thrown.lines[0], ['onError failed, record is retried', 0, 'Error']);
    const decisions = [() => 'ignore', () => 7, () => null, () => Promise.reject(new Error('late'))];
    for (const decide of decisions) {
      const { reported, lines } = await settle(decide as OnError);
      assert.deepEqual(reported, ['orders-0@0']);
      assert.deepEqual(lines[0], ['onError gave no decision, record is retried', 0, undefined]);
    }
  });
});

describe('a batch function', () => {
  const four: readonly TestRecord[] = [0, 1, 2, 3].map((offset) => ({ offset, value: `v${offset}` }));
  const failAt = (offset: number, error: Error): Parameters<typeof setUpWith<string>>[1] => ({
    async batch(records) {
      for await (const record of records) if (record.offset === offset) throw error;
    },
  });

  test('has its dead letter or skip concern the record under way, and the others reported', async () => {
    const { handler, store, logger } = setUpWith(
      { value: text() },
      failAt(2, new DeadLetterError('NO_ACCOUNT', 'no')),
    );
    assert.deepEqual(reportedOf(await run(handler, four)), ['orders-0@0', 'orders-0@1', 'orders-0@3']);
    assert.deepEqual(
      store.letters.map(({ offset, error }) => [offset, error.code]),
      [[2, 'NO_ACCOUNT']],
    );
    assert.equal(summaryOf(logger)['deadLettered'], 1);
    const wrapped = new Error('x', { cause: new DeadLetterError('NO_ACCOUNT', 'no') });
    const again = setUpWith({ value: text() }, failAt(0, wrapped));
    assert.deepEqual(reportedOf(await run(again.handler, four)), ['orders-0@1', 'orders-0@2', 'orders-0@3']);
  });

  test('makes progress: what is delivered again has no record that was given up', async () => {
    const batch: Parameters<typeof setUpWith<string>>[1] = {
      async batch(records) {
        for await (const record of records) if (record.offset === 2) throw new DeadLetterError('NO', 'no');
      },
    };
    const { handler } = setUpWith({ value: text() }, batch);
    const first = await run(handler, four);
    const again = first.batchItemFailures.map(({ itemIdentifier: { offset } }) => ({ offset, value: 'v' }));
    assert.deepEqual(reportedOf(await run(handler, again)), []);
  });

  test('is asked onError about the record under way, and not about a failure after it', async () => {
    const asked: number[] = [];
    const onError: OnError = (_error, { offset }) => {
      asked.push(offset);
      return 'skip';
    };
    const { handler } = setUpWith({ value: text() }, { ...failAt(1, new Error('no')), onError });
    assert.deepEqual(reportedOf(await run(handler, four)), ['orders-0@0', 'orders-0@2', 'orders-0@3']);
    const afterwards = setUpWith<string>(
      { value: text() },
      {
        onError,
        async batch(records) {
          for await (const _record of records);
          throw new DeadLetterError('NO', 'of no record');
        },
      },
    );
    assert.equal(reportedOf(await run(afterwards.handler, four)).length, 4);
    assert.deepEqual([asked, afterwards.store.letters], [[1], []]);
  });

  test('without order is given the whole event at once', async () => {
    const calls: unknown[] = [];
    const { handler } = setUpWith<string>(
      { value: text(), order: 'none' },
      {
        async batch(records, { partition, offset }) {
          const places: string[] = [];
          for await (const record of records) {
            places.push(`${record.partition}@${record.offset}`);
            if (record.offset === 8) throw new Error('no');
          }
          calls.push([partition, offset, places]);
        },
      },
    );
    const records = [...four, { offset: 7, partition: 1, value: 'w' }];
    assert.deepEqual(reportedOf(await run(handler, records)), []);
    assert.deepEqual(calls, [[0, 0, ['0@0', '0@1', '0@2', '0@3', '1@7']]]);
    const failing = [...four, { offset: 8, partition: 1, value: 'w' }];
    assert.deepEqual(reportedOf(await run(handler, failing)).at(-1), 'orders-1@8');
  });
});
