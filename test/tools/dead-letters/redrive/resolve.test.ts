import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../../tools/aws/endpoints.ts';
import { openAccount, type Account } from '../../../../tools/dead-letters/redrive/account.ts';
import { resolveAll } from '../../../../tools/dead-letters/redrive/resolve.ts';
import { failedRecord } from '../failed-records.ts';

let endpoints: AwsEndpoints;
let clients: AwsClients;
let account: Account;
const folder = mkdtempSync(join(tmpdir(), 'tailrace-resolve-'));

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  account = openAccount(join(folder, 'run.ndjson'), folder);
});

after(async () => {
  account.close();
  clients.close();
  await endpoints.close();
  rmSync(folder, { recursive: true });
});

const now = (): Date => new Date(0);
const onProgress = (): void => {};

test('deletes a message only once its copy is written', async () => {
  const { QueueUrl = '' } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'failed' }));
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a document' }));
  const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const [{ MessageId: messageId = '', ReceiptHandle: receiptHandle = '' } = {}] = Messages;
  const place = {
    kind: 'message',
    queueUrl: QueueUrl,
    messageId,
    receiptHandle,
    body: 'a document',
  } as const;
  const all = [failedRecord({ offset: 1 }, { place }), failedRecord({ offset: 2 }, { place })];
  const [first, second] = all.map(({ id }) => id);
  const count = async (): Promise<number> => {
    const name = 'ApproximateNumberOfMessagesNotVisible';
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }),
    );
    return Number(Attributes?.[name]);
  };
  const resolve = async (ids: readonly (string | undefined)[], copyFile: string): Promise<number> =>
    await resolveAll(new Set(ids.flatMap((id) => id ?? [])), all, {
      clients,
      account,
      copyFile,
      now,
      onProgress,
    });
  const copyFile = join(folder, 'messages.jsonl');
  assert.equal(await resolve([first], copyFile), 0, 'one of its records is not done');
  assert.equal(await count(), 1);
  await assert.rejects(resolve([first, second], join(folder, 'nowhere', 'messages.jsonl')));
  assert.equal(await count(), 1, 'its copy could not be written');
  assert.equal(await resolve([first, second], copyFile), 1);
  assert.equal(await count(), 0);
  assert.match(readFileSync(copyFile, 'utf8'), /"body":"a document"/);
});

test('removes a letter only once its copy is under resolved/', async () => {
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'letters' }));
  const failed = failedRecord({ offset: 7 });
  const key = failed.place.kind === 'letter' ? failed.place.key : '';
  await clients.s3.send(new PutObjectCommand({ Bucket: 'letters', Key: key, Body: '{}' }));
  const keys = async (): Promise<readonly (string | undefined)[]> =>
    ((await clients.s3.send(new ListObjectsV2Command({ Bucket: 'letters' }))).Contents ?? []).map(
      ({ Key }) => Key,
    );
  const broken = createClients(endpoints);
  broken.s3.middlewareStack.add(
    (next, context) => async (args) => {
      if (context['commandName'] === 'CopyObjectCommand') throw new Error('no room');
      return await next(args);
    },
    { step: 'initialize' },
  );
  const copyFile = join(folder, 'messages.jsonl');
  const done = new Set([failed.id]);
  await assert.rejects(resolveAll(done, [failed], { clients: broken, account, copyFile, now, onProgress }));
  broken.close();
  assert.deepEqual(await keys(), [key]);
  assert.equal(await resolveAll(done, [failed], { clients, account, copyFile, now, onProgress }), 1);
  assert.deepEqual(await keys(), [`resolved/${key}`]);
});
