// A consumer for a function that a CDK user has already: by addEventSource, with all that a consumer brings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Aws, Duration, Fn, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, Architecture, Code, Function, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { KafkaDlq, S3OnFailureDestination, SnsDlq, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { KafkaConsumerSource } from '../../infra/kafka-consumer-source.ts';
import { Monitoring } from '../../infra/monitoring/monitoring.ts';
import { PropsError } from '../../infra/props-error.ts';
import { RuleViolationError } from '../../infra/rules/rule-violation.ts';
import { addConsumer, createStack, mskIam, orders } from './consumer-stack.ts';
import { listGrants, type TemplateJson } from './grants.ts';

type Site = ReturnType<typeof createStack>;

function addFunction({ stack }: Site, id = 'Mine'): Function {
  return new Function(stack, id, {
    runtime: Runtime.NODEJS_22_X,
    architecture: Architecture.X86_64,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null'),
    memorySize: orders.memory.sizeMb,
    timeout: Duration.seconds(orders.timeoutSeconds),
    environment: { MINE: 'stays' },
  });
}

function importAlias(stack: Stack, fn: Function): IFunction {
  return Alias.fromAliasAttributes(stack, 'Imported', { aliasName: 'live', aliasVersion: fn.currentVersion });
}

interface StatOfAlarm {
  readonly MetricStat?: {
    readonly Metric: { readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[] };
  };
}

function only(template: Template, type: string): Record<string, unknown> {
  const found = Object.values(template.findResources(type)) as { readonly Properties: object }[];
  assert.equal(found.length, 1, `one ${type}`);
  return found[0]?.Properties as Record<string, unknown>;
}

test('gives a function its mapping, its environment, its permissions and its alarms', () => {
  const site = createStack();
  const fn = addFunction(site);
  const source = new KafkaConsumerSource({ definition: orders, source: mskIam });
  fn.addEventSource(source);
  const template = Template.fromStack(site.stack);
  const mapping = only(template, 'AWS::Lambda::EventSourceMapping');
  assert.deepEqual(mapping['Topics'], ['orders.v1']);
  assert.deepEqual(mapping['FunctionName'], { Ref: site.stack.getLogicalId(fn.node.defaultChild as never) });
  const { Environment } = only(template, 'AWS::Lambda::Function') as { Environment: { Variables: object } };
  assert.deepEqual(Object.keys(Environment.Variables).toSorted(), [
    'MINE',
    'POWERTOOLS_METRICS_NAMESPACE',
    'POWERTOOLS_SERVICE_NAME',
    'TAILRACE_DEAD_LETTER_BUCKET',
  ]);
  const grants = listGrants(template.toJSON() as TemplateJson, 'MineServiceRole').join('\n');
  for (const each of ['kafka-cluster:ReadData on', 's3:PutObject on', 'kafka:GetBootstrapBrokers on'])
    assert.ok(grants.includes(each), `${each} in ${grants}`);
  template.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 1);
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  assert.equal(source.consumer.groupId, 'Test-orders');
  assert.equal(source.consumer.metricLag().metricName, 'MaxOffsetLag');
});

test('joins the monitoring of its stack, or none', () => {
  const site = createStack();
  const monitoring = new Monitoring(site.stack, 'Monitoring');
  const define = (name: string): typeof orders => ({ ...orders, name });
  for (const [name, choice] of [
    ['joins', monitoring],
    ['second', undefined],
    ['third', undefined],
    ['silent', false],
  ] as const) {
    addFunction(site, name).addEventSource(
      new KafkaConsumerSource({
        definition: define(name),
        source: mskIam,
        ...(choice === undefined ? {} : { monitoring: choice }),
      }),
    );
  }
  const template = Template.fromStack(site.stack);
  template.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 3);
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
});

test('feeds an alias, and sets the variables of the function behind it', () => {
  const site = createStack();
  const fn = addFunction(site);
  const alias = new Alias(site.stack, 'Live', { aliasName: 'live', version: fn.currentVersion });
  alias.addEventSource(new KafkaConsumerSource({ definition: orders, source: mskIam, monitoring: false }));
  const template = Template.fromStack(site.stack);
  assert.match(
    JSON.stringify(only(template, 'AWS::Lambda::EventSourceMapping')['FunctionName']),
    /Live|live/,
  );
  assert.match(
    JSON.stringify(only(template, 'AWS::Lambda::Function')['Environment']),
    /TAILRACE_DEAD_LETTER_BUCKET/,
  );
});

