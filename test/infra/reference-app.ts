// An app as somebody writes it who has read docs/reference/infrastructure.md and nothing else: its constructs, most of its props, its
// metrics. Synthesized and deployed by a test.
/* oxlint-disable no-new -- a construct puts itself into its scope */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  KafkaConsumer,
  KafkaConsumers,
  KafkaConsumerSource,
  Monitoring,
  PrivateBucket,
  type KafkaSource,
} from '../../infra/index.ts';
import { defineConsumer, json } from '../../lib/index.ts';

const handlersFolder = mkdtempSync(join(tmpdir(), 'tailrace-reference-'));
process.once('exit', () => rmSync(handlersFolder, { recursive: true }));

for (const name of ['orders', 'items', 'cheap', 'checked']) {
  mkdirSync(join(handlersFolder, name));
  writeFileSync(
    join(handlersFolder, name, 'handler.ts'),
    'export const handler = async () => ({ batchItemFailures: [] });\n',
  );
}
const entry = (name: string): string => join(handlersFolder, name, 'handler.ts');

const app = new App();
const env = { account: '123456789012', region: 'eu-west-1' };
const stack = new Stack(app, 'Reference', { env });
const removalPolicy = RemovalPolicy.DESTROY;
const source: KafkaSource = {
  type: 'msk-iam',
  clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4',
};
const secret = Secret.fromSecretCompleteArn(
  stack,
  'Credentials',
  'arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka-AbCd12',
);

// A function made from a handler's file, its metrics, and alarms.
const bucket = new PrivateBucket(stack, 'Bucket', { removalPolicy });
const orders = new KafkaConsumer(stack, 'Orders', {
  definition: defineConsumer({ name: 'orders', topic: 'orders', value: json() }),
  entry: entry('orders'),
  source,
  startAt: new Date('2026-11-01T00:00:00Z'),
  partitions: 6,
  mappingLogLevel: 'INFO',
  removalPolicy,
});
bucket.grantPut(orders, 'orders/*');
new Monitoring(stack, 'Monitoring').watch(orders);
for (const metric of [orders.metricLag(), orders.metricRecordAge(), orders.metric('RssBytes')])
  metric.createAlarm(stack, `Own${metric.metricName}`, { threshold: 1000, evaluationPeriods: 3 });

// A function that is there already.
const paid = defineConsumer({ name: 'paid', topic: 'payments', value: json() });
const fn = new Function(stack, 'Paid', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
  memorySize: paid.memory.sizeMb,
  timeout: Duration.seconds(paid.timeoutSeconds),
  logGroup: new LogGroup(stack, 'PaidLogs', { removalPolicy }),
});
fn.addEventSource(
  new KafkaConsumerSource({
    definition: paid,
    source: { type: 'self-managed-scram-512', bootstrapServers: ['kafka.example.com:9096'], secret },
    onFailure: new SqsDlq(new Queue(stack, 'Failed', { removalPolicy })),
    removalPolicy,
  }),
);

// Pollers on demand; a registry of the mapping.
new KafkaConsumer(stack, 'Cheap', {
  definition: defineConsumer({ name: 'cheap', topic: 'clicks', value: json(), provisionedPollers: false }),
  entry: entry('cheap'),
  source,
  removalPolicy,
});
new KafkaConsumer(stack, 'Checked', {
  definition: defineConsumer({ name: 'checked', topic: 'checked', value: json() }),
  entry: entry('checked'),
  source,
  schemaRegistry: {
    type: 'glue',
    registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/shop',
    recordFormat: 'JSON',
  },
  removalPolicy,
});

// Many consumers of one cluster, with a dashboard of their own.
const many = new Stack(app, 'ReferenceMany', { env });
const table = new Table(many, 'Table', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  removalPolicy,
});
const consumers = new KafkaConsumers(many, 'Consumers', {
  source,
  handlersFolder,
  pollerGroup: 'shared',
  removalPolicy,
});
const items = consumers.add(defineConsumer({ name: 'items', topic: 'items', value: json() }), {
  environment: { TABLE: table.tableName },
  alarms: { deadLetters: false },
});
table.grantReadWriteData(items);
app.synth();
