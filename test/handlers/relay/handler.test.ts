// The relay consumer as it is deployed, against real SQS and S3 endpoints: every record becomes one message, and what SQS
// refuses fails its own record alone.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { PurgeQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { createClaimChecks } from '../../../handlers/relay/claim-check.ts';
import { relay } from '../../../handlers/relay/consumer.ts';
import { createOutbox } from '../../../handlers/relay/outbox.ts';
import type { Message as MessageToSend } from '../../../handlers/relay/message.ts';
import { createRelayer, parseQueueUrl, readMaxBodyBytes } from '../../../handlers/relay/relayer.ts';
import { createConsumer, type ConsumerHandler } from '../../../lib/index.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { readRelay, type RelayedRecord } from '../../../tools/proof/readers/read-relay.ts';
import { createMemoryStore } from '../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent, type TestRecord } from '../../support/events.ts';
import { KeptLogger } from '../../support/log.ts';
import { toNoise } from '../orders.ts';
import { collect, startSurroundings, type Surroundings } from '../surroundings.ts';

let around: Surroundings;
let handler: ConsumerHandler;

before(async () => {
  around = await startSurroundings();
  ({ handler } = await import('../../../handlers/relay/handler.ts'));
});

after(async () => {
  await around.stop();
});

beforeEach(async () => {
  for (const QueueUrl of [around.queueUrl, around.smallQueueUrl])
    await around.sqs.send(new PurgeQueueCommand({ QueueUrl }));
});

async function deliver(...records: readonly TestRecord[]): Promise<void> {
  assert.deepEqual(await handler(toEvent(records), toContext()), { batchItemFailures: [] });
}

/** All messages as SQS shows them, in the order of the queue's groups. */
async function receive(): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: around.queueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  });
  return (await around.sqs.send(command)).Messages ?? [];
}

function drain(queueUrl: string = around.queueUrl): Promise<RelayedRecord[]> {
  return collect(readRelay({ sqs: around.sqs, s3: around.s3, queueUrl, maxIdleMs: 5000 }));
}

async function drainOffsets(queueUrl?: string): Promise<number[]> {
  return (await drain(queueUrl)).map(({ offset }) => offset).toSorted((a, b) => a - b);
}

test('forwards value, key, headers and place of a record', async () => {
  await deliver({
    partition: 3,
    offset: 7,
    key: 'order-7',
    value: '{"cup":"☕ 🙂"}',
    headers: [
      ['trace', 'ä'],
      ['raw', Uint8Array.of(0xff)],
    ],
  });
  const [message] = await receive();
  assert.equal(message?.Body, '{"cup":"☕ 🙂"}');
  assert.equal(message.Attributes?.MessageGroupId, 'order-7');
  assert.equal(message.Attributes.MessageDeduplicationId, 'orders-3-7-1767225600000');
  assert.deepEqual(message.MessageAttributes, {
    topic: { DataType: 'String', StringValue: 'orders' },
    partition: { DataType: 'Number', StringValue: '3' },
    offset: { DataType: 'Number', StringValue: '7' },
    timestamp: { DataType: 'Number', StringValue: '1767225600000' },
    key: { DataType: 'String', StringValue: 'order-7' },
    headers: { DataType: 'String', StringValue: '[["trace","ä"],["raw","/w==","base64"]]' },
  });
});

test('forwards a tombstone as a body that says so', async () => {
  await deliver({ offset: 100, key: 'gone', value: null });
  const [message] = await receive();
  assert.deepEqual(JSON.parse(message?.Body ?? ''), {
    tombstone: true,
    topic: 'orders',
    partition: 0,
    offset: 100,
  });
  assert.equal(message?.MessageAttributes?.['tombstone']?.StringValue, 'true');
});

test('groups by key, by partition where there is none, and by a hash where the key is no group id', async () => {
  await deliver(
    { offset: 200, key: 'a b', value: '1' },
    { partition: 4, offset: 200, key: null, value: '2' },
    { offset: 201, key: 'x'.repeat(129), value: '3' },
    { offset: 202, key: Uint8Array.of(0xff), value: '4' },
    { offset: 203, key: 'x'.repeat(128), value: '5' },
  );
  const groups = (await receive()).map(({ Body, Attributes }) => `${Body} ${Attributes?.MessageGroupId}`);
  const sha = (key: string | Uint8Array): string => `sha256-${hash('sha256', key)}`;
  assert.deepEqual(groups.toSorted(), [
    `1 ${sha('a b')}`,
    '2 orders-4',
    `3 ${sha('x'.repeat(129))}`,
    `4 ${sha(Uint8Array.of(0xff))}`,
    `5 ${'x'.repeat(128)}`,
  ]);
});

