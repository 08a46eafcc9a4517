// A consumer for a function that a CDK user has already: by addEventSource, with all that a consumer brings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Alias, Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
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

test('warns of a function that is deployed elsewhere, whose variables it cannot set', () => {
  const site = createStack();
  const fn = Function.fromFunctionAttributes(site.stack, 'Theirs', {
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:theirs',
    sameEnvironment: true,
  });
  fn.addEventSource(new KafkaConsumerSource({ definition: orders, source: mskIam }));
  Annotations.fromStack(site.stack).hasWarning(
    '*',
    Match.stringLikeRegexp('the function is deployed elsewhere.*TAILRACE_DEAD_LETTER_BUCKET'),
  );
  const alarms = Object.values(Template.fromStack(site.stack).findResources('AWS::CloudWatch::Alarm'));
  assert.equal(JSON.stringify(alarms).includes('outOfMemory'), false, 'its log group is not known');
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
