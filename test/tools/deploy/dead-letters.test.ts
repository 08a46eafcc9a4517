// `tailrace dead-letters --stack` on a stack that is deployed: S3, SQS and Invoke of MiniStack, the originals in a Kafka here.
import { deadLetterKey } from '../../../lib/deadletter/s3.ts';
import { toLetter } from '../../support/dead-letters.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { createClients, type AwsClients } from '../../../tools/aws/clients.ts';
import { startEmbeddedBroker } from '../../../tools/broker/embedded.ts';
import type { Broker } from '../../../tools/broker/broker.ts';
import { createKafka } from '../../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../../tools/broker/topic.ts';
import type { ListReport } from '../../../tools/dead-letters/list.ts';
import type { PlanReport, RedriveReport } from '../../../tools/dead-letters/redrive/reports.ts';
import { startEmulator, type Emulator } from '../../../tools/deploy/emulator.ts';
import { runCli } from '../../support/cli.ts';
import { findPythonTool } from '../../support/python-tool.ts';

const { skip } = await findPythonTool('ministack');

const handler = `exports.handler = async ({ records }) => ({
  batchItemFailures: Object.entries(records).flatMap(([partition, each]) =>
    each.filter(({ value }) => Buffer.from(value, 'base64').toString() === 'bad')
      .map(({ offset }) => ({ itemIdentifier: { partition, offset } }))),
});`;

const template = {
  Resources: {
    DeadLetterBucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'letters-of-orders' } },
    Failed: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failed' } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
      },
    },
    Orders: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'orders-function',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: handler },
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'orders' } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Orders' },
        EventSourceArn:
          'arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1',
        Topics: ['orders'],
        StartingPosition: 'TRIM_HORIZON',
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Failed', 'Arn'] } } },
      },
    },
  },
};

let emulator: Emulator;
let clients: AwsClients;
let broker: Broker;
let accounts: string;
let queueUrl: string;

suite('dead letters of a deployed stack', { skip, concurrency: 1, timeout: 300_000 }, () => {
  before(async () => {
    [emulator, broker] = await Promise.all([startEmulator(), startEmbeddedBroker()]);
    clients = createClients(emulator);
    accounts = await mkdtemp(join(tmpdir(), 'tailrace-accounts-'));
    await deployStack();
    await fillBucket();
    await fillQueue();
  });

  after(async () => {
    clients.close();
    await Promise.all([emulator.close(), broker.close()]);
    await rm(accounts, { recursive: true, force: true });
  });

  test('finds bucket, queue and function by the stack, and the originals in Kafka', async () => {
    const { code, report } = await tailrace<ListReport>('list', ['--by', 'consumer,code']);
    assert.equal(code, 0);
    assert.deepEqual(
      report.groups.map(({ name, count }) => [name, count]),
      [
        ['orders  OLD_FORMAT', 6],
        ['orders  RetryAttemptsExhausted', 4],
      ],
    );
    assert.deepEqual([report.lost, report.uncertain], [{}, 0]);
    const [place = ''] = report.examples;
    const shown = await tailrace<readonly unknown[]>('show', ['--record', place]);
    assert.equal(shown.report.length, 1);
  });

  test('plans, sends to the deployed function, reads its partial response, and marks what succeeded', async () => {
    const { report: plan } = await tailrace<PlanReport>('redrive', ['--overtaken', 'send']);
    assert.deepEqual([plan.target, plan.send, plan.deletesMessages], ['function orders-function', 10, 1]);
    const args = ['--overtaken', 'send', '--yes', '--rate', '1000', '--stop-at-percent', '100'];
    const { code, report } = await tailrace<RedriveReport>('redrive', args);
    assert.deepEqual(
      [code, report.planned, report.succeeded, report.failedAgain, report.open],
      [1, 10, 8, 2, 0],
    );
    const { Contents = [] } = await clients.s3.send(
      new ListObjectsV2Command({ Bucket: 'letters-of-orders' }),
    );
    const below = (prefix: string): number => Contents.filter(({ Key }) => Key?.startsWith(prefix)).length;
    assert.deepEqual([below('dead-letter/'), below('resolved/')], [2, 4]);
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    assert.deepEqual(Messages, [], 'the message is deleted, since all of its records succeeded');
  });

  test('says that there is no such stack', async () => {
    const args = ['dead-letters', 'list', '--stack', 'Nowhere'];
    const { code, stderr } = await runCli(args, emulator.environment);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /reading stack Nowhere failed.*check the name and the Region/);
  });
});

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the caller says the document is
async function tailrace<T>(
  action: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly report: T }> {
  const places = ['--stack', 'Orders', '--brokers', broker.bootstrapServers, '--account', accounts];
  const { code, stdout, stderr } = await runCli(
    ['dead-letters', action, ...places, ...args, '--json'],
    emulator.environment,
  );
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as T };
}

async function deployStack(): Promise<void> {
  const { environment } = emulator;
  const cloudFormation = new CloudFormationClient({
    region: environment['AWS_REGION'] ?? '',
    endpoint: emulator.url,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  const StackName = 'Orders';
  await cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_IAM'],
    }),
  );
  for (;;) {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const { StackStatus = '', StackStatusReason = '' } = Stacks[0] ?? {};
    if (StackStatus === 'CREATE_COMPLETE') break;
    assert.equal(StackStatus, 'CREATE_IN_PROGRESS', StackStatusReason);
    await delay(100);
  }
  cloudFormation.destroy();
}

// Offsets 100 to 105, two of them bad; their originals are gone, and a letter needs none.
async function fillBucket(): Promise<void> {
  for (let offset = 100; offset < 106; offset++) {
    const value = Buffer.from(offset < 102 ? 'bad' : 'good').toString('base64');
    const body = toLetter(offset, { value });
    const Key = deadLetterKey(body);
    await clients.s3.send(
      new PutObjectCommand({ Bucket: 'letters-of-orders', Key, Body: JSON.stringify(body) }),
    );
  }
}

async function fillQueue(): Promise<void> {
  const kafka = createKafka(broker.bootstrapServers);
  await ensureTopic(kafka, { topic: 'orders' });
  const producer = kafka.producer();
  await producer.connect();
  const moment = '2026-01-01T00:00:00.000Z';
  const timestamp = String(Date.parse(moment));
  const messages = Array.from({ length: 4 }, () => ({ partition: 0, value: 'good', timestamp }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
  ({ QueueUrl: queueUrl = '' } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'failed' })));
  const MessageBody = JSON.stringify({
    requestContext: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders-function',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    timestamp: moment,
    KafkaBatchInfo: {
      batchSize: 4,
      recordsInfo: {
        'orders-0': {
          firstRecordOffset: '0',
          lastRecordOffset: '3',
          firstRecordTimestamp: moment,
          lastRecordTimestamp: moment,
        },
      },
    },
  });
  await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
}
