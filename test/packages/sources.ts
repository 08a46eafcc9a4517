// What users write, as files: one consumer in each dialect, its stacks and its tests.

const source = `{
  type: 'msk-iam',
  clusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/pay/01234567-89ab-cdef-0123-456789abcdef-4',
}`;

/** The stack of the app that `cdk init` made, with a consumer in it. The app's own files stay as they are. */
export const newAppFiles: Readonly<Record<string, string>> = {
  'consumers/payments/consumer.ts': `
import { defineConsumer, json } from 'tailrace';

export const payments = defineConsumer({ name: 'payments', topic: 'payments', value: json() });
`,
  'consumers/payments/handler.ts': `
import { createConsumer, DeadLetterError } from 'tailrace';
import { payments } from './consumer';

export const handler = createConsumer(payments, {
  async record(record, { log }) {
    const { cents } = record.value as { readonly cents: number };
    if (cents < 0) throw new DeadLetterError('NEGATIVE', 'an amount is never negative');
    log.info('payment seen', { cents });
  },
});
`,
  'lib/app-stack.ts': `
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { KafkaConsumer, PrivateBucket } from 'tailrace/cdk';
import { payments } from '../consumers/payments/consumer';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const removalPolicy = cdk.RemovalPolicy.DESTROY;
    new KafkaConsumer(this, 'Payments', {
      definition: payments,
      entry: join(__dirname, '../consumers/payments/handler.ts'),
      source: ${source},
      deadLetterBucket: new PrivateBucket(this, 'DeadLetters', { removalPolicy }),
      removalPolicy,
    });
  }
}
`,
  'test/app.test.ts': `
import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { kafkaEvent, fakeContext, runConsumer } from 'tailrace/testing';
import { payments } from '../consumers/payments/consumer';
import { handler } from '../consumers/payments/handler';
import { AppStack } from '../lib/app-stack';

test('makes a mapping', () => {
  const template = Template.fromStack(new AppStack(new cdk.App(), 'Test'));
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { Topics: ['payments'] });
});

test('processes a payment and keeps a negative one', async () => {
  const { outcomes, logs } = await runConsumer(handler, [{ value: { cents: 5 } }, { value: { cents: -5 } }]);
  expect(outcomes.map(({ outcome, code }) => code ?? outcome)).toEqual(['processed', 'NEGATIVE']);
  expect(logs).toContainEqual(expect.objectContaining({ message: 'payment seen', cents: 5 }));
});

test('answers as Lambda is answered', async () => {
  const event = kafkaEvent(payments, [{ value: { cents: 5 } }]);
  expect(await handler(event, fakeContext())).toEqual({ batchItemFailures: [] });
});
`,
};

/** The rest of a consumer in plain JavaScript. */
const consume = `
const handler = createConsumer(defineConsumer({ name: 'orders', topic: 'orders', value: json() }), {
  record({ value }) {
    if (value.id === 2) throw new DeadLetterError('POISON', 'never');
  },
});
runConsumer(handler, [{ value: { id: 1 }, compression: 'gzip' }, { value: { id: 2 } }]).then(({ outcomes }) =>
  process.stdout.write(outcomes.map(({ outcome, code }) => code ?? outcome).join(' ')),
);
`;

