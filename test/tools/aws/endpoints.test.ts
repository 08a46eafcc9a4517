// The local AWS endpoints as an SDK client sees them: by environment variables alone, on this machine only.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import { noise } from '../../support/noise.ts';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources, toQueueUrl } from '../../../tools/aws/resources.ts';

const root = new URL('../../../', import.meta.url);
let endpoints: AwsEndpoints;
let clients: AwsClients;

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  await createResources(
    {
      buckets: [{ name: 'bucket' }],
      queues: [
        { name: 'plain', fifo: false, attributes: {} },
        { name: 'strict.fifo', fifo: true, attributes: { VisibilityTimeout: '45' } },
      ],
      topics: [{ name: 'topic' }],
      tables: [
        {
          name: 'table',
          keySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
          attributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
        },
      ],
    },
    endpoints,
  );
});

after(async () => {
  clients.close();
  await endpoints.close();
});

test('leads SDK clients without any option to itself by its environment', async () => {
  const script = `
    import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
    import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
    import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
    import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
    const s3 = new S3Client({});
    await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'a/b c.json', Body: 'stored' }));
    const object = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'a/b c.json' }));
    const sent = await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: 'sent' }));
    const TopicArn = 'arn:aws:sns:' + process.env.AWS_REGION + ':000000000000:topic';
    const published = await new SNSClient({}).send(new PublishCommand({ TopicArn, Message: 'published' }));
    const dynamo = new DynamoDBClient({});
    await dynamo.send(new PutItemCommand({ TableName: 'table', Item: { key: { S: 'env' }, value: { S: 'put' } } }));
    const item = await dynamo.send(new GetItemCommand({ TableName: 'table', Key: { key: { S: 'env' } } }));
    console.log(await object.Body.transformToString(), typeof sent.MessageId, typeof published.MessageId, item.Item.value.S);
  `;
  const env = { ...endpoints.environment, QUEUE_URL: toQueueUrl(endpoints, 'plain') };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(errors, '');
  assert.equal(output, 'stored string string put\n');
});

test('listens on the loopback interface only', async (context) => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  if (outside === undefined) {
    context.skip('this machine has no other IPv4 interface');
    return;
  }
  for (const service of ['S3', 'DYNAMODB']) {
    const { hostname, port } = new URL(endpoints.environment[`AWS_ENDPOINT_URL_${service}`] ?? '');
    assert.equal(hostname, '127.0.0.1');
    await assert.rejects(once(connect(Number(port), outside.address), 'connect'), { code: 'ECONNREFUSED' });
  }
});

test('stores a multipart upload byte for byte', async () => {
  const bytes = noise(6 * 1024 * 1024);
  const params = {
    Bucket: 'bucket',
    Key: 'multipart',
    Body: Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]),
  };
  await new Upload({ client: clients.s3, params }).done();
  const object = await clients.s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'multipart' }));
  assert.equal(bytes.equals((await object.Body?.transformToByteArray()) ?? Buffer.alloc(0)), true);
});

test('keeps the order of a FIFO group and drops what has a known deduplication id', async () => {
  const QueueUrl = toQueueUrl(endpoints, 'strict.fifo');
  const entry = (id: string, deduplicationId: string): SendMessageBatchRequestEntry => ({
    Id: id,
    MessageBody: `body ${id}`,
    MessageGroupId: 'group',
    MessageDeduplicationId: deduplicationId,
  });
  const Entries = [entry('one', 'd1'), entry('again', 'd1'), entry('two', 'd2')];
  const sent = await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  assert.equal(sent.Successful?.length, 3);
  const bodies: (string | undefined)[] = [];
  for (;;) {
    const received = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (received.Messages === undefined) break;
    for (const { Body, ReceiptHandle } of received.Messages) {
      bodies.push(Body);
      await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  assert.deepEqual(bodies, ['body one', 'body two']);
});

test('takes a message of 1 MiB and of every character that SQS takes, and no more', async () => {
  const QueueUrl = toQueueUrl(endpoints, 'plain');
  const send = async (MessageBody: string): Promise<unknown> =>
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await send('x'.repeat(1_048_576));
  await send('\t\n\r \u{D7FF}\u{E000}\u{FFFD}\u{1F600}\u{10FFFF}');
  await assert.rejects(send('x'.repeat(1_048_577)), /1048576/);
  await assert.rejects(send('\u0000'), /characters/);
  await assert.rejects(send('\u{FFFE}'), /characters/);
});

test('refuses a conditional write whose condition is false', async () => {
  const put = async (offset: number): Promise<unknown> =>
    await clients.dynamo.send(
      new PutItemCommand({
        TableName: 'table',
        Item: { key: { S: 'versioned' }, offset: { N: String(offset) } },
        ConditionExpression: 'attribute_not_exists(#key) OR #offset < :offset',
        ExpressionAttributeNames: { '#key': 'key', '#offset': 'offset' },
        ExpressionAttributeValues: { ':offset': { N: String(offset) } },
      }),
    );
  await put(9);
  await put(10);
  await assert.rejects(put(10), { name: 'ConditionalCheckFailedException' });
});

test('closes at once though clients still hold connections, and closes twice without harm', async () => {
  const started = await startAwsEndpoints();
  const open = createClients(started);
  try {
    await createResources({ buckets: [{ name: 'bucket' }], queues: [], topics: [], tables: [] }, started);
    await open.s3.send(new HeadBucketCommand({ Bucket: 'bucket' }));
  } finally {
    await started.close();
    await started.close();
  }
  await assert.rejects(open.s3.send(new HeadBucketCommand({ Bucket: 'bucket' })));
  open.close();
});
