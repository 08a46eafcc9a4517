// The readers on what is not as the consumers write it, and on the mappings' own documents: a proof must not overlook
// anything. What the consumers do write is read back in their own tests.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources } from '../../../tools/aws/resources.ts';
import { readObjects } from '../../../tools/proof/objects.ts';
import { readArchive } from '../../../tools/proof/readers/read-archive.ts';
import { readDeadLetters } from '../../../tools/proof/readers/read-dead-letters.ts';
import { readMaterialize } from '../../../tools/proof/readers/read-materialize.ts';
import { readRelay } from '../../../tools/proof/readers/read-relay.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { toHeadersDigest } from '../../../tools/traffic/ledger.ts';
import { toEvent } from '../../support/events.ts';

let endpoints: AwsEndpoints;
let clients: AwsClients;
let queueUrls: Readonly<Record<string, string>>;
const keySchema = [{ AttributeName: 'key', KeyType: 'HASH' }] as const;
const attributeDefinitions = [{ AttributeName: 'key', AttributeType: 'S' }] as const;

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  ({ queueUrls } = await createResources(
    {
      buckets: ['letters', 'no-letters', 'lines', 'cut', 'named', 'pages', 'claims'].map((name) => ({
        name,
      })),
      queues: ['held', 'foreign', 'broken'].map((name) => ({
        name: `${name}.fifo`,
        fifo: true,
        attributes: {},
      })),
      topics: [],
      tables: [{ name: 'foreign', keySchema, attributeDefinitions }],
    },
    endpoints,
  ));
});

after(async () => {
  clients.close();
  await endpoints.close();
});

