import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources } from '../../../tools/aws/resources.ts';
import type { OffsetRange } from '../../../tools/local/events.ts';
import type { LambdaFunction } from '../../../tools/template/topology.ts';
import { audit, type AuditSubject } from '../../../tools/proof/audit.ts';
import { createDeliveries } from '../../../tools/proof/deliveries.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';
import { invocationEvent } from '../../support/invocation-event.ts';

test('gives a letter of a mapping to the consumer of its topic, though one function serves several', async (t) => {
  const endpoints = await startAwsEndpoints();
  t.after(async () => await endpoints.close());
  const clients = createClients(endpoints);
  t.after(() => clients.close());
  await createResources({ buckets: [{ name: 'failures' }], queues: [], topics: [], tables: [] }, endpoints);
  for (const topic of ['clicks', 'views']) {
    const record = {
      topic,
      partition: 0,
      offset: 7,
      timestamp: 5,
      timestampType: 'CREATE_TIME',
      headers: [],
    };
    const Body = JSON.stringify({
      requestContext: { functionArn: 'arn:aws:lambda:x:1:function:both', condition: `Of${topic}` },
      payload: JSON.stringify({ records: { [`${topic}-0`]: [record] } }),
    });
    await clients.s3.send(new PutObjectCommand({ Bucket: 'failures', Key: `aws/lambda/${topic}`, Body }));
  }
  const produced = createLedger();
  const record = { sequence: 0, kind: 'tombstone', key: null, value: null, headers: {} } as const;
  const place = { partition: 0, offset: 7, timestampMs: 5 };
  produced.append({ ...record, documentDigest: 0n, valueDigest: 0n }, place);
  const subjects = ['clicks', 'views'].map((topic): AuditSubject => ({
    consumer: `both/${topic}`,
    topic,
    function: { name: 'both', environment: {} } as LambdaFunction,
    produced,
    deliveries: createDeliveries(`both/${topic}`),
    failureBucket: 'failures',
    queueToRead: (url: string) => Promise.resolve(url),
    documents: [],
    reported: { done: 0 },
  }));
  const accounts = await audit(subjects, clients, 0);
  assert.deepEqual(
    accounts.map(({ consumer, deadLettersByCode, verdict }) => [consumer, [...deadLettersByCode], verdict]),
    [
      ['both/clicks', [['Ofclicks', 1]], 'proven'],
      ['both/views', [['Ofviews', 1]], 'proven'],
    ],
  );
});

test('takes those records for discarded that the run has discarded, not others between them', async (t) => {
  const endpoints = await startAwsEndpoints();
  t.after(async () => await endpoints.close());
  const clients = createClients(endpoints);
  t.after(() => clients.close());
  const produced = createLedger();
  for (let sequence = 0; sequence < 3; sequence++) {
    const record = { sequence, kind: 'tombstone', key: null, value: null, headers: {} } as const;
    const place = { partition: 0, offset: sequence, timestampMs: 5 };
    produced.append({ ...record, documentDigest: 0n, valueDigest: 0n }, place);
  }
  const condition = 'RetryAttemptsExhausted';
  const range = (from: number): OffsetRange => ({ partition: 0, from, to: from + 1 });
  const ranges = [range(0), range(2)];
  const deliveries = createDeliveries('mine');
  const event = invocationEvent({ delivered: ranges, failed: 2, unresolved: ranges });
  deliveries.note({ ...event, consumer: 'mine' });
  const about = { places: [], errorType: 'Error', target: 'arn:aws:sqs:x:1:failures', error: undefined };
  deliveries.note({ kind: 'destination', consumer: 'mine', condition, records: 2, ranges, ...about });
  const bounds = [{ partition: 0, from: 0, to: 3 }];
  const document = { functionName: 'mine', topic: 'orders', condition, records: 2, ranges: bounds };
  const subject: AuditSubject = {
    consumer: 'mine',
    topic: 'orders',
    function: { name: 'mine', environment: {} } as LambdaFunction,
    produced,
    deliveries,
    failureBucket: undefined,
    queueToRead: (url: string) => Promise.resolve(url),
    documents: [{ ...document, record: undefined }],
    reported: { done: 0 },
  };
  const [account] = await audit([subject], clients, 0);
  assert.deepEqual([account?.deadLettered, account?.missingPlaces], [2, ['0@1']]);
});

