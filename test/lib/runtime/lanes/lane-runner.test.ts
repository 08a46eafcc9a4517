import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  createConsumer,
  defineConsumer,
  json,
  text,
  type BatchFunction,
  type LeasedRecord,
} from '../../../../lib/index.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';
import { summaryOf } from '../../../support/record-consumer.ts';

interface Result {
  readonly reported: readonly string[];
  readonly letters: readonly number[];
  readonly logger: KeptLogger;
}

async function runBatch(
  records: readonly TestRecord[],
  batch: BatchFunction<string, string>['batch'],
  options: { readonly isStoreDown?: boolean; readonly now?: () => number } = {},
): Promise<Result> {
  const store = createMemoryStore();
  store.isDown = options.isStoreDown ?? false;
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', value: text() });
  const handler = createConsumer(
    config,
    { batch },
    { deadLetters: store, logger },
    options.now && { now: options.now },
  );
  const response = await handler(toEvent(records), toContext());
  return { reported: reportedOf(response), letters: store.letters.map(({ offset }) => offset), logger };
}

const corrupt = Buffer.from('04224d18ffff', 'hex');
const four: readonly TestRecord[] = [0, 1, 2, 3].map((offset) => ({ offset, value: `v${offset}` }));

describe('a batch function', () => {
  test('is called once per lane with its place and its records in order', async () => {
    const seen: unknown[] = [];
    const records = [...four, { offset: 9, partition: 1, value: 'w' }];
    const { reported } = await runBatch(records, async (leased, { topic, partition, offset }) => {
      for await (const record of leased) seen.push([topic, partition, offset, record.value]);
    });
    assert.deepEqual(reported, []);
    assert.deepEqual(seen.toSorted(), [
      ['orders', 0, 0, 'v0'],
      ['orders', 0, 0, 'v1'],
      ['orders', 0, 0, 'v2'],
      ['orders', 0, 0, 'v3'],
      ['orders', 1, 9, 'w'],
    ]);
  });

  test('holds one lease at a time', async () => {
    const passed: LeasedRecord<string, string>[] = [];
    await runBatch(four, async (leased) => {
      for await (const record of leased) {
        for (const before of passed) assert.throws(() => before.value, { code: 'RELEASED' });
        passed.push(record);
      }
    });
    assert.equal(passed.length, 4);
    assert.throws(() => passed[3]?.value, { code: 'RELEASED' });
  });

  test('reports the whole lane when it fails, and no other lane', async () => {
    const records = [...four, { offset: 9, partition: 1, value: 'w' }];
    const { reported, logger } = await runBatch(records, async (leased, { partition }) => {
      for await (const record of leased) {
        if (partition === 0 && record.offset === 2) throw new Error('quotes PLANTED-MARKER');
      }
    });
    assert.deepEqual(reported, ['orders-0@0', 'orders-0@1', 'orders-0@2', 'orders-0@3']);
    assert.ok(!JSON.stringify(logger.lines).includes('PLANTED-MARKER'));
  });

  test('does not see records that cannot be opened, which are dead-lettered on the way', async () => {
    const seen: number[] = [];
    const records = four.map((record) => (record.offset === 1 ? { ...record, value: corrupt } : record));
    const { reported, letters } = await runBatch(records, async (leased) => {
      for await (const record of leased) seen.push(record.offset);
    });
    assert.deepEqual([reported, letters, seen], [[], [1], [0, 2, 3]]);
  });

  test('keeps a dead letter that is stored out of the report when it fails itself', async () => {
    const records = four.map((record) => (record.offset === 1 ? { ...record, value: corrupt } : record));
    const { reported } = await runBatch(records, async (leased) => {
      for await (const record of leased) if (record.offset === 3) throw new Error('no luck');
    });
    assert.deepEqual(reported, ['orders-0@0', 'orders-0@2', 'orders-0@3']);
  });

  test('ends its lane where a dead letter cannot be stored', async () => {
    const records = four.map((record) => (record.offset === 2 ? { ...record, value: corrupt } : record));
    const { reported } = await runBatch(
      records,
      async (leased) => {
        for await (const record of leased) assert.ok(record.offset < 2);
      },
      { isStoreDown: true },
    );
    assert.deepEqual(reported, ['orders-0@2', 'orders-0@3']);
  });

  test('has the record at which it left its loop, and all after it, reported', async () => {
    const { reported } = await runBatch(four, async (leased) => {
      for await (const record of leased) if (record.offset === 2) break;
    });
    assert.deepEqual(reported, ['orders-0@2', 'orders-0@3']);
  });

  test('has everything reported when it reads nothing', async () => {
    const { reported, logger } = await runBatch(four, () => undefined);
    assert.deepEqual(
      reported,
      four.map(({ offset }) => `orders-0@${offset}`),
    );
    assert.deepEqual(summaryOf(logger)['retriedBy'], { unread: 4 });
  });

  test('sees its records end near the deadline and succeeds with those it had', async () => {
    let clock = 0;
    const { reported } = await runBatch(
      four,
      async (leased) => {
        for await (const _record of leased) clock += 30_000;
      },
      { now: () => clock },
    );
    assert.deepEqual(reported, ['orders-0@2', 'orders-0@3']);
  });

  test('is not called for a partition without records', async () => {
    let calls = 0;
    const config = defineConsumer({ name: 'test', topic: 'orders', value: json() });
    const handler = createConsumer(
      config,
      { batch: () => calls++ },
      { deadLetters: createMemoryStore(), logger: new KeptLogger({ serviceName: 'test' }) },
    );
    await handler({ ...toEvent([]), records: { 'orders-0': [] } }, toContext());
    assert.equal(calls, 0);
  });
});
