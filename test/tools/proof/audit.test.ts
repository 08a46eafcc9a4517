import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { createClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources } from '../../../tools/aws/resources.ts';
import type { LambdaFunction } from '../../../tools/template/topology.ts';
import { audit, type AuditSubject } from '../../../tools/proof/audit.ts';
import { createDeliveries } from '../../../tools/proof/deliveries.ts';
import { createLedger } from '../../../tools/traffic/ledger.ts';

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
    documents: [],
    reported: { done: 0, filtered: 0 },
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
