// An app written from the constructs' reference: a function of its own, fed by addEventSource. Deployed, updated and destroyed on
// a local AWS, as far as that knows its resources.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { KafkaConsumerSource } from '../../infra/kafka-consumer-source.ts';
import { defineConsumer } from '../../lib/definition/define-consumer.ts';
import { leaveOut } from '../../tools/deploy/assembly.ts';
import { startEmulator, type Emulator } from '../../tools/deploy/emulator.ts';
import { findPythonTool } from '../support/python-tool.ts';

const { skip } = await findPythonTool('ministack');
const StackName = 'Mine';
let emulator: Emulator;
let cloudFormation: CloudFormationClient;
let lambda: LambdaClient;

before(async () => {
  if (skip !== false) return;
  emulator = await startEmulator();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const settings = { endpoint: emulator.url, region: emulator.region, credentials };
  cloudFormation = new CloudFormationClient(settings);
  lambda = new LambdaClient(settings);
});
after(async () => {
  if (skip !== false) return;
  for (const client of [cloudFormation, lambda]) client.destroy();
  await emulator.close();
});

function synthesize(maxRecords: number): string {
  const definition = defineConsumer({ name: 'orders', topic: 'orders', batch: { maxRecords } });
  const app = new App();
  const stack = new Stack(app, StackName);
  const fn = new Function(stack, 'Function', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null'),
    memorySize: definition.memory.sizeMb,
    timeout: Duration.seconds(definition.timeoutSeconds),
  });
  fn.addEventSource(
    new KafkaConsumerSource({
      definition,
      source: {
        type: 'msk-iam',
        clusterArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/a/00000000-0000-0000-0000-000000000000-0',
      },
      onFailure: new SqsDlq(new Queue(stack, 'Failed')),
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  );
  const template = app.synth().getStackByName(StackName).template as Parameters<typeof leaveOut>[0] & {
    Rules?: unknown;
    Parameters?: unknown;
  };
  // The bootstrap version is a parameter of the account, which this one has not.
  delete template.Rules;
  delete template.Parameters;
  leaveOut(template, emulator.resourceTypes);
  return JSON.stringify(template);
}

async function settle(isThere = true): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { Stacks: [stack] = [] } = await cloudFormation
      .send(new DescribeStacksCommand({ StackName }))
      .catch((error: unknown) => {
        if (!isThere && /does not exist/.test(String(error))) return { Stacks: [] };
        throw error;
      });
    const status = stack?.StackStatus ?? 'DELETE_COMPLETE';
    if (/^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status)) return;
    assert.ok(status.endsWith('IN_PROGRESS'), `${status} ${stack?.StackStatusReason ?? ''}`);
    assert.ok(Date.now() < deadline, 'the stack did not settle in 60 s');
    await delay(50);
  }
}

async function listBatchSizes(): Promise<readonly (number | undefined)[]> {
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  return EventSourceMappings.map(({ BatchSize }) => BatchSize);
}

test(
  'deploys, updates and destroys a function that is fed by addEventSource',
  { skip, timeout: 300_000 },
  async () => {
    const Capabilities = ['CAPABILITY_IAM' as const];
    await cloudFormation.send(
      new CreateStackCommand({ StackName, TemplateBody: synthesize(100), Capabilities }),
    );
    await settle();
    assert.deepEqual(await listBatchSizes(), [100]);
    await cloudFormation.send(
      new UpdateStackCommand({ StackName, TemplateBody: synthesize(50), Capabilities }),
    );
    await settle();
    assert.deepEqual(await listBatchSizes(), [50]);
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    await settle(false);
    assert.deepEqual(await listBatchSizes(), []);
  },
);
