import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SQSEvent, SQSHandler } from 'aws-lambda';
import {
  bytes,
  createConsumer,
  defineConsumer,
  fromSqs,
  json,
  text,
  type ConsumerConfig,
  type FromSqsOptions,
  type SqsHandler,
} from '../../../lib/index.ts';
import { runConsumer, type LogLine, type TestRecord } from '../../../lib/testing/index.ts';

type Config = Partial<ConsumerConfig<unknown, unknown>>;

/** Runs an SQS handler on records; gives the events that it got and what became of each record. */
async function runSqs(
  records: readonly TestRecord[],
  answer: (event: SQSEvent) => unknown = () => undefined,
  { config = {}, options = {} }: { readonly config?: Config; readonly options?: FromSqsOptions } = {},
) {
  const events: SQSEvent[] = [];
  const definition = defineConsumer({ name: 'orders', topic: 'orders', value: text(), ...config });
  const handler: SqsHandler = async (event) => {
    events.push(event);
    return await answer(event);
  };
  const run = await runConsumer(createConsumer(definition, fromSqs(handler, options)), records);
  return { ...run, events, results: run.outcomes.map(({ outcome, code }) => code ?? outcome) };
}

const failing =
  (...bodies: readonly string[]) =>
  ({ Records }: SQSEvent) => ({
    batchItemFailures: Records.filter(({ body }) => bodies.includes(body)).map(({ messageId }) => ({
      itemIdentifier: messageId,
    })),
  });