for (const [qualified, qualify] of [
  ['an alias', (stack, { currentVersion: version }) => new Alias(stack, 'A', { aliasName: 'live', version })],
  ['a version', (_stack, { currentVersion }) => currentVersion],
  ['an imported alias', (stack, fn) => importAlias(stack, fn)],
] as const satisfies readonly (readonly [string, (stack: Stack, fn: Function) => IFunction])[]) {
  test(`reads the metrics of ${qualified} under the name of its function`, () => {
    const site = createStack();
    const fn = addFunction(site);
    const qualifiedFn = qualify(site.stack, fn);
    const source = new KafkaConsumerSource({ definition: orders, source: mskIam });
    qualifiedFn.addEventSource(source);
    const alarms = Object.values(Template.fromStack(site.stack).findResources('AWS::CloudWatch::Alarm'));
    const dimensions = alarms
      .flatMap(
        ({ Properties }) => (Properties as { readonly Metrics?: readonly StatOfAlarm[] }).Metrics ?? [],
      )
      .flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []);
    const name = { Ref: site.stack.getLogicalId(fn.node.defaultChild as never) };
    const named = (wanted: string): readonly unknown[] =>
      dimensions.filter(({ Name }) => Name === wanted).map(({ Value }) => Value);
    assert.deepEqual(named('FunctionName'), [name, name], 'timeouts and destinationFailures');
    const resources = named('Resource') as { readonly 'Fn::Join': [string, readonly unknown[]] }[];
    assert.equal(resources.length, 2);
    for (const {
      'Fn::Join': [, [first]],
    } of resources)
      assert.deepEqual(first, name);
  });
}

test('warns of a function that is deployed elsewhere, whose variables it cannot set', () => {
  const site = createStack();
  const fn = Function.fromFunctionAttributes(site.stack, 'Theirs', {
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:theirs',
    sameEnvironment: true,
  });
  fn.addEventSource(new KafkaConsumerSource({ definition: orders, source: mskIam }));
  const warnings = Annotations.fromStack(site.stack);
  const noVariables = 'the function is deployed elsewhere.*TAILRACE_DEAD_LETTER_BUCKET';
  warnings.hasWarning('*', Match.stringLikeRegexp(noVariables));
  const noRole =
    'no role of the function is known.*kafka-cluster:ReadData.*s3:PutObject.*permissions-not-granted';
  warnings.hasWarning('*', Match.stringLikeRegexp(noRole));
  const alarms = Object.values(Template.fromStack(site.stack).findResources('AWS::CloudWatch::Alarm'));
  assert.equal(JSON.stringify(alarms).includes('outOfMemory'), false, 'its log group is not known');
});

test('grants to the role that a function is imported with', () => {
  const site = createStack();
  const role = new Role(site.stack, 'Theirs', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  Function.fromFunctionAttributes(site.stack, 'Imported', {
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:theirs',
    sameEnvironment: true,
    role,
  }).addEventSource(new KafkaConsumerSource({ definition: orders, source: mskIam }));
  Annotations.fromStack(site.stack).hasNoWarning('*', Match.stringLikeRegexp('permissions-not-granted'));
  const grants = listGrants(Template.fromStack(site.stack).toJSON() as TemplateJson, 'Theirs').join('\n');
  assert.match(grants, /kafka-cluster:ReadData on/);
});

test('refuses a function that has other settings than the definition, and options of a function', () => {
  const site = createStack();
  const small = new Function(site.stack, 'Small', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null'),
  });
  assert.throws(
    () => small.addEventSource(new KafkaConsumerSource({ definition: orders, source: mskIam })),
    (error) =>
      error instanceof RuleViolationError && error.rules.includes('FUNCTION_DIFFERS_FROM_DEFINITION'),
  );
  for (const props of [{ function: small }, { entry: undefined }]) {
    assert.throws(() => addConsumer(site, `Wrong${JSON.stringify(Object.keys(props))}`, props), PropsError);
  }
  assert.throws(
    () => addConsumer(site, 'Options', { entry: undefined, function: small, reservedConcurrency: 1 }),
    (error) => error instanceof PropsError && error.fields.includes('reservedConcurrency'),
  );
});

