// What in a bucket or queue is no dead letter, through the command line: it is left out and named, and hides no other one.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { deadLetterKey } from '../../../lib/deadletter/s3.ts';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startAwsEndpoints, type AwsEndpoints } from '../../../tools/aws/endpoints.ts';
import { toQueueUrl } from '../../../tools/aws/resources.ts';
import type { ListReport } from '../../../tools/dead-letters/list.ts';
import type { PlanReport, RedriveReport } from '../../../tools/dead-letters/redrive/reports.ts';
import { startCli } from '../../support/cli.ts';
import { toLetter } from '../../support/dead-letters.ts';
import { startAnsweringFunction, type AnsweringFunction } from './redrive/function-answers.ts';

const bucket = 'letters';
const cut = '{"topic":"secret';
let endpoints: AwsEndpoints;
let clients: AwsClients;
let folder: string;
let queueUrl: string;
let fn: AnsweringFunction;

before(async () => {
  endpoints = await startAwsEndpoints();
  clients = createClients(endpoints);
  fn = await startAnsweringFunction(() => '');
  folder = await mkdtemp(join(tmpdir(), 'tailrace-unreadable-'));
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const objects = {
    'dead-letter/a-report.csv': 'secret;1',
    ...Object.fromEntries([1, 2].map((offset) => [deadLetterKey(toLetter(offset)), toLetter(offset)])),
    'dead-letter/zzz.json': cut,
    'aws/lambda/cut.json': cut,
  };
  for (const [Key, body] of Object.entries(objects)) {
    const Body = typeof body === 'string' ? body : JSON.stringify(body);
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  await clients.sqs.send(new CreateQueueCommand({ QueueName: 'failed' }));
  queueUrl = toQueueUrl(endpoints, 'failed');
  for (const MessageBody of [cut, '{"requestContext":{},"KafkaBatchInfo":{}}'])
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
});

after(async () => {
  fn.close();
  clients.close();
  await endpoints.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const environment = { ...endpoints.environment, AWS_ENDPOINT_URL_LAMBDA: fn.url };
  const places = ['--bucket', bucket, '--queue-url', queueUrl, '--account', folder];
  return await startCli(['dead-letters', ...args, ...places], environment).ended;
}

const leftOut = [
  /left out: s3:\/\/letters\/dead-letter\/a-report\.csv is not a dead letter/,
  /left out: s3:\/\/letters\/dead-letter\/zzz\.json is not a dead letter/,
  /left out: s3:\/\/letters\/aws\/lambda\/cut\.json is not a dead letter/,
  /left out: message [\w-]+ of \S+failed is not a dead letter/,
];

test('lists all others, and names what it leaves out', async () => {
  const { code, stdout, stderr } = await run('list', '--json');
  const { total, unreadable } = JSON.parse(stdout) as ListReport;
  assert.deepEqual([code, total, unreadable], [0, 2, 4]);
  for (const line of leftOut) assert.match(stderr, line);
  assert.doesNotMatch(stdout + stderr, /secret/);
});

test('plans all others, and ends a redrive with 1: what was asked for may be among the rest', async () => {
  const planned = await run('redrive', '--to', 'function=fn', '--json');
  const { send, unreadable } = JSON.parse(planned.stdout) as PlanReport;
  assert.deepEqual([planned.code, send, unreadable], [0, 2, 4]);
  const nothing = await run('redrive', '--to', 'function=fn', '--code', 'NONE', '--yes', '--json');
  assert.deepEqual([nothing.code, (JSON.parse(nothing.stdout) as PlanReport).send], [1, 0]);
  const sent = await run('redrive', '--to', 'function=fn', '--yes', '--json');
  const { succeeded, resolvedPlaces, ...report } = JSON.parse(sent.stdout) as RedriveReport;
  assert.deepEqual([sent.code, succeeded, resolvedPlaces, report.unreadable], [1, 2, 2, 4]);
});