test('does not double what is delivered again, and keeps the order of a key', async () => {
  const records = Array.from({ length: 30 }, (_, at) => ({
    offset: 300 + at,
    key: `key-${at % 3}`,
    value: `value ${at}`,
  }));
  await deliver(...records);
  await deliver(...records);
  await deliver(...records.slice(5, 9));
  const relayed = await drain();
  assert.equal(relayed.length, 30);
  for (const key of ['key-0', 'key-1', 'key-2']) {
    const offsets = relayed.filter((each) => each.key === key).map(({ offset }) => offset);
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
    );
  }
});

test('sends bodies by claim check that are too large, empty, or of characters that SQS refuses', async () => {
  const large = toNoise(262_145);
  await deliver(
    { partition: 5, offset: 0, key: 'large', value: large },
    { partition: 5, offset: 1, key: 'control', value: 'a\u0001b' },
    { partition: 5, offset: 2, key: 'empty', value: '' },
    { partition: 5, offset: 3, key: 'noncharacter', value: 'a\uFFFEb' },
    { partition: 5, offset: 4, key: 'small', value: 'a\tb' },
  );
  const names = [0, 1, 2, 3].map(
    (offset) => `claim/orders/5/${String(offset).padStart(20, '0')}-1767225600000`,
  );
  assert.deepEqual(await around.list('claims', 'claim/orders/5/'), names);
  assert.equal((await around.read('claims', names[0] ?? '')).toString(), large);
  const first = (await receive()).find(({ Attributes }) => Attributes?.MessageGroupId === 'large');
  assert.equal(
    first?.Body,
    `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"claims","s3Key":"${names[0]}"}]`,
  );
  assert.deepEqual(first.MessageAttributes?.['ExtendedPayloadSize'], {
    DataType: 'Number',
    StringValue: '262145',
  });
});

test('gives readers with claim checks every body, and the same one after a second delivery', async () => {
  const bodies = [toNoise(300_000), 'a\u0001b', '', 'plain'];
  const records = bodies.map((value, at) => ({ partition: 6, offset: at, key: `claim-${at}`, value }));
  await deliver(...records);
  await deliver(...records);
  const relayed = (await drain()).toSorted((a, b) => a.offset - b.offset);
  assert.deepEqual(
    relayed.map(({ digest, isClaimCheck }) => [digest, isClaimCheck]),
    bodies.map((body, at) => [digest64(body), at < 3]),
  );
});

test('sends many large messages without exceeding what one call may carry', async () => {
  const records = Array.from({ length: 12 }, (_, at) => ({
    partition: 7,
    offset: at,
    key: `big-${at}`,
    value: toNoise(250_000),
  }));
  await deliver(...records);
  const relayed = await drain();
  assert.equal(relayed.length, 12);
  assert.ok(relayed.every(({ isClaimCheck }) => !isClaimCheck));
});

/** The relay on a queue that takes messages of at most 2 KiB, with no claim check below 100 KiB. */
function createSmallRelay(queueUrl: string): {
  readonly consumer: ConsumerHandler;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly logger: KeptLogger;
} {
  const store = createMemoryStore();
  const logger = new KeptLogger();
  const outbox = createOutbox(around.sqs, queueUrl);
  const relayer = createRelayer({ outbox, claimChecks: createClaimChecks('claims'), maxBodyBytes: 102_400 });
  return { consumer: createConsumer(relay, relayer, { deadLetters: store, logger }), store, logger };
}

