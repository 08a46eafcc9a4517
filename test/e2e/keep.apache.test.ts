// --keep on Apache Kafka: what a run has made is there for the next one, after an orderly end and after SIGKILL, and each proof
// counts its own run's records.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { createClients } from '../../tools/aws/clients.ts';
import { startAwsEndpoints } from '../../tools/aws/endpoints.ts';
import { toQueueUrl } from '../../tools/aws/resources.ts';
import type { RunResult } from '../../tools/run/verdict/verdict.ts';
import { createTemporaryFolder } from '../../tools/temporary-folder.ts';
import { whyNoApache } from '../support/apache.ts';
import { runCli, startCli } from '../support/cli.ts';
import { writeLocalApp } from '../support/local-app.ts';

const source = `
  import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
  import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
  const [s3, sqs] = [new S3Client({}), new SQSClient({})];
  export async function handler(event) {
    for (const { partition, offset } of Object.values(event.records).flat()) {
      const Key = partition + '/' + offset;
      await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key, Body: 'x' }));
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: Key }));
    }
  }`;
const resources = {
  Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'store' } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'queue' } },
};
const environment = { STORE: { Ref: 'Store' }, QUEUE: { Ref: 'Queue' } };

async function countKept(folder: string): Promise<{ readonly objects: number; readonly messages: number }> {
  await using parts = new AsyncDisposableStack();
  const endpoints = await startAwsEndpoints({ folder: join(folder, 'aws') });
  parts.defer(async () => await endpoints.close());
  const clients = createClients(endpoints);
  parts.defer(() => clients.close());
  const { s3, sqs } = clients;
  let objects = 0;
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: 'store' }))
    objects += page.KeyCount ?? 0;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: toQueueUrl(endpoints, 'queue'),
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  return { objects, messages: Number(Attributes?.['ApproximateNumberOfMessages']) };
}

const skip = await whyNoApache();

test('keeps topics, offsets, buckets and queues for the next run', { skip }, async () => {
  const { path, remove } = await createTemporaryFolder('test');
  const app = await writeLocalApp([{ name: 'keeper', source, environment }], resources);
  try {
    const keep = join(path, 'kept');
    const about = ['--cdk-out', app.cdkOut, '--keep', keep];
    const run = async (): Promise<RunResult> => {
      const args = ['run', ...about, '--records', '60', '--poison', '0', '--json'];
      const { code, stdout, stderr } = await runCli(args);
      assert.equal(code, 0, stdout + stderr);
      return JSON.parse(stdout) as RunResult;
    };
    await run();
    assert.deepEqual(await countKept(keep), { objects: 60, messages: 60 });

    const dev = startCli(['dev', ...about, '--no-watch']);
    await dev.printed('keeper reads orders');
    const second = await runCli(['dev', ...about, '--no-watch']);
    assert.equal(second.code, 3, second.stderr);
    assert.match(second.stderr, /in use/);
    dev.child.kill('SIGKILL');
    await once(dev.child, 'exit');

    const [consumer] = (await run()).consumers;
    // Read from where the first run had committed, and counted by the offsets that this run was given.
    const { produced, seen, processed, foreign } = consumer?.account ?? {};
    assert.deepEqual(
      { produced, seen, processed, foreign },
      { produced: 60, seen: 60, processed: 60, foreign: 0 },
    );
    assert.equal(consumer?.status.polled, 60);
    assert.deepEqual(await countKept(keep), { objects: 120, messages: 120 });
  } finally {
    await app.remove();
    await remove();
  }
});
