import { GetObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClients, type AwsClients } from '../../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { createResources, toQueueUrl } from '../../../../tools/aws/resources.ts';
import { startEmbeddedBroker } from '../../../../tools/broker/embedded.ts';
import { createKafka, groupTimings } from '../../../../tools/broker/kafka-client.ts';
import {
  createDestination,
  type Deliver,
  type Destination,
} from '../../../../tools/local/destination/destination.ts';
import { composeEvent, type EventEnvelope, type PolledRecord } from '../../../../tools/local/event.ts';
import { encodeRecord, type RecordExtras } from '../../../../tools/local/poller/record-encoder.ts';
import { toMessage } from '../../../support/kafka-message.ts';
import type { Discard } from '../../../../tools/local/destination/failure-document.ts';
import type { Mapping } from '../../../../tools/local/mapping/mapping.ts';
import type { OnFailure } from '../../../../tools/local/mapping/on-failure.ts';

let endpoints: AwsEndpoints;
let clients: AwsClients;
before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  const queue = (name: string): { name: string; fifo: boolean; attributes: {} } => ({
    name,
    fifo: false,
    attributes: {},
  });
  await createResources(
    { buckets: [{ name: 'dead' }], tables: [], topics: [], queues: [queue('dead'), queue('feed')] },
    endpoints,
  );
});
after(async () => {
  clients.close();
  await endpoints.close();
});

const envelope: EventEnvelope = {
  topic: 'orders',
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/1',
  bootstrapServers: 'b-1:9098,b-2:9098',
};
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function record(
  partition: number,
  offset: number,
  timestampMs: number = Date.UTC(2026, 0, 2, 3, 0, offset),
): PolledRecord {
  const at = { offset: String(offset), timestamp: String(timestampMs) };
  return encodeRecord('orders', partition, toMessage({ ...at, value: Buffer.from('secret') }));
}

function destinationOf(onFailure: OnFailure | undefined, kafka = createKafka('127.0.0.1:1')): Destination {
  return createDestination({
    mapping: { id: 'uuid', topic: 'orders', onFailure } as Mapping,
    functionArn,
    envelope,
    clients,
    kafka,
    queueUrl: (name) => toQueueUrl(endpoints, name),
  });
}

const deliver = (onFailure: OnFailure | undefined): Deliver => destinationOf(onFailure).deliver;

const discard: Discard = {
  records: [record(0, 10), record(1, 7), record(0, 11)],
  condition: 'RetryAttemptsExhausted',
  invokeCount: 4,
  functionError: true,
  requestId: '00000000-0000-0000-0000-000000000001',
};

async function receive(queue: string): Promise<string> {
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: toQueueUrl(endpoints, queue), WaitTimeSeconds: 5 }),
  );
  return Messages[0]?.Body ?? '';
}