/** An app of ES modules, run by Node's type stripping: its package.json says so. */
export const moduleAppFiles: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'module-app', private: true, type: 'module' }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: false,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
      noEmit: true,
    },
    include: ['*.ts', 'src', 'test'],
  }),
  'src/consumer.ts': `
import { defineConsumer, json } from 'tailrace';

export const orders = defineConsumer({ name: 'orders', topic: 'orders', value: json(), order: 'key' });
`,
  'src/handler.ts': `
import { createConsumer, DeadLetterError, type ConsumerHandler } from 'tailrace';
import { orders } from './consumer.ts';

export const handler: ConsumerHandler = createConsumer(orders, {
  async record(record) {
    if (record.value === null) throw new DeadLetterError('NO_VALUE', 'an order is never deleted');
  },
});
`,
  'src/packing.ts': `
import { compressFrameSync } from 'lz4-napi';
import { createConsumer, type ConsumerHandler } from 'tailrace';
import { orders } from './consumer.ts';

export const handler: ConsumerHandler = createConsumer(orders, {
  record(record) {
    compressFrameSync(Buffer.from(JSON.stringify(record.value)));
  },
});
`,
  'app.ts': `
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { KafkaConsumer, PrivateBucket, type KafkaSource } from 'tailrace/cdk';
import { orders } from './src/consumer.ts';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Orders');
const removalPolicy = RemovalPolicy.DESTROY;
const source: KafkaSource = ${source};
const deadLetterBucket = new PrivateBucket(stack, 'DeadLetters', { removalPolicy });
const entry = import.meta.dirname + '/src/packing.ts';
new KafkaConsumer(stack, 'Consumer', { definition: orders, entry, source, deadLetterBucket, removalPolicy });
for (const format of [OutputFormat.ESM, OutputFormat.CJS]) {
  for (const minify of [true, false]) {
    new NodejsFunction(stack, format + (minify ? 'Minified' : ''), {
      entry: import.meta.dirname + '/src/handler.ts',
      runtime: Runtime.NODEJS_24_X,
      bundling: { format, minify },
    });
  }
}
app.synth();
`,
  'call.ts': `
import { fakeContext, kafkaEvent } from 'tailrace/testing';
import { orders } from './src/consumer.ts';

const { handler } = await import(process.argv[2] ?? '');
const event = kafkaEvent(orders, [{ key: 'a', value: { id: 1 }, compression: 'zstd' }, { key: 'a', value: null }]);
process.stdout.write(JSON.stringify(await handler(event, fakeContext())));
`,
  'test/orders.test.ts': `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConsumer } from 'tailrace/testing';
import { handler } from '../src/handler.ts';

test('processes an order', async () => {
  const { outcomes } = await runConsumer(handler, [{ value: { id: 1 } }, { value: null }]);
  assert.deepEqual(outcomes.map(({ outcome, code }) => code ?? outcome), ['processed', 'NO_VALUE']);
});
`,
  'test/orders.spec.ts': `
import { expect, test } from 'vitest';
import { runConsumer } from 'tailrace/testing';
import { handler } from '../src/handler.ts';

test('processes an order', async () => {
  const { outcomes } = await runConsumer(handler, [{ value: { id: 1 } }, { value: null }]);
  expect(outcomes.map(({ outcome, code }) => code ?? outcome)).toEqual(['processed', 'NO_VALUE']);
});
`,
  'consume.mjs': `
import { createConsumer, DeadLetterError, defineConsumer, json } from 'tailrace';
import { runConsumer } from 'tailrace/testing';
${consume}`,
  'consume.cjs': `
const { createConsumer, DeadLetterError, defineConsumer, json } = require('tailrace');
const { runConsumer } = require('tailrace/testing');
${consume}`,
  // The error's class is another than the one that the consumer knows.
  'two-copies.mjs': `
import { createRequire } from 'node:module';
import { createConsumer, defineConsumer, json } from 'tailrace';
import { runConsumer } from 'tailrace/testing';

const { DeadLetterError } = createRequire(import.meta.url)('tailrace');
${consume}`,
  'second-copy.mts': `
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { defineConsumer } from 'tailrace';
import { KafkaConsumer, PrivateBucket, type KafkaSource } from 'tailrace/cdk';

const stack = new Stack(new App(), 'Copy');
const source: KafkaSource = ${source};
const removalPolicy = RemovalPolicy.DESTROY;
new KafkaConsumer(stack, 'Consumer', {
  definition: defineConsumer({ name: 'orders', topic: 'orders' }),
  entry: import.meta.dirname + '/src/handler.ts',
  source,
  deadLetterBucket: new PrivateBucket(stack, 'DeadLetters', { removalPolicy }),
  removalPolicy,
});
`,
};

/** A handler that reads SQS today. */
export const sqsWorker = `
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = event.Records.filter(({ body }) => body === 'broken');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
`;