/** An item as `materialize` writes it: the record of offset 1 of partition 0, unless a test says otherwise. */
const item = (change: object = {}): object => ({
  key: { S: 'k' },
  partition: { N: '0' },
  offset: { N: '1' },
  timestamp: { N: '5' },
  value: { S: 'new' },
  ...change,
});

for (const [what, shown, answered, verdict, says] of [
  ['proves a table that shows the latest record of a key', item(), 2, 'proven', undefined],
  [
    'proves a table that shows no deleted record',
    item({ offset: { N: '2' }, value: undefined, deleted: { BOOL: true } }),
    3,
    'proven',
    undefined,
  ],
  [
    'finds other content than was produced',
    item({ value: { S: 'old' } }),
    2,
    'disproved',
    /0@1 stands with other content/,
  ],
  ['finds another timestamp', item({ timestamp: { N: '6' } }), 2, 'disproved', /another timestamp/],
  [
    'finds a marker in place of a value',
    item({ value: undefined, deleted: { BOOL: true } }),
    2,
    'disproved',
    /0@1 is good, its item is not/,
  ],
  [
    'finds an earlier record where a later one was answered for',
    item({ offset: { N: '0' }, value: { S: 'old' } }),
    2,
    'disproved',
    undefined,
  ],
  ['does not believe an item that no invocation has answered for', item(), 0, 'disproved', undefined],
] as const)
  test(what, async (t) => {
    const endpoints = await startAwsEndpoints();
    t.after(async () => await endpoints.close());
    const clients = createClients(endpoints);
    t.after(() => clients.close());
    const keySchema = [{ AttributeName: 'key', KeyType: 'HASH' }] as const;
    const attributeDefinitions = [{ AttributeName: 'key', AttributeType: 'S' }] as const;
    const tables = [{ name: 'orders', keySchema, attributeDefinitions }];
    await createResources({ buckets: [], queues: [], topics: [], tables }, endpoints);
    await clients.dynamo.send(
      new PutItemCommand({ TableName: 'orders', Item: JSON.parse(JSON.stringify(shown)) as never }),
    );
    const produced = createLedger();
    const contents = answered === 3 ? ['old', 'new', null] : ['old', 'new'];
    for (const [sequence, content] of contents.entries()) {
      const digest = content === null ? 0n : digest64(content);
      const kind = content === null ? 'tombstone' : 'good';
      const record = { sequence, kind, key: 'k', value: null, headers: {} } as const;
      const place = { partition: 0, offset: sequence, timestampMs: 5 };
      produced.append({ ...record, documentDigest: digest, valueDigest: digest }, place);
    }
    const deliveries = createDeliveries('materialize');
    const delivered = [{ partition: 0, from: 0, to: contents.length }];
    const event = invocationEvent({ records: contents.length, delivered });
    if (answered > 0) deliveries.note({ ...event, consumer: 'materialize' });
    const subject: AuditSubject = {
      consumer: 'materialize',
      topic: 'orders',
      function: { name: 'materialize', environment: { MATERIALIZE_TABLE: 'orders' } } as never,
      produced,
      deliveries,
      queueToRead: (url: string) => Promise.resolve(url),
      failureBucket: undefined,
      documents: [],
      reported: { done: contents.length },
    };
    const [account] = await audit([subject], clients, 0.5);
    assert.equal(account?.verdict, verdict, JSON.stringify(account?.wrongPlaces));
    if (says !== undefined) assert.match(account?.wrongPlaces.join() ?? '', says);
  });