test("takes CDK's own destinations, with their grants, and judges them like ours", () => {
  const site = createStack();
  const queue = new Queue(site.stack, 'Failed');
  const bucket = new Bucket(site.stack, 'Batches');
  const topic = new Topic(site.stack, 'Told');
  const made = {
    Sqs: addConsumer(site, 'Sqs', { onFailure: new SqsDlq(queue) }),
    Sns: addConsumer(site, 'Sns', { onFailure: new SnsDlq(topic) }),
    S3: addConsumer(site, 'S3', { onFailure: new S3OnFailureDestination(bucket) }),
    Kafka: addConsumer(site, 'Kafka', { onFailure: new KafkaDlq('orders.failed') }),
    Theirs: addConsumer(site, 'Theirs', {
      onFailure: new SqsDlq(Queue.fromQueueArn(site.stack, 'Q', 'arn:aws:sqs:eu-west-1:123456789012:q')),
    }),
  };
  assert.deepEqual(
    Object.values(made).map(({ onFailure }) => onFailure.type),
    ['sqs', 'sns', 's3', 'kafka-topic', 'sqs'],
  );
  const json = Template.fromStack(site.stack).toJSON() as TemplateJson;
  assert.match(listGrants(json, 'SqsRole').join('\n'), /sqs:SendMessage on Failed/);
  assert.match(listGrants(json, 'S3Role').join('\n'), /s3:PutObject on Batches/);
  assert.match(listGrants(json, 'KafkaRole').join('\n'), /kafka-cluster:WriteData on .*orders\.failed/);
  assert.throws(
    () =>
      addConsumer(site, 'Fifo', {
        onFailure: new SqsDlq(new Queue(site.stack, 'FifoQueue', { fifo: true })),
      }),
    (error) => error instanceof RuleViolationError && error.rules.includes('DESTINATION_IS_FIFO'),
  );
});

test("reads CDK's destinations by ARNs that are put together at deployment", () => {
  const site = createStack();
  const { stack } = site;
  const arn = (resource: string): string => stack.formatArn({ service: 'sqs', resource });
  const told = Topic.fromTopicArn(
    stack,
    'Told',
    `arn:${Aws.PARTITION}:sns:${Aws.REGION}:${Aws.ACCOUNT_ID}:told`,
  );
  const s3 = addConsumer(site, 'S3', {
    onFailure: new S3OnFailureDestination(Bucket.fromBucketName(stack, 'Batches', 'failed')),
  });
  const sqs = addConsumer(site, 'Sqs', {
    onFailure: new SqsDlq(Queue.fromQueueArn(stack, 'Failed', arn('failed'))),
  });
  const sns = addConsumer(site, 'Sns', { onFailure: new SnsDlq(told) });
  const other = addConsumer(site, 'Other', {
    onFailure: new SqsDlq(Queue.fromQueueArn(stack, 'Given', Fn.importValue('queue'))),
  });
  assert.deepEqual(
    [s3, sqs, sns, other].map(({ onFailure }) => onFailure.type),
    ['s3', 'sqs', 'sns', 'other'],
  );
  sqs.grantRedrive(new Role(stack, 'Clerk', { assumedBy: new AccountRootPrincipal() }));
  const json = Template.fromStack(stack).toJSON() as TemplateJson;
  assert.match(
    listGrants(json, 'Clerk').join('\n'),
    /sqs:DeleteMessage on arn:AWS::Partition:sqs:eu-west-1:123456789012:failed/,
  );
  assert.throws(
    () =>
      addConsumer(site, 'Fifo', {
        onFailure: new SqsDlq(Queue.fromQueueArn(stack, 'FifoQueue', arn('failed.fifo'))),
      }),
    (error) => error instanceof RuleViolationError && error.rules.includes('DESTINATION_IS_FIFO'),
  );
});

test('makes a bucket of its own for dead letters, kept when the stack goes, where none is given', () => {
  const site = createStack();
  const consumer = addConsumer(site, 'Alone', { deadLetterBucket: undefined, removalPolicy: undefined });
  const template = Template.fromStack(site.stack);
  const buckets = Object.entries(template.findResources('AWS::S3::Bucket'));
  const [, own] = buckets.find(([id]) => id.startsWith('AloneDeadLetterBucket')) ?? [];
  assert.equal((own as { DeletionPolicy?: string } | undefined)?.DeletionPolicy, 'Retain');
  assert.equal(consumer.onFailure.type, 's3');
  assert.equal(consumer.metricRecordAge().statistic, 'Maximum');
  assert.equal(consumer.metricRecordsDone({ statistic: 'Average' }).statistic, 'Average');
  assert.deepEqual(consumer.metricMemoryUsed().dimensions, { service: 'orders' });
});
