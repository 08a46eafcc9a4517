// What a record function sees of its records, and what an invocation tells.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { z } from 'zod';

import { createConsumer, defineConsumer, EventError, json, text } from '../../../lib/index.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent } from '../../support/events.ts';

import { order, run, setUp, summaryOf } from '../../support/record-consumer.ts';

describe('a record function', () => {
  test('gets values however they are compressed', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({ value: json() }, (record) => seen.push(record.value));
    const plain = Buffer.from(JSON.stringify(order));
    const packed = [plain, compressFrameSync(plain), gzipSync(plain), zstdCompressSync(plain)];
    const response = await run(
      handler,
      packed.map((value, offset) => ({ offset, value })),
    );
    assert.deepEqual(response, { batchItemFailures: [] });
    assert.deepEqual(
      seen,
      packed.map(() => order),
    );
  });

  test('finds the content-encoding under its name in any case, the last one if there are more', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({ value: text() }, (record) => seen.push(record.value));
    const value = brotliCompressSync('packed');
    const encodings = [
      [['Content-Encoding', 'br']],
      [
        ['content-encoding', 'gzip'],
        ['other', 'x'],
        ['CONTENT-ENCODING', 'br'],
      ],
    ] as const;
    await run(
      handler,
      encodings.map((headers, offset) => ({ offset, value, headers })),
    );
    assert.deepEqual(seen, ['packed', 'packed']);
  });

  test('tells absent, empty and present values and keys apart', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({ value: text() }, (record) =>
      seen.push([record.key, record.value, record.isTombstone]),
    );
    await run(handler, [
      { offset: 0 },
      { offset: 1, key: '', value: '' },
      { offset: 2, key: 'k', value: 'v' },
    ]);
    assert.deepEqual(seen, [
      [null, null, true],
      ['', '', false],
      ['k', 'v', false],
    ]);
  });

  test('takes an explicit null for an absent key or value', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({ value: text() }, (record) => seen.push([record.key, record.isTombstone]));
    const event = toEvent([{ offset: 0 }]);
    const group = event.records['orders-0'] ?? [];
    const withNulls = {
      ...event,
      records: { 'orders-0': group.map((record) => ({ ...record, key: null, value: null })) },
    };
    await handler(withNulls, toContext());
    assert.deepEqual(seen, [[null, true]]);
  });

  test('reads repeated and binary headers', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({}, (record) => {
      seen.push(
        record.headers.text('trace'),
        record.headers.all('trace').length,
        record.headers.all('bin')[0],
        record.headers.size,
      );
      seen.push(
        record.headers.text('none'),
        [...record.headers].map(([name]) => name),
      );
    });
    await run(handler, [
      {
        offset: 0,
        headers: [
          ['trace', 'ë1'],
          ['bin', Uint8Array.of(0, 127, 128, 255)],
          ['trace', 'ë2'],
        ],
      },
    ]);
    assert.deepEqual(seen, [
      'ë2',
      2,
      Buffer.from([0, 127, 128, 255]),
      3,
      undefined,
      ['trace', 'bin', 'trace'],
    ]);
  });

  test('does not open values that the definition does not name', async () => {
    const seen: unknown[] = [];
    const corrupt = Buffer.from('04224d18ffff', 'hex');
    const { handler, store } = setUp({}, (record) => seen.push(record.value, record.key));
    const response = await run(handler, [{ offset: 0, key: 'k', value: corrupt }]);
    assert.deepEqual(
      [seen, store.letters.length, response.batchItemFailures.length],
      [[undefined, 'k'], 0, 0],
    );
  });

  test('is leased until what its function returns has settled, a promise or anything with a then', async () => {
    const seen: unknown[] = [];
    const { handler } = setUp({ value: text() }, (record) => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a promise of another library
      then(resolve: (value: undefined) => void) {
        setImmediate(() => {
          seen.push(record.value);
          resolve(undefined);
        });
      },
    }));
    assert.deepEqual(reportedOf(await run(handler, [{ offset: 0, value: 'v' }])), []);
    assert.deepEqual(seen, ['v']);
  });

  test('gets the output of a schema, synchronous or not', async () => {
    const seen: unknown[] = [];
    const later = z.object({ total: z.number() }).transform((value) => Promise.resolve(value.total * 2));
    for (const schema of [z.object({ total: z.number().transform((total) => total * 2) }), later]) {
      const { handler } = setUp({ value: json(schema) }, (record) => seen.push(record.value));
      await run(handler, [{ offset: 0, value: JSON.stringify(order) }]);
    }
    assert.deepEqual(seen, [{ total: 24 }, 24]);
  });
});

describe('an invocation', () => {
  test('logs one line with its counts and bytes', async () => {
    const { handler, logger } = setUp({ value: text() }, () => undefined);
    await run(handler, [{ offset: 0, value: gzipSync('a'.repeat(1000)) }, { offset: 1 }]);
    const { consumer, records, done, decompressedBytes, decodedBytes } = summaryOf(logger);
    assert.deepEqual([consumer, records, done, decompressedBytes], ['test', 2, 2, 1000]);
    assert.equal(decodedBytes, gzipSync('a'.repeat(1000)).length);
    assert.equal(logger.lines.length, 1);
  });

  test('says at most twenty times in detail that records failed', async () => {
    const { handler, logger } = setUp({ order: 'none' }, () => {
      throw new Error('down');
    });
    await run(
      handler,
      Array.from({ length: 50 }, (_, offset) => ({ offset })),
    );
    assert.equal(logger.lines.length, 21);
    assert.equal(summaryOf(logger)['unloggedFailures'], 30);
  });

  test('refuses an event that is not of a Kafka mapping', async () => {
    const { handler } = setUp({}, () => undefined);
    const sqs = { Records: [{ eventSource: 'aws:sqs' }] };
    await assert.rejects(
      handler(sqs, toContext()),
      (error) => error instanceof EventError && error.field === 'eventSource',
    );
  });

  test('is the same for self-managed Kafka', async () => {
    const { handler, logger } = setUp({}, () => undefined);
    await handler(
      { ...toEvent([{ offset: 0 }]), eventSource: 'SelfManagedKafka', eventSourceArn: undefined },
      toContext(),
    );
    assert.equal(summaryOf(logger)['done'], 1);
  });

  test('refuses a consumer without a function or, in Lambda, without a dead-letter bucket', (t) => {
    const config = defineConsumer({ name: 'test', topic: 'orders' });
    const store = createMemoryStore();
    assert.throws(() => createConsumer(config, {} as never, { deadLetters: store }), TypeError);
    process.env['AWS_LAMBDA_FUNCTION_NAME'] = 'test';
    t.after(() => delete process.env['AWS_LAMBDA_FUNCTION_NAME']);
    assert.throws(() => createConsumer(config, { record: () => undefined }), {
      code: 'MISSING_ENVIRONMENT',
      variable: 'TAILRACE_DEAD_LETTER_BUCKET',
    });
  });
});
