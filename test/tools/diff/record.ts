/* eslint-disable no-new -- constructs are made for their place in the tree */
// Records the pairs of templates in recorded/, as the constructs synthesize them: `node test/tools/diff/record.ts`. What a change
// must be found to break stands here, written by hand; the templates keep what a comparison looks at.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { KafkaClusterProps } from '../../../infra/cluster/cluster-props.ts';
import { KafkaCluster } from '../../../infra/cluster/kafka-cluster.ts';
import { KafkaConsumer, type KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import { KafkaConsumers, type KafkaConsumersProps } from '../../../infra/kafka-consumers.ts';
import { PrivateBucket } from '../../../infra/private-bucket.ts';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import { json } from '../../../lib/format/json.ts';
import { createOnly, dataTypes } from '../../../tools/diff/create-only.ts';
import { readStackFiles } from '../../../tools/diff/read-stacks.ts';
import type { StackResource } from '../../../tools/diff/stack-template.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-record-'));
const entry = join(folder, 'handler.ts');
writeFileSync(entry, 'export const handler = async (): Promise<null> => null;\n');
mkdirSync(join(folder, 'orders'));
writeFileSync(join(folder, 'orders', 'handler.ts'), 'export const handler = async () => null;\n');

const arn = 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4';
const definition = defineConsumer({ name: 'orders', topic: 'orders.v1', value: json() });
const destroyed = RemovalPolicy.DESTROY;

type Make = (stack: Stack) => void;

const consumer =
  (props: Partial<KafkaConsumerProps> | ((stack: Stack) => Partial<KafkaConsumerProps>) = {}): Make =>
  (stack) => {
    new KafkaConsumer(stack, 'Orders', {
      definition,
      entry,
      source: { type: 'msk-iam', clusterArn: arn },
      ...(typeof props === 'function' ? props(stack) : props),
    });
  };
const consumers =
  (props: Partial<KafkaConsumersProps> = {}): Make =>
  (stack) => {
    new KafkaConsumers(stack, 'Consumers', {
      source: { type: 'msk-iam', clusterArn: arn },
      handlersFolder: folder,
      ...props,
    }).add(definition);
  };
const cluster =
  (props: Partial<KafkaClusterProps> = {}): Make =>
  (stack) => {
    const made = new KafkaCluster(stack, 'Cluster', {
      removalPolicy: RemovalPolicy.RETAIN,
      topics: [{ name: definition.topic, partitions: 6 }],
      ...props,
    });
    consumer({ source: made.source })(stack);
  };
const registry = (recordFormat: 'JSON' | 'SOURCE'): Partial<KafkaConsumerProps> => ({
  schemaRegistry: {
    type: 'glue',
    registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/shop',
    recordFormat,
  },
});
const toQueue = (stack: Stack): Partial<KafkaConsumerProps> => ({
  onFailure: { type: 'sqs', queue: new Queue(stack, 'Failed', { removalPolicy: destroyed }) },
});
const scram =
  (name: string, server = 'kafka-1.example.com:9096') =>
  (stack: Stack): Partial<KafkaConsumerProps> => ({
    source: {
      type: 'self-managed-scram-512',
      bootstrapServers: [server],
      secret: Secret.fromSecretCompleteArn(
        stack,
        'Credentials',
        `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCd12`,
      ),
    },
  });

