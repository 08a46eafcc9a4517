// Functions, resources and the intrinsics between them, as the template has them.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readTopology } from '../../../tools/template/topology.ts';
import { writeLocalApp, type LocalApp } from '../../support/local-app.ts';
import { isLocalError, options, source, topologyOf } from '../../support/topology.ts';

const apps: LocalApp[] = [];
after(async () => {
  for (const app of apps) await app.remove();
});

test('reads a function and its mapping with every default filled in', async () => {
  const { functions, mappings, buckets } = await topologyOf({
    mapping: {
      BatchSize: undefined,
      MaximumBatchingWindowInSeconds: undefined,
      FunctionResponseTypes: undefined,
    },
    function: { MemorySize: undefined, Timeout: undefined, Architectures: undefined },
  });
  const [fn] = functions;
  assert.ok(fn !== undefined);
  assert.equal(fn.name, 'App-OrderArchiveFunction');
  assert.equal(fn.handler, 'index.handler');
  assert.equal(fn.memoryMb, 128);
  assert.equal(fn.timeoutSeconds, 3);
  assert.equal(fn.architecture, 'x86_64');
  assert.deepEqual(buckets, [{ name: 'app-failures' }]);
  const [mapping] = mappings;
  assert.ok(mapping !== undefined);
  assert.match(mapping.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(mapping, {
    id: mapping.id,
    logicalId: 'OrderArchiveMapping',
    functionName: fn.name,
    consumer: 'order-archive',
    topic: 'orders',
    batchSize: 100,
    windowMs: 500,
    startingPosition: 'TRIM_HORIZON',
    maximumRetryAttempts: 2,
    maximumRecordAgeSeconds: -1,
    bisect: false,
    reportBatchItemFailures: false,
    consumerGroupId: mapping.id,
    provisioned: { minPollers: 1, maxPollers: 1 },
    onFailure: { type: 's3', bucket: 'app-failures', arn: 'arn:aws:s3:::app-failures' },
    filterCriteria: undefined,
    registry: undefined,
    access: [],
    eventSourceArn: mapping.eventSourceArn,
    enabled: true,
    warnings: [],
  });
});

test('resolves the intrinsics that templates use', async () => {
  const { functions, queues, topics, tables } = await topologyOf(
    {
      environment: {
        URL: { Ref: 'Queue' },
        QUEUE_ARN: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        TOPIC: { Ref: 'Topic' },
        TABLE: { Ref: 'Table' },
        JOINED: { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }]] },
        SUB: { 'Fn::Sub': '${AWS::Partition}/${Queue.QueueName}/${!Literal}' },
        SUB_NAMES: { 'Fn::Sub': ['${x}+${AWS::StackName}', { x: { Ref: 'Table' } }] },
        PICKED: { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] },
        NONE: { Ref: 'AWS::NoValue' },
      },
    },
    {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, VisibilityTimeout: 60 } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: { 'Fn::Join': ['', ['t', 'able']] },
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        },
      },
    },
  );
  const {
    POWERTOOLS_SERVICE_NAME: _name,
    FAILURE_BUCKET: _bucket,
    ...environment
  } = functions[0]?.environment ?? {};
  assert.deepEqual(environment, {
    URL: 'http://127.0.0.1:1/000000000000/App-Queue.fifo',
    QUEUE_ARN: 'arn:aws:sqs:eu-west-1:000000000000:App-Queue.fifo',
    TOPIC: 'arn:aws:sns:eu-west-1:000000000000:news',
    TABLE: 'table',
    JOINED: 'a-eu-west-1-000000000000',
    SUB: 'aws/App-Queue.fifo/${Literal}',
    SUB_NAMES: 'table+App',
    PICKED: 'b',
  });
  assert.deepEqual(queues, [
    { name: 'App-Queue.fifo', fifo: true, attributes: { FifoQueue: 'true', VisibilityTimeout: '60' } },
  ]);
  assert.deepEqual(topics, [{ name: 'news' }]);
  assert.deepEqual(tables, [
    {
      name: 'table',
      keySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      attributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    },
  ]);
});