test('dead-letters the one message of a call that SQS refuses', async () => {
  const { consumer, store, logger } = createSmallRelay(around.smallQueueUrl);
  const secret = toNoise(3000);
  const records = Array.from({ length: 10 }, (_, at) => ({
    partition: 8,
    offset: at,
    key: `small-${at}`,
    value: at === 4 ? secret : `value ${at}`,
  }));
  assert.deepEqual(await consumer(toEvent(records), toContext()), { batchItemFailures: [] });
  assert.deepEqual(
    store.letters.map(({ offset, error }) => [offset, error.code]),
    [[4, 'MESSAGE_REFUSED']],
  );
  assert.deepEqual(await drainOffsets(around.smallQueueUrl), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
  assert.ok(!JSON.stringify(logger.lines).includes(secret.slice(0, 20)));
});

test('reports every record when the queue is not there, and the rest of each lane with it', async () => {
  const { consumer, store } = createSmallRelay(`${around.queueUrl}.none.fifo`);
  const records = [0, 1, 2, 3].map((offset) => ({ offset, key: `key-${offset % 2}`, value: 'x' }));
  const response = await consumer(toEvent(records), toContext());
  assert.deepEqual(reportedOf(response), ['orders-0@0', 'orders-0@1', 'orders-0@2', 'orders-0@3']);
  assert.deepEqual(store.letters, []);
});

test('dead-letters a record whose key and headers alone are too large', async () => {
  const huge: readonly (readonly [string, string])[] = [['h', 'x'.repeat(1_048_576)]];
  await deliver(
    { partition: 9, offset: 0, key: 'huge', value: 'v', headers: huge },
    { partition: 9, offset: 1, key: 'next', value: 'v' },
  );
  assert.deepEqual(await around.deadLetters(), ['9@0 relay ATTRIBUTES_TOO_LARGE']);
  assert.deepEqual(await drainOffsets(), [1]);
});

test('puts ten messages of lanes that run side by side into one call', async () => {
  const sqs = new SQSClient({});
  const sizes: number[] = [];
  sqs.middlewareStack.add(
    (next) => (args) => {
      sizes.push((args.input as { readonly Entries: readonly unknown[] }).Entries.length);
      return next(args);
    },
    { step: 'initialize' },
  );
  const outbox = createOutbox(sqs, around.queueUrl);
  const relayer = createRelayer({ outbox, claimChecks: createClaimChecks('claims'), maxBodyBytes: 102_400 });
  const consumer = createConsumer(relay, relayer, { logger: new KeptLogger() });
  const records = Array.from({ length: 45 }, (_, at) => ({
    topic: 'full',
    offset: at,
    key: `k-${at}`,
    value: 'v',
  }));
  await consumer(toEvent(records), toContext());
  sqs.destroy();
  assert.deepEqual(
    sizes.toSorted((a, b) => b - a),
    [10, 10, 10, 10, 5],
  );
});

test('sends messages of two invocations apart: the deadline of one does not take back those of the other', async () => {
  const sqs = new SQSClient({});
  const outbox = createOutbox(sqs, around.queueUrl);
  const toOwn = (offset: number): MessageToSend => ({
    body: `own ${offset}`,
    groupId: 'two',
    deduplicationId: `two-${offset}`,
    attributes: {},
    bytes: 10,
  });
  const [late, early] = [new AbortController(), new AbortController()];
  const sent = [late, early].map(async ({ signal }, offset) => await outbox.send(toOwn(offset), signal));
  late.abort(new Error('near its deadline'));
  const [first, second] = await Promise.allSettled(sent);
  sqs.destroy();
  assert.equal(first?.status, 'rejected');
  assert.equal(second?.status, 'fulfilled');
  assert.deepEqual(
    (await receive()).map(({ Body }) => Body),
    ['own 1'],
  );
});

test('refuses settings that it cannot work with', () => {
  assert.equal(readMaxBodyBytes({}), 262_144);
  assert.equal(readMaxBodyBytes({ RELAY_MAX_BODY_BYTES: '1048576' }), 1_048_576);
  for (const RELAY_MAX_BODY_BYTES of ['0', '1048577', '1.5', 'much', '']) {
    assert.throws(() => readMaxBodyBytes({ RELAY_MAX_BODY_BYTES }), {
      code: 'INVALID_ENVIRONMENT',
      variable: 'RELAY_MAX_BODY_BYTES',
    });
  }
  assert.throws(() => parseQueueUrl('https://sqs.eu-central-1.amazonaws.com/1/plain'), {
    code: 'INVALID_ENVIRONMENT',
    variable: 'RELAY_QUEUE_URL',
  });
});
