import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { z } from 'zod';

import {
  bytes,
  createConsumer,
  DeadLetterError,
  defineConsumer,
  EventError,
  json,
  SkipError,
  text,
  type ConsumerDefinition,
  type ConsumerHandler,
  type KafkaEvent,
  type LeasedRecord,
  type RecordFunction,
} from '../../lib/index.ts';
import { createMemoryStore } from '../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../support/events.ts';
import { KeptLogger } from '../support/log.ts';

type Definition<V> = Omit<ConsumerDefinition<V, string>, 'name' | 'topic'>;

interface Setup {
  readonly handler: ConsumerHandler;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly logger: KeptLogger;
}

function setUp<V>(
  definition: Definition<V>,
  record: RecordFunction<V, string>['record'],
  now?: () => number,
): Setup {
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', ...definition });
  return {
    handler: createConsumer(config, { record }, { deadLetters: store, logger, ...(now && { now }) }),
    store,
    logger,
  };
}

const run = (
  handler: ConsumerHandler,
  records: readonly TestRecord[],
  remainingMs?: number,
): ReturnType<ConsumerHandler> => handler(toEvent(records), toContext(remainingMs));

const order = { id: 'a-1', total: 12 };
const summaryOf = (logger: KeptLogger): Record<string, unknown> =>
  logger.lines.find((line) => line['message'] === 'batch')?.['tailrace'] as Record<string, unknown>;

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
        clock += 20_000;
      },
      () => clock,
    );
    const response = await run(
      handler,
      [0, 1, 2, 3].map((offset) => ({ offset })),
    );
    assert.deepEqual(seen, [0, 1, 2], 'the margin is 6 s, so a record that starts at 40 s is the last');
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

  test('dead-letters a key that is not text only when it is read', async () => {
    const binary = Uint8Array.of(0xff, 0xfe);
    const unread = setUp({}, () => undefined);
    await run(unread.handler, [{ offset: 0, key: binary }]);
    assert.equal(unread.store.letters.length, 0);
    const read = setUp({}, (record) => record.key);
    await run(read.handler, [{ offset: 0, key: binary }]);
    assert.equal(read.store.letters[0]?.error.code, 'INVALID_TEXT');
  });
});

describe('a lease', () => {
  test('ends when the function settles, on every way to the bytes', async () => {
    const kept: LeasedRecord<unknown, string>[] = [];
    const { handler } = setUp({ value: json() }, async (record) => {
      await new Promise(setImmediate);
      assert.deepEqual(record.value, order);
      kept.push(record);
    });
    await run(handler, [{ offset: 3, key: 'k', value: JSON.stringify(order) }]);
    const [record] = kept;
    assert.ok(record);
    const uses = [
      () => record.value,
      () => record.key,
      () => record.headers,
      () => record.copyBytes(),
      () => record.keep(),
    ];
    for (const use of uses)
      assert.throws(use, { code: 'RELEASED', topic: 'orders', partition: 0, offset: 3 });
    assert.equal(record.offset, 3);
  });

  test('ends for a headers object that was kept', async () => {
    const kept: (() => unknown)[] = [];
    const { handler } = setUp({}, (record) => {
      const { headers } = record;
      kept.push(
        () => headers.text('h'),
        () => [...headers],
        () => headers.size,
      );
    });
    await run(handler, [{ offset: 0, headers: [['h', 'v']] }]);
    for (const use of kept) assert.throws(use, { code: 'RELEASED' });
  });

  test('ends also when the function fails', async () => {
    const kept: LeasedRecord[] = [];
    const { handler } = setUp({ value: text() }, (record) => {
      kept.push(record);
      throw new Error('no');
    });
    await run(handler, [{ offset: 0, value: 'v' }]);
    assert.throws(() => kept[0]?.value, { code: 'RELEASED' });
  });

  test('is outlived by what keep() and copyBytes() give, in memory of their own', async () => {
    const kept: unknown[] = [];
    const { handler } = setUp({ value: bytes() }, (record) => {
      kept.push(record.keep(), record.copyBytes(), record.value);
    });
    await run(handler, [{ offset: 0, key: 'k', value: gzipSync('hello'), headers: [['h', 'v']] }]);
    const [record, copy, value] = kept as [{ key: string; value: Buffer; headers: unknown }, Buffer, Buffer];
    assert.deepEqual(
      [record.key, record.value.toString(), record.headers],
      ['k', 'hello', [['h', Buffer.from('v')]]],
    );
    for (const own of [copy, value]) assert.equal(own.buffer.byteLength, 5);
  });

  test('lets go of the text of the event', async () => {
    const left: number[] = [];
    const event = toEvent([0, 1].map((offset) => ({ offset, value: 'v' })));
    const { handler } = setUp({}, () => left.push(event.records['orders-0']?.length ?? -1));
    await handler(event, toContext());
    assert.deepEqual(left, [0, 0]);
  });
});

describe('an invocation', () => {
  test('logs one line with its counts and bytes', async () => {
    const { handler, logger } = setUp({ value: text() }, () => undefined);
    await run(handler, [{ offset: 0, value: gzipSync('a'.repeat(1000)) }, { offset: 1 }]);
    const { consumer, records, done, inflatedBytes, decodedBytes } = summaryOf(logger);
    assert.deepEqual([consumer, records, done, inflatedBytes], ['test', 2, 2, 1000]);
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

  test('keeps what an error quotes of its record out of the log', async () => {
    const secret = 'PLANTED-MARKER-0123456789';
    const { handler, logger } = setUp({ value: text() }, (record) => {
      throw new Error(`cannot handle ${record.value} of ${record.key} with ${record.headers.text('h')}`);
    });
    const marker = (name: string): string => `${name}-${secret}`;
    await run(handler, [
      { offset: 0, key: marker('key'), value: marker('value'), headers: [['h', marker('head')]] },
    ]);
    const printed = JSON.stringify(logger.lines);
    assert.ok(!printed.includes(secret), printed);
    assert.match(printed, /cannot handle \[payload\]/);
  });

  test('refuses an event that is not of a Kafka mapping', async () => {
    const { handler } = setUp({}, () => undefined);
    const sqs = { Records: [{ eventSource: 'aws:sqs' }] };
    await assert.rejects(
      handler(sqs, toContext()),
      (error) => error instanceof EventError && error.field === 'eventSource',
    );
    const broken = {
      ...toEvent([{ offset: 0 }]),
      records: { 'orders-0': [{ topic: 'orders' }] },
    } as unknown as KafkaEvent;
    await assert.rejects(handler(broken, toContext()), {
      code: 'INVALID_EVENT',
      field: 'records.orders-0[0].partition',
    });
  });

  test('is the same for self-managed Kafka', async () => {
    const { handler, logger } = setUp({}, () => undefined);
    await handler(
      { ...toEvent([{ offset: 0 }]), eventSource: 'SelfManagedKafka', eventSourceArn: undefined },
      toContext(),
    );
    assert.equal(summaryOf(logger)['done'], 1);
  });

  test('refuses a consumer without a function or without a dead-letter bucket', () => {
    const config = defineConsumer({ name: 'test', topic: 'orders' });
    const store = createMemoryStore();
    assert.throws(() => createConsumer(config, {} as never, { deadLetters: store }), TypeError);
    assert.throws(() => createConsumer(config, { record: () => undefined }), {
      code: 'MISSING_ENVIRONMENT',
      variable: 'TAILRACE_DEAD_LETTER_BUCKET',
    });
  });
});
