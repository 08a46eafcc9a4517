// Queues on disk, and endpoints whose folder is kept: killed and started again, everything is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type LocalEndpoints } from '../../../tools/aws/endpoints.ts';
import { createResources, toQueueUrl, type AwsResources } from '../../../tools/aws/resources.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../tools/temporary-folder.ts';

let folder: TemporaryFolder;
let endpoints: LocalEndpoints;
let clients: AwsClients;

const resources: AwsResources = {
  buckets: [{ name: 'bucket' }],
  queues: [
    { name: 'plain', fifo: false, attributes: { VisibilityTimeout: '600' } },
    { name: 'strict.fifo', fifo: true, attributes: { VisibilityTimeout: '600' } },
    { name: 'dead', fifo: false, attributes: {} },
    {
      name: 'watched',
      fifo: false,
      attributes: {
        RedrivePolicy: JSON.stringify({
          maxReceiveCount: 1,
          deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
        }),
      },
    },
  ],
  topics: [],
  tables: [
    {
      name: 'table',
      keySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      attributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    },
  ],
};

before(async () => {
  folder = await createTemporaryFolder('test');
  await open();
});

after(async () => {
  clients.close();
  await endpoints.close();
  await folder.remove();
});

async function open(): Promise<void> {
  endpoints = await startAwsEndpoints({ folder: folder.path });
  clients = createClients(endpoints);
  await createResources(resources, endpoints);
}

async function send(queue: string, body: string, group?: string): Promise<void> {
  const fifo = group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: body };
  const QueueUrl = toQueueUrl(endpoints, queue);
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, ...fifo }));
}

async function receive(queue: string, waitSeconds = 0): Promise<readonly Message[]> {
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: toQueueUrl(endpoints, queue),
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}

async function remove(queue: string, { ReceiptHandle }: Message): Promise<void> {
  await clients.sqs.send(new DeleteMessageCommand({ QueueUrl: toQueueUrl(endpoints, queue), ReceiptHandle }));
}

async function count(queue: string): Promise<readonly string[]> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: toQueueUrl(endpoints, queue), AttributeNames: [...names] }),
  );
  return names.map((name) => Attributes[name] ?? '');
}

const bodies = (messages: readonly Message[]): readonly (string | undefined)[] =>
  messages.map(({ Body }) => Body);

test('hands out no message of a group while somebody holds one of it', async () => {
  for (const [body, group] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
  ] as const)
    await send('strict.fifo', body, group);
  const first = await receive('strict.fifo');
  assert.deepEqual(bodies(first), ['a1', 'a2', 'b1']);
  await send('strict.fifo', 'a3', 'a');
  await send('strict.fifo', 'c1', 'c');
  assert.deepEqual(bodies(await receive('strict.fifo')), ['c1']);
  assert.deepEqual(await count('strict.fifo'), ['1', '4']);
  const waiting = receive('strict.fifo', 10);
  for (const message of first) await remove('strict.fifo', message);
  assert.deepEqual(bodies(await waiting), ['a3']);
});

test('gives a message back when its holder lets go of it, and moves one that comes too often', async () => {
  await send('plain', 'again');
  const [held] = await receive('plain');
  assert.deepEqual(await receive('plain'), []);
  await clients.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: toQueueUrl(endpoints, 'plain'),
      ReceiptHandle: held?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  const [again] = await receive('plain');
  assert.equal(again?.Body, 'again');
  assert.equal(again.Attributes?.['ApproximateReceiveCount'], '2');
  await remove('plain', again);
  assert.deepEqual(await count('plain'), ['0', '0']);

  await send('watched', 'unwanted');
  const QueueUrl = toQueueUrl(endpoints, 'watched');
  await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  assert.deepEqual(await receive('watched'), []);
  assert.deepEqual(bodies(await receive('dead')), ['unwanted']);
});

test('has everything again after its process was killed, and copies what is new in a queue', async () => {
  const key = 'odd/../key//with spaces';
  await send('plain', 'before');
  await clients.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: 'stored' }));
  await clients.dynamo.send(new PutItemCommand({ TableName: 'table', Item: { key: { S: 'kept' } } }));
  process.kill(endpoints.processId, 'SIGKILL');
  clients.close();
  await endpoints.close();
  await open();

  const object = await clients.s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }));
  assert.equal(await object.Body?.transformToString(), 'stored');
  const item = await clients.dynamo.send(
    new GetItemCommand({ TableName: 'table', Key: { key: { S: 'kept' } } }),
  );
  assert.deepEqual(item.Item, { key: { S: 'kept' } });

  await send('plain', 'after');
  const copy = await endpoints.copyQueue('plain');
  assert.deepEqual(bodies(await receive(copy)), ['after']);
  assert.deepEqual(bodies(await receive('plain')), ['before', 'after']);
});
