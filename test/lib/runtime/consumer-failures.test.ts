// What becomes of records that fail, and of those behind them: retried, dead-lettered or skipped.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { z } from 'zod';

import { DeadLetterError, json, SkipError, text, type LeasedRecord } from '../../../lib/index.ts';
import { reportedOf, type TestRecord } from '../../support/events.ts';
import { order, run, setUp, summaryOf } from '../../support/record-consumer.ts';

describe('order and retries', () => {
  const failAt = (offset: number) => (record: LeasedRecord) => {
    if (record.offset === offset) throw new Error('no luck');
  };
  const keyed = (keys: string): TestRecord[] => [...keys].map((key, offset) => ({ offset, key }));

  test('stops a partition at its first failure and reports the rest of it', async () => {
    const { handler } = setUp({}, failAt(1));
    const records = [0, 1, 2, 3].flatMap((offset) => [
      { offset, partition: 0 },
      { offset: offset + 10, partition: 1 },
    ]);
    assert.deepEqual(reportedOf(await run(handler, records)), ['orders-0@1', 'orders-0@2', 'orders-0@3']);
  });

  test('stops only the failing key when order is by key', async () => {
    const { handler, logger } = setUp({ order: 'key' }, failAt(1));
    assert.deepEqual(reportedOf(await run(handler, keyed('abcbab'))), [
      'orders-0@1',
      'orders-0@3',
      'orders-0@5',
    ]);
    assert.deepEqual(summaryOf(logger)['retriedBy'], { failed: 1, blocked: 2 });
  });

  test('reports only the failing record when there is no order', async () => {
    const { handler } = setUp({ order: 'none' }, failAt(1));
    assert.deepEqual(reportedOf(await run(handler, keyed('aaaa'))), ['orders-0@1']);
  });

  test('gives records without a key a lane each', async () => {
    const { handler } = setUp({ order: 'key' }, failAt(0));
    assert.deepEqual(reportedOf(await run(handler, [{ offset: 0 }, { offset: 1 }])), ['orders-0@0']);
  });

  test('answers with the key of the event for topics with hyphens and dots', async () => {
    const { handler } = setUp({}, failAt(0));
    assert.deepEqual(reportedOf(await run(handler, [{ offset: 0, topic: 'a-b.c-1', partition: 12 }])), [
      'a-b.c-1-12@0',
    ]);
  });

  test('starts nothing new near the deadline and reports the rest', async () => {
    let clock = 0;
    const seen: number[] = [];
    const { handler, logger } = setUp(
      { timeoutSeconds: 60 },
      (record) => {
        seen.push(record.offset);
        clock += 18_000;
      },
      () => clock,
    );
    const response = await run(
      handler,
      [0, 1, 2, 3].map((offset) => ({ offset })),
    );
    assert.deepEqual(seen, [0, 1, 2], 'the margin is 6 s, so a record that starts at 36 s is the last');
    assert.deepEqual(reportedOf(response), ['orders-0@3']);
    assert.deepEqual(summaryOf(logger)['retriedBy'], { deadline: 1 });
  });

  test('aborts the signal before the deadline', async () => {
    const { handler } = setUp(
      { timeoutSeconds: 1 },
      (_record, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
    );
    const response = await run(handler, [{ offset: 7 }], 700);
    assert.deepEqual(reportedOf(response), ['orders-0@7']);
  });

  test('runs lanes side by side up to the concurrency', async () => {
    let running = 0;
    let most = 0;
    const { handler } = setUp({ order: 'none', concurrency: 3 }, async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    });
    await run(handler, keyed('abcdefgh'));
    assert.equal(most, 3);
  });
});

describe('records that cannot succeed', () => {
  const Order = z.object({ id: z.string(), total: z.number() });
  const poison: readonly (readonly [code: string, value: Buffer])[] = [
    ['TRUNCATED', compressFrameSync(Buffer.from(JSON.stringify(order))).subarray(0, 20)],
    ['TOO_LARGE', gzipSync(Buffer.alloc(1_048_577, 'a'))],
    ['INVALID_JSON', Buffer.from('{"id":')],
    ['SCHEMA_MISMATCH', Buffer.from('{"id":1,"total":"x"}')],
  ];

  for (const [code, value] of poison) {
    test(`dead-letters ${code} with the bytes as produced and goes on with the lane`, async () => {
      const seen: number[] = [];
      const { handler, store } = setUp({ value: json(Order) }, (record) => seen.push(record.offset));
      const good = JSON.stringify(order);
      const response = await run(handler, [
        { offset: 5, value: good },
        { offset: 6, key: 'k', value, headers: [['h', Uint8Array.of(255)]] },
        { offset: 7, value: good },
      ]);
      assert.deepEqual([response.batchItemFailures, seen], [[], [5, 7]]);
      const [letter] = store.letters;
      assert.ok(letter);
      assert.deepEqual(
        [letter.topic, letter.partition, letter.offset, letter.error.code],
        ['orders', 0, 6, code],
      );
      assert.deepEqual(Buffer.from(letter.value ?? '', 'base64'), value);
      assert.deepEqual([letter.key, letter.headers], [Buffer.from('k').toString('base64'), [['h', '/w==']]]);
    });
  }

  test('reports a record whose dead letter cannot be stored', async () => {
    const { handler, store } = setUp({ value: json() }, () => undefined);
    store.isDown = true;
    assert.deepEqual(
      reportedOf(
        await run(handler, [
          { offset: 0, value: '{' },
          { offset: 1, value: '1' },
        ]),
      ),
      ['orders-0@0', 'orders-0@1'],
    );
  });

  test('dead-letters and skips on the word of the function', async () => {
    const { handler, store, logger } = setUp({}, (record) => {
      if (record.offset === 0) throw new DeadLetterError('NO_ACCOUNT', 'the account is closed');
      if (record.offset === 1) throw new SkipError('of no interest');
    });
    const response = await run(handler, [{ offset: 0 }, { offset: 1 }, { offset: 2 }]);
    assert.deepEqual(response.batchItemFailures, []);
    assert.deepEqual(
      store.letters.map((letter) => [letter.offset, letter.error.code]),
      [[0, 'NO_ACCOUNT']],
    );
    const { done, skipped, deadLettered } = summaryOf(logger);
    assert.deepEqual([done, skipped, deadLettered], [1, 1, 1]);
  });

  test('gives a key that is no text as bytes, and dead-letters it where its format is named', async () => {
    const binary = Uint8Array.of(0xff, 0xfe);
    const seen: unknown[] = [];
    const lazy = setUp({ value: json() }, (record) => {
      const { key, keyBytes, value } = record.keep();
      seen.push([
        record.key,
        record.keyBytes,
        key,
        keyBytes,
        value,
        JSON.parse(JSON.stringify(record)).keyBase64,
      ]);
    });
    await run(lazy.handler, [{ offset: 0, key: binary, value: '1' }]);
    const bytes = Buffer.from(binary);
    assert.deepEqual([seen, lazy.store.letters], [[[null, bytes, null, bytes, 1, '//4=']], []]);
    const named = setUp({ key: text() }, () => undefined);
    await run(named.handler, [{ offset: 0, key: binary }]);
    assert.equal(named.store.letters[0]?.error.code, 'INVALID_TEXT');
  });
});