const expected = {
  requestContext: {
    requestId: discard.requestId,
    functionArn,
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 4,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-01-02T03:04:05.678Z',
  KafkaBatchInfo: {
    batchSize: 3,
    eventSourceArn: envelope.eventSourceArn,
    bootstrapServers: envelope.bootstrapServers,
    recordsInfo: {
      'orders-0': {
        firstRecordOffset: '10',
        lastRecordOffset: '11',
        firstRecordTimestamp: '2026-01-02T03:00:10.000Z',
        lastRecordTimestamp: '2026-01-02T03:00:11.000Z',
      },
      'orders-1': {
        firstRecordOffset: '7',
        lastRecordOffset: '7',
        firstRecordTimestamp: '2026-01-02T03:00:07.000Z',
        lastRecordTimestamp: '2026-01-02T03:00:07.000Z',
      },
    },
  },
};

function withoutSize(text: string): unknown {
  const document = JSON.parse(text) as { readonly KafkaBatchInfo: { payloadSize?: number } };
  const event = composeEvent(envelope, discard.records);
  assert.equal(document.KafkaBatchInfo.payloadSize, Buffer.byteLength(event));
  delete document.KafkaBatchInfo.payloadSize;
  return document;
}

test('sends the documented document, without records, to a queue', async () => {
  const arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  assert.equal(await deliver({ type: 'sqs', queue: 'dead', arn })(discard, nowMs), arn);
  const text = await receive('dead');
  assert.deepEqual(withoutSize(text), expected);
  assert.equal(text.includes('c2VjcmV0'), false);
});

test('publishes the same document to a topic', async () => {
  const { TopicArn: arn = '' } = await clients.sns.send(new CreateTopicCommand({ Name: 'dead' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:feed';
  await clients.sns.send(
    new SubscribeCommand({
      TopicArn: arn,
      Protocol: 'sqs',
      Endpoint,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  await deliver({ type: 'sns', arn })(discard, nowMs);
  assert.deepEqual(withoutSize(await receive('feed')), expected);
});

test('tells of a record from a producer that counts in microseconds', async () => {
  const arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  const far = record(0, 1, 1.7e16);
  await deliver({ type: 'sqs', queue: 'dead', arn })({ ...discard, records: [far] }, nowMs);
  assert.match(await receive('dead'), /"firstRecordTimestamp":"\+275760-09-13T00:00:00\.000Z"/);
});

test('has no response context for records that no function saw', async () => {
  const arn = 'arn:aws:sqs:us-east-1:000000000000:dead';
  const oversize: Discard = {
    records: [record(0, 1)],
    condition: 'MaximumPayloadSizeExceeded',
    invokeCount: 0,
    functionError: false,
    requestId: undefined,
  };
  await deliver({ type: 'sqs', queue: 'dead', arn })(oversize, nowMs);
  const document = JSON.parse(await receive('dead')) as typeof expected;
  assert.equal(document.responseContext, null);
  assert.equal(document.requestContext.condition, 'MaximumPayloadSizeExceeded');
  assert.equal(document.requestContext.approximateInvokeCount, 0);
});

test('stores the same document in a bucket, with the event', async () => {
  const address = await deliver({ type: 's3', bucket: 'dead', arn: 'arn:aws:s3:::dead' })(discard, nowMs);
  assert.match(
    address ?? '',
    /^s3:\/\/dead\/aws\/lambda\/uuid\/orders-0\/2026\/01\/02\/2026-01-02T03\.04\.05-/,
  );
  const { Body } = await clients.s3.send(
    new GetObjectCommand({ Bucket: 'dead', Key: address?.slice('s3://dead/'.length) }),
  );
  const { payload, ...document } = JSON.parse((await Body?.transformToString()) ?? '') as {
    readonly payload: string;
  };
  assert.equal(payload, composeEvent(envelope, discard.records));
  assert.deepEqual(withoutSize(JSON.stringify(document)), expected);
});

test('has each record in a topic once it says so', async (t) => {
  const broker = await startEmbeddedBroker();
  t.after(async () => await broker.close());
  const kafka = createKafka(broker.bootstrapServers);
  const admin = kafka.admin();
  await admin.connect();
  t.after(async () => await admin.disconnect());
  // It makes a topic for whoever writes to it first, which a destination does not.
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'dead', messages: [{ value: 'first' }] });
  await producer.disconnect();
  const arn = 'kafka://dead';
  const destination = destinationOf({ type: 'kafka', topic: 'dead', arn }, kafka);
  assert.equal(await destination.deliver(discard, nowMs), arn);
  const bounds = await admin.fetchTopicOffsets('dead');
  assert.equal(
    bounds.reduce((sum, { high }) => sum + Number(high), 0),
    1 + 3,
  );
  await destination.close();
  const nowhere = { type: 'kafka', topic: 'nowhere', arn: 'kafka://nowhere' } as const;
  const missing = destinationOf(nowhere, createKafka(broker.bootstrapServers, { retries: 1 }));
  await assert.rejects(missing.deliver(discard, nowMs));
  await missing.close();
});

test('gives a message the key that the record was produced with', async (t) => {
  const broker = await startEmbeddedBroker();
  t.after(async () => await broker.close());
  const kafka = createKafka(broker.bootstrapServers);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'keyed', messages: [{ key: null, value: 'makes the topic' }] });
  await producer.disconnect();
  const destination = destinationOf({ type: 'kafka', topic: 'keyed', arn: 'kafka://keyed' }, kafka);
  const encode = (offset: number, extras: RecordExtras): PolledRecord =>
    encodeRecord('orders', 0, toMessage({ offset: String(offset), key: Buffer.from('"decoded"') }), extras);
  const original = Buffer.from([0, 0, 0, 0, 7, 0xff]);
  await destination.deliver(
    { ...discard, records: [encode(1, { originalKey: original }), encode(2, {})] },
    nowMs,
  );
  await destination.close();
  const consumer = kafka.consumer({ groupId: 'keys', ...groupTimings });
  await consumer.connect();
  t.after(async () => await consumer.disconnect());
  await consumer.subscribe({ topic: 'keyed', fromBeginning: true });
  const keys: (string | undefined)[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (keys.push(message.key?.toString('hex')) === 3) done.resolve();
    },
  });
  await done.promise;
  const expected = [original, Buffer.from('"decoded"')].map((key) => key.toString('hex'));
  assert.deepEqual(new Set(keys), new Set([undefined, ...expected]));
});

test('delivers nothing without a destination, and rejects when the destination is not there', async () => {
  assert.equal(await deliver(undefined)(discard, nowMs), undefined);
  await assert.rejects(
    deliver({ type: 's3', bucket: 'nowhere', arn: 'arn:aws:s3:::nowhere' })(discard, nowMs),
  );
  const [queue, topic] = [
    'arn:aws:sqs:us-east-1:000000000000:nowhere',
    'arn:aws:sns:us-east-1:000000000000:nowhere',
  ];
  await assert.rejects(deliver({ type: 'sqs', queue: 'nowhere', arn: queue })(discard, nowMs));
  await assert.rejects(deliver({ type: 'sns', arn: topic })(discard, nowMs));
});
