// The dead-letter store through the real SDK, against the local endpoints.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createS3Store } from '../../../lib/deadletter/s3.ts';
import { toDeadLetter } from '../../../lib/deadletter/dead-letter.ts';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources } from '../../../tools/aws/resources.ts';

const letter = toDeadLetter(
  { topic: 'orders', partition: 3, offset: 7, timestamp: 5, timestampType: 'CREATE_TIME', value: 'dg==' },
  new Error('no'),
  { consumer: 'archive', requestId: 'r', now: 9 },
);

describe('the S3 store', () => {
  let endpoints: AwsEndpoints;
  let clients: AwsClients;
  const saved = { ...process.env };
  before(async () => {
    endpoints = await startAwsEndpoints();
    clients = createClients(endpoints);
    await createResources({ buckets: [{ name: 'letters' }], queues: [], topics: [], tables: [] }, endpoints);
    Object.assign(process.env, endpoints.environment, { AWS_REGION: endpoints.region });
  });
  after(async () => {
    process.env = saved;
    clients.close();
    await endpoints.close();
  });

  test('has a letter when it says so, and names where', async () => {
    const address = await createS3Store({ TAILRACE_DEAD_LETTER_BUCKET: 'letters' }).store(letter);
    assert.equal(address, 's3://letters/dead-letter/archive/orders/3/00000000000000000007-5.json');
    const { Body } = await clients.s3.send(
      new GetObjectCommand({ Bucket: 'letters', Key: address.slice('s3://letters/'.length) }),
    );
    assert.deepEqual(JSON.parse((await Body?.transformToString()) ?? ''), letter);
  });

  test('rejects where S3 does not take it', async () => {
    await assert.rejects(createS3Store({ TAILRACE_DEAD_LETTER_BUCKET: 'gone' }).store(letter), {
      name: 'NoSuchBucket',
    });
  });

  test('gives up on S3 when it is silent', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { AWS_ENDPOINT_URL_S3: url } = process.env;
    process.env['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    try {
      await assert.rejects(createS3Store({ TAILRACE_DEAD_LETTER_BUCKET: 'letters' }, 50).store(letter), {
        name: 'TimeoutError',
      });
    } finally {
      process.env['AWS_ENDPOINT_URL_S3'] = url;
      silent.closeAllConnections();
      silent.close();
    }
  });
});