interface Case {
  readonly before: Make;
  readonly after: Make;
  /** `<kind> <resource>`, with the hash of logical ids left out. */
  readonly expected: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'same-again': { before: consumer(), after: consumer(), expected: [] },
  'other-settings': {
    before: consumer(),
    after: consumer({
      definition: defineConsumer({
        name: 'orders',
        topic: 'orders.v1',
        value: json(),
        batch: { maxRecords: 50 },
        memory: { sizeMb: 1024 },
        retry: { maxAttempts: 9 },
      }),
      environment: { CURRENCY: 'EUR' },
    }),
    expected: [],
  },
  'start-within-its-second': {
    before: consumer({ startAt: new Date('2026-11-01T00:00:00Z') }),
    after: consumer({
      startAt: new Date('2026-11-01T00:00:00.999Z'),
      acknowledge: { START_TIME_MOVES: 'the second stays' },
    }),
    expected: [],
  },
  'start-moves-by-a-second': {
    before: consumer({ startAt: new Date('2026-11-01T00:00:00Z') }),
    after: consumer({ startAt: new Date('2026-11-01T00:00:01Z') }),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'start-moves-by-a-millisecond': {
    before: consumer({
      overrides: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_790_000_000.001 },
    }),
    after: consumer({
      overrides: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_790_000_000.002 },
    }),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'start-given-up': {
    before: consumer({ startAt: new Date('2026-11-01T00:00:00Z') }),
    after: consumer(),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'other-group': {
    before: consumer(),
    after: consumer({ groupId: 'orders-2' }),
    // The right to the old group goes with the mapping that has it.
    expected: ['mapping-replaced OrdersMapping'],
  },
  'other-topic': {
    before: consumer(),
    after: consumer({ definition: defineConsumer({ name: 'orders', topic: 'orders.v2', value: json() }) }),
    expected: ['topic-ignored OrdersMapping', 'grant-moved OrdersMapping'],
  },
  'registry-added': {
    before: consumer(),
    after: consumer(registry('JSON')),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'registry-gives-source': {
    before: consumer(registry('JSON')),
    after: consumer(registry('SOURCE')),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'other-secret': { before: consumer(scram('one')), after: consumer(scram('two')), expected: [] },
  'other-bootstrap-servers': {
    before: consumer(scram('one')),
    after: consumer(scram('one', 'kafka-2.example.com:9096')),
    expected: ['mapping-replaced OrdersMapping'],
  },
  'destination-moves-along': {
    before: consumer(toQueue),
    after: consumer(),
    expected: ['data-removed Failed'],
  },
  'consumer-removed': {
    before: (stack) => {
      new PrivateBucket(stack, 'Archive', { removalPolicy: RemovalPolicy.RETAIN });
      consumer()(stack);
    },
    after: (stack) => {
      new PrivateBucket(stack, 'Archive', { removalPolicy: RemovalPolicy.RETAIN });
    },
    expected: [
      'data-removed OrdersDeadLetterBucket',
      'data-removed OrdersLogs',
      'mapping-removed OrdersMapping',
    ],
  },
  'bucket-removed': {
    before: (stack) => {
      new PrivateBucket(stack, 'Archive', { removalPolicy: destroyed });
      consumer()(stack);
    },
    after: consumer(),
    expected: ['data-removed Archive'],
  },
  'into-a-nested-stack': {
    before: consumers(),
    after: consumers({ consumersInStack: 0 }),
    expected: ['data-removed ConsumersOrdersLogs', 'mapping-moved ConsumersOrdersMapping'],
  },
  'other-cluster-name': {
    before: cluster({ clusterName: 'orders' }),
    after: cluster({ clusterName: 'orders-2' }),
    expected: [
      'data-replaced Cluster',
      'data-replaced ClusterTopicordersv1',
      'mapping-replaced OrdersMapping',
    ],
  },
  'more-partitions': {
    before: cluster(),
    after: cluster({ topics: [{ name: definition.topic, partitions: 12 }] }),
    expected: [],
  },
  'topic-removed': {
    before: cluster({
      topics: [
        { name: definition.topic, partitions: 6 },
        { name: 'left', partitions: 1 },
      ],
    }),
    after: cluster(),
    expected: ['data-removed ClusterTopicleft'],
  },
};

const kept = new Set([
  ...Object.keys(createOnly),
  ...Object.keys(dataTypes),
  'AWS::Lambda::Function',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::CloudFormation::Stack',
]);

async function synthesize(make: Make): Promise<Readonly<Record<string, StackResource>>> {
  const outdir = mkdtempSync(join(folder, 'out-'));
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Shop', { env: { account: '123456789012', region: 'eu-west-1' } });
  make(stack);
  app.synth();
  const resources = await readStackFiles(outdir, 'Shop');
  return Object.fromEntries([...resources].filter(([, { Type }]) => kept.has(Type)).map(trim));
}

/** Without what no comparison looks at, and differs from machine to machine. */
function trim([id, given]: [string, StackResource]): [string, StackResource] {
  const resource = { ...given, Metadata: undefined };
  if (resource.Type !== 'AWS::Lambda::Function') return [id, resource];
  const { Role, FunctionName } = resource.Properties ?? {};
  return [id, { ...resource, Properties: { Role, ...(FunctionName !== undefined && { FunctionName }) } }];
}

try {
  const only = process.argv[2];
  for (const [name, { before, after, expected }] of Object.entries(cases)) {
    if (only !== undefined && only !== name) continue;
    const from = await synthesize(before);
    const to = await synthesize(after);
    const changed = Object.fromEntries(
      [...new Set([...Object.keys(from), ...Object.keys(to)])]
        .filter((id) => !isDeepStrictEqual(from[id], to[id]))
        .map((id) => [id, to[id] ?? null]),
    );
    const pair = { expected, before: from, changed };
    writeFileSync(
      new URL(`recorded/${name}.json`, import.meta.url),
      `${JSON.stringify(pair, undefined, 2)}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