describe('fromSqs', () => {
  test('shows a record as SQS would have sent it', async () => {
    const { events } = await runSqs([
      {
        key: 'customer-1',
        value: 'größe',
        headers: [
          ['kind', 'first'],
          ['kind', 'order'],
          ['raw', new Uint8Array([0xff, 0])],
          ['X-Amzn-Trace-Id', 'Root=1-2'],
        ],
        timestamp: 1_764_000_000_000,
        partition: 3,
        offset: 41,
        compression: 'gzip',
      },
    ]);
    const [message] = events[0]?.Records ?? [];
    assert.ok(message);
    const { ApproximateFirstReceiveTimestamp: first, ...attributes } = message.attributes;
    assert.match(first, /^\d{13}$/);
    assert.deepEqual(attributes, {
      AWSTraceHeader: 'Root=1-2',
      ApproximateReceiveCount: '1',
      SentTimestamp: '1764000000000',
      SenderId: 'kafka',
      SequenceNumber: '00000000000000000041',
      MessageGroupId: 'customer-1',
      MessageDeduplicationId: 'orders-3@41',
    });
    assert.deepEqual(
      [message.messageId, message.body, message.eventSource],
      ['orders-3@41', 'größe', 'aws:sqs'],
    );
    assert.equal(message.md5OfBody, createHash('md5').update('größe').digest('hex'));
    assert.deepEqual(message.messageAttributes, {
      kind: { stringValue: 'order', dataType: 'String' },
      raw: { binaryValue: '/wA=', dataType: 'Binary' },
      'X-Amzn-Trace-Id': { stringValue: 'Root=1-2', dataType: 'String' },
    });
    assert.match(message.eventSourceARN, /:orders$/);
  });

  test('gives a body of text, whatever the definition makes of the value', async () => {
    for (const [config, value, body] of [
      [{ value: json() }, { id: 1 }, '{"id":1}'],
      [{ value: bytes() }, Buffer.from('größe'), 'größe'],
      [{ value: bytes() }, Buffer.from([0xff]), '/w=='],
      [{ value: undefined }, 'as it is', 'as it is'],
    ] as const) {
      const { events } = await runSqs([{ value }], undefined, { config });
      assert.equal(events[0]?.Records[0]?.body, body);
    }
  });

  test('puts records that may run side by side into one event, ten at most, and calls once at a time', async () => {
    let running = 0;
    const config = { order: 'none', concurrency: 100 } as const;
    const { events, results } = await runSqs(
      Array.from({ length: 25 }, (_, index) => ({ value: String(index) })),
      async () => {
        running++;
        await setImmediate();
        assert.equal(running--, 1);
      },
      { config },
    );
    assert.deepEqual(
      events.map(({ Records }) => Records.length),
      [10, 10, 5],
    );
    assert.deepEqual(new Set(results), new Set(['processed']));
    const single = await runSqs([{ value: 'a' }, { value: 'b' }], undefined, {
      config,
      options: { maxMessages: 1 },
    });
    assert.equal(single.events.length, 2);
  });

  test('keeps the order of a partition and of a key', async () => {
    const records = ['a1', 'b1', 'a2', 'b2'].map((value) => ({ key: value[0], value }));
    const { events } = await runSqs(records);
    assert.deepEqual(
      events.map(({ Records }) => Records.map(({ body }) => body)),
      [['a1'], ['b1'], ['a2'], ['b2']],
    );
    const byKey = await runSqs(records, undefined, { config: { order: 'key' } });
    assert.deepEqual(
      byKey.events.map(({ Records }) => Records.map(({ body }) => body)),
      [
        ['a1', 'b1'],
        ['a2', 'b2'],
      ],
    );
  });

  test('delivers again what the handler reports, and what waits behind it', async () => {
    const records = ['a1', 'b1', 'a2', 'b2'].map((value) => ({ key: value[0], value }));
    const { results, logs } = await runSqs(records, failing('a1'), { config: { order: 'key' } });
    assert.deepEqual(results, ['retried', 'processed', 'retried', 'processed']);
    const codes = logs.map(({ error }) => (error as { readonly code?: string } | undefined)?.code);
    assert.ok(codes.includes('SQS_ITEM_FAILED'), codes.join());
    const all = await runSqs(records, failing('a1', 'b2'), { config: { order: 'none' } });
    assert.deepEqual(all.results, ['retried', 'processed', 'processed', 'retried']);
  });

  test('takes an exception, and an answer that SQS would not understand, for a failure of all', async () => {
    const records = [{ value: 'a' }, { value: 'b' }];
    for (const answer of [
      () => {
        throw new Error('down');
      },
      () => ({ batchItemFailures: 'a' }),
      () => ({ batchItemFailures: [{ itemIdentifier: '' }] }),
      () => ({ batchItemFailures: [{ itemIdentifier: 'another' }] }),
      () => ({ batchItemFailures: [null] }),
    ]) {
      const { results } = await runSqs(records, answer, { config: { order: 'none' } });
      assert.deepEqual(results, ['retried', 'retried']);
    }
    for (const answer of [
      undefined,
      null,
      {},
      { batchItemFailures: null },
      { batchItemFailures: [] },
      'ok',
    ]) {
      const { results } = await runSqs(records, () => answer, { config: { order: 'none' } });
      assert.deepEqual(results, ['processed', 'processed']);
    }
  });

  test('leaves tombstones out, or delivers them with an empty body', async () => {
    const skipped = await runSqs([{ value: null }, { value: '' }]);
    assert.deepEqual(skipped.results, ['skipped', 'processed']);
    const delivered = await runSqs([{ value: null }], undefined, { options: { tombstones: 'deliver' } });
    assert.deepEqual([delivered.results, delivered.events[0]?.Records[0]?.body], [['processed'], '']);
  });

  test('hands Lambda’s context to the handler', async () => {
    let remaining: number | undefined;
    const handler: SQSHandler = async (_event, context) => {
      remaining = context.getRemainingTimeInMillis();
    };
    const definition = defineConsumer({ name: 'orders', topic: 'orders', value: text() });
    const consumer = createConsumer(definition, fromSqs(handler as unknown as SqsHandler));
    await runConsumer(consumer, [{ value: 'a' }], { remainingMs: 30_000 });
    assert.ok(remaining !== undefined && remaining > 0 && remaining <= 30_000);
  });

  test('refuses a handler with a callback, and options out of range', () => {
    const withCallback = (_event: unknown, _context: unknown, _callback: unknown): void => {};
    assert.throws(() => fromSqs(withCallback as never), /callback/);
    for (const maxMessages of [0, 1.5, 10_001])
      assert.throws(() => fromSqs(() => {}, { maxMessages }), /maxMessages/);
  });

  test('says once that the handler keeps messages after it returned, and nothing of one that does not', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const kept: unknown[] = [];
    for (const keeps of [false, true]) {
      const handler: SqsHandler = ({ Records }) => {
        if (keeps) kept.push(...Records);
      };
      const definition = defineConsumer({ name: 'orders', topic: 'orders', value: text(), order: 'none' });
      const consumer = createConsumer(definition, fromSqs(handler));
      const logs: LogLine[][] = [];
      for (let round = 0; round < 4; round++) {
        const records = Array.from({ length: 60 }, () => ({ value: 'x' }));
        logs.push((await runConsumer(consumer, records)).logs as LogLine[]);
        for (let times = 0; times < 3; times++) {
          collect();
          await setImmediate();
        }
      }
      const warnings = logs.flat().filter(({ level }) => level === 'warn');
      assert.deepEqual(
        warnings.map(({ message }) => message),
        keeps ? ['the SQS handler keeps messages after it returned'] : [],
      );
    }
    assert.equal(kept.length, 240);
  });
});