async function put(bucket: string, key: string, body: string | Uint8Array): Promise<void> {
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("yields every record of a mapping's failed batch", async () => {
  const event = toEvent([
    { partition: 1, offset: 4, key: 'k', value: 'v', headers: [['h', 'v']] },
    { partition: 1, offset: 5 },
    { partition: 2, offset: 9, value: 'w' },
  ]);
  const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:archive';
  const requestContext = { functionArn, condition: 'RetryAttemptsExhausted', approximateInvokeCount: 5 };
  const document = { requestContext, version: '1.0', KafkaBatchInfo: {}, payload: JSON.stringify(event) };
  await put(
    'letters',
    'aws/lambda/mapping/orders-1/2026/01/02/2026-01-02T03.04.05-id',
    JSON.stringify(document),
  );
  const letter = {
    consumer: 'relay',
    topic: 'orders',
    partition: 0,
    offset: 3,
    error: { code: 'TOO_LARGE' },
    key: 'aw==',
    value: null,
    headers: [['h', 'dg==']],
    timestamp: 9,
  };
  await put('letters', 'dead-letter/relay/orders/0/00000000000000000003.json', JSON.stringify(letter));

  const found = await collect(readDeadLetters(clients.s3, 'letters'));
  assert.deepEqual(
    found.map(({ by, partition, offset }) => `${by} ${partition}@${offset}`),
    ['runtime 0@3', 'mapping 1@4', 'mapping 1@5', 'mapping 2@9'],
  );
  assert.deepEqual(found[0]?.found, {
    keyDigest: digest64('k'),
    digest: 0n,
    headersDigest: toHeadersDigest([['h', Buffer.from('v')]]),
    timestampMs: 9,
  });
  assert.deepEqual(found[1], {
    by: 'mapping',
    functionArn,
    condition: 'RetryAttemptsExhausted',
    topic: 'orders',
    partition: 1,
    offset: 4,
    record: event.records['orders-1']?.[0],
    found: {
      keyDigest: digest64('k'),
      digest: digest64('v'),
      headersDigest: toHeadersDigest([['h', Buffer.from('v')]]),
      timestampMs: event.records['orders-1']?.[0]?.timestamp,
    },
  });
});

test('refuses a failed batch without its event, naming the object', async () => {
  await put('no-letters', 'aws/lambda/mapping/x', '{"requestContext":{}}');
  await assert.rejects(collect(readDeadLetters(clients.s3, 'no-letters')), /aws\/lambda\/mapping\/x/);
});

test('reads every line of an archive: one without a line feed at its end, too, and no more at what looks like one', async () => {
  const lines = [1, 2].map((offset) =>
    JSON.stringify({
      topic: 't',
      partition: 0,
      offset,
      timestamp: 3,
      headers: [],
      key: 'a\u2028b',
      tombstone: true,
    }),
  );
  await put('lines', 'archive/t/0/00000000000000000001.ndjson.gz', gzipSync(lines.join('\n')));
  const records = await collect(readArchive(clients.s3, 'lines'));
  assert.deepEqual(
    records.map(({ offset, key }) => [offset, key]),
    [
      [1, 'a\u2028b'],
      [2, 'a\u2028b'],
    ],
  );
});

test('refuses an archive that is cut, and one with an unknown ending', async () => {
  const whole = gzipSync('{"topic":"t","partition":0,"offset":0,"key":null,"headers":[],"value":1}\n');
  await put('cut', 'archive/t/0/00000000000000000000.ndjson.gz', whole.subarray(0, -9));
  await assert.rejects(collect(readArchive(clients.s3, 'cut')), { code: 'Z_BUF_ERROR' });
  await put('named', 'archive/t/0/00000000000000000000.ndjson.rar', whole);
  await assert.rejects(collect(readArchive(clients.s3, 'named')), /got the ending \.rar/);
});

test('reads a bucket to the end of its last page', async () => {
  // S3 lists 1,000 keys at a time.
  for (let at = 0; at < 1001; at += 77) {
    const names = Array.from({ length: Math.min(77, 1001 - at) }, (_, i) => `page/${at + i}`);
    await Promise.all(names.map((name) => put('pages', name, 'x')));
  }
  assert.equal((await collect(readObjects(clients.s3, 'pages', 'page/'))).length, 1001);
});

test('refuses an item that the consumer did not write', async () => {
  const Item = { key: { S: 'k' }, partition: { N: '1' }, offset: { N: '2' } };
  await clients.dynamo.send(new PutItemCommand({ TableName: 'foreign', Item }));
  await assert.rejects(collect(readMaterialize(clients.dynamo, 'foreign')), /either a value or a marker/);
});

async function send(
  queue: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrls[queue],
      MessageBody: body,
      MessageGroupId: 'group',
      MessageDeduplicationId: 'id',
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'Number', StringValue }]),
      ),
    }),
  );
}

test('refuses a message without a place, and a claim check of another size', async () => {
  const { sqs, s3 } = clients;
  await send('foreign.fifo', 'hello', {});
  await assert.rejects(
    collect(readRelay({ sqs, s3, queueUrl: queueUrls['foreign.fifo'] ?? '' })),
    /no attribute/,
  );

  await put('claims', 'claim/x', '12345');
  const pointer = [
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    { s3BucketName: 'claims', s3Key: 'claim/x' },
  ];
  await send('broken.fifo', JSON.stringify(pointer), {
    partition: '0',
    offset: '1',
    timestamp: '5',
    ExtendedPayloadSize: '6',
  });
  await assert.rejects(
    collect(readRelay({ sqs, s3, queueUrl: queueUrls['broken.fifo'] ?? '' })),
    /got 5 bytes, expected 6/,
  );
});

test('does not take a queue for empty while another reader holds messages', async () => {
  const { sqs, s3 } = clients;
  const queueUrl = queueUrls['held.fifo'] ?? '';
  await send('held.fifo', 'v', { partition: '0', offset: '1', timestamp: '5' });
  const other = readRelay({ sqs, s3, queueUrl });
  assert.equal((await other.next()).value?.offset, 1);
  // The other reader stops before it has deleted the message, which stays its own for a while.
  await other.return(undefined);
  await assert.rejects(collect(readRelay({ sqs, s3, queueUrl, maxIdleMs: 0 })), /still has 1 messages/);
});