test('resolves conditions, and leaves out resources whose condition is false', async () => {
  const app = await writeLocalApp(
    [{ name: 'order-archive', source, environment: { MODE: { 'Fn::If': ['Big', 'big', { Ref: 'Size' }] } } }],
    {
      Unwanted: { Type: 'AWS::S3::Bucket', Condition: 'Big' },
      Wanted: { Type: 'AWS::S3::Bucket', Condition: 'Small' },
    },
  );
  apps.push(app);
  const path = join(app.cdkOut, 'App.template.json');
  const { default: template } = (await import(path, { with: { type: 'json' } })) as {
    readonly default: object;
  };
  const conditions = {
    Big: { 'Fn::And': [{ 'Fn::Equals': [{ Ref: 'Size' }, 'big'] }, { 'Fn::Not': [{ Condition: 'Never' }] }] },
    Never: { 'Fn::Equals': ['a', 'b'] },
    Small: { 'Fn::Or': [{ Condition: 'Never' }, { 'Fn::Not': [{ Condition: 'Big' }] }] },
  };
  const Parameters = { Size: { Type: 'String', Default: 'small' } };
  await writeFile(path, JSON.stringify({ ...template, Parameters, Conditions: conditions }));
  const { functions, buckets } = readTopology(app.cdkOut, options);
  assert.equal(functions[0]?.environment['MODE'], 'small');
  assert.deepEqual(
    buckets.map(({ name }) => name),
    ['app-failures', 'app-wanted'],
  );
});

test('names stack, resource and intrinsic when a value cannot be resolved', async () => {
  await assert.rejects(
    topologyOf({ mapping: { BatchSize: { 'Fn::ImportValue': 'other' } } }),
    isLocalError('UNRESOLVED', 'App/OrderArchiveMapping', 'Fn::ImportValue other'),
  );
  await assert.rejects(
    topologyOf({ environment: { X: { Ref: 'Nowhere' } } }),
    isLocalError('UNRESOLVED', 'App/OrderArchiveFunction', 'Ref Nowhere', '--env X=VALUE'),
  );
  await assert.rejects(
    topologyOf({ function: { MemorySize: { 'Fn::GetAtt': ['Failures', 'Colour'] } } }),
    isLocalError('UNRESOLVED', 'Fn::GetAtt Failures.Colour'),
  );
});

test('leaves what nobody runs unresolved', async () => {
  const { buckets } = await topologyOf(
    {},
    { Odd: { Type: 'AWS::EC2::Thing', Properties: { X: { 'Fn::Cidr': [] } } } },
  );
  assert.equal(buckets.length, 1);
});

test('refuses functions that Lambda would not take, or not for Kafka', async () => {
  for (const [fn, word] of [
    [{ MemorySize: 127 }, 'MemorySize'],
    [{ MemorySize: 10_241 }, 'MemorySize'],
    [{ Timeout: 841 }, 'Timeout'],
    [{ Timeout: 0 }, 'Timeout'],
  ] as const)
    await assert.rejects(
      topologyOf({ function: fn }),
      isLocalError('UNSUPPORTED', 'App/OrderArchiveFunction', word),
    );
  await topologyOf({ function: { MemorySize: 10_240, Timeout: 840 } });
  await assert.rejects(
    topologyOf({ environment: { LARGE: 'x'.repeat(4096) } }),
    isLocalError('UNSUPPORTED', 'Environment'),
  );
});

test('names the file and the remedy when there is no synthesized app, or a broken one', async () => {
  assert.throws(
    () => readTopology('/nowhere/cdk.out', options),
    isLocalError('NO_CDK_OUT', 'got nothing at /nowhere/cdk.out', 'npx cdk synth'),
  );
  const app = await writeLocalApp([]);
  apps.push(app);
  await writeFile(join(app.cdkOut, 'App.template.json'), '{');
  assert.throws(() => readTopology(app.cdkOut, options), isLocalError('NO_CDK_OUT', 'App.template.json'));
  const emptied = await writeLocalApp([{ name: 'gone', source }]);
  apps.push(emptied);
  await rm(join(emptied.cdkOut, 'asset-gone'), { recursive: true });
  assert.throws(() => readTopology(emptied.cdkOut, options), isLocalError('UNSUPPORTED', 'asset-gone'));
});
