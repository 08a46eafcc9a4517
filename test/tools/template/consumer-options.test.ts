// Every option of the constructs, synthesized and then read as the local runner reads an app: what can be deployed runs here.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-glue';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { ConsumerOptions, KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import type { Mapping } from '../../../tools/local/mapping/mapping.ts';
import { readTopology, type LambdaFunction } from '../../../tools/template/topology.ts';
import {
  account,
  addConsumer,
  importKey,
  importSecret,
  keyArn,
  region,
  secretArn,
} from '../../infra/consumer-stack.ts';

const outdir = mkdtempSync(join(tmpdir(), 'tailrace-options-'));
after(() => rmSync(outdir, { recursive: true }));

interface Case {
  readonly props: (stack: Stack) => Partial<KafkaConsumerProps>;
  /** What the runner reads of it; default: that it reads it. */
  readonly read?: (mapping: Mapping, fn: LambdaFunction) => void;
}

const secret = importSecret(secretArn);
const confluent = { type: 'confluent-basic', url: 'https://registry.example.com', secret } as const;
const vpcOf = (stack: Stack): Vpc =>
  (stack.node.tryFindChild('Vpc') as Vpc) ?? new Vpc(stack, 'Vpc', { maxAzs: 2 });

// A case for each option, which the type asks for.
const options: Readonly<Record<keyof ConsumerOptions, readonly Case[]>> = {
  enabled: [
    { props: () => ({ enabled: false }), read: ({ enabled }) => assert.equal(enabled, false) },
    { props: () => ({ enabled: true }), read: ({ enabled }) => assert.equal(enabled, true) },
  ],
  onFailure: [
    {
      props: (stack) => ({ onFailure: { type: 's3', bucket: new Bucket(stack, 'Own') } }),
      read: ({ onFailure }) => assert.equal(onFailure?.type, 's3'),
    },
    {
      props: (stack) => ({ onFailure: { type: 'sqs', queue: new Queue(stack, 'Queue') } }),
      read: ({ onFailure }) => assert.equal(onFailure?.type, 'sqs'),
    },
    {
      props: (stack) => ({ onFailure: { type: 'sns', topic: new Topic(stack, 'Topic') } }),
      read: ({ onFailure }) => assert.equal(onFailure?.type, 'sns'),
    },
    {
      props: () => ({ onFailure: { type: 'kafka-topic', topic: 'failures' } }),
      read: ({ onFailure }) => assert.equal(onFailure?.arn, 'kafka://failures'),
    },
  ],
  startAt: [
    {
      props: () => ({ startAt: new Date('2026-01-02T03:04:05Z') }),
      read: ({ startingPosition }) =>
        assert.deepEqual(startingPosition, { atMs: Date.UTC(2026, 0, 2, 3, 4, 5) }),
    },
  ],
  groupId: [
    {
      props: () => ({ groupId: 'mine/of:all' }),
      read: ({ consumerGroupId }) => assert.equal(consumerGroupId, 'mine/of:all'),
    },
  ],
  mappingLogLevel: [{ props: () => ({ mappingLogLevel: 'DEBUG' }) }],
  mappingMetrics: [
    { props: () => ({ mappingMetrics: [] }) },
    { props: () => ({ mappingMetrics: ['EventCount'] }) },
  ],
  filters: [
    {
      props: () => ({ filters: [{ value: { kind: ['order'] } }] }),
      read: ({ filterCriteria }) =>
        assert.deepEqual(filterCriteria, { Filters: [{ Pattern: '{"value":{"kind":["order"]}}' }] }),
    },
  ],
  filterKey: [
    { props: () => ({ filters: [{ value: { kind: ['order'] } }], filterKey: importKey(keyArn) }) },
    {
      props: (stack) => ({
        filters: [{ value: { kind: ['order'] } }],
        filterKeyArn: new Key(stack, 'FilterKey').keyArn,
      }),
    },
  ],
  schemaRegistry: [
    {
      props: (stack) => {
        const registry = new CfnRegistry(stack, 'Registry', { name: 'shop' });
        const schema = new CfnSchema(stack, 'Schema', {
          name: 'order',
          registry: { arn: registry.attrArn },
          dataFormat: 'AVRO',
          compatibility: 'NONE',
          schemaDefinition: '"string"',
        });
        schema.addDependency(registry);
        return { schemaRegistry: { type: 'glue', registryArn: registry.attrArn, recordFormat: 'JSON' } };
      },
      read: ({ registry }) =>
        assert.equal(registry?.uri, 'arn:aws:glue:eu-west-1:000000000000:registry/shop'),
    },
    {
      props: () => ({
        schemaRegistry: {
          type: 'glue',
          registryArn: `arn:aws:glue:${region}:${account}:registry/theirs`,
          recordFormat: 'SOURCE',
          attributes: ['KEY', 'VALUE'],
        },
      }),
      read: ({ registry }) => assert.deepEqual(registry?.attributes, ['KEY', 'VALUE']),
    },
    {
      props: () => ({ schemaRegistry: { type: 'confluent', url: confluent.url, recordFormat: 'JSON' } }),
      read: ({ registry }) => assert.equal(registry?.type, 'confluent'),
    },
    {
      props: () => ({ schemaRegistry: { ...confluent, recordFormat: 'JSON', rootCACertificate: secret } }),
      read: ({ registry }) => assert.equal(registry?.access.length, 2),
    },
    { props: () => ({ schemaRegistry: { ...confluent, type: 'confluent-mtls', recordFormat: 'JSON' } }) },
  ],
  pollerGroup: [{ props: () => ({ pollerGroup: 'shared' }) }],
  overrides: [
    {
      props: () => ({ overrides: { BatchSize: 7, Tags: [{ Key: 'a', Value: 'b' }] } }),
      read: ({ batchSize }) => assert.equal(batchSize, 7),
    },
  ],
  vpc: [{ props: (stack) => ({ vpc: vpcOf(stack) }) }],
  vpcSubnets: [
    { props: (stack) => ({ vpc: vpcOf(stack), vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS } }) },
  ],
  securityGroups: [
    {
      props: (stack) => {
        const vpc = vpcOf(stack);
        return { vpc, securityGroups: [new SecurityGroup(stack, 'Group', { vpc })] };
      },
    },
  ],
  reservedConcurrency: [
    {
      props: () => ({ reservedConcurrency: 3 }),
      read: (_, { reservedConcurrency }) => assert.equal(reservedConcurrency, 3),
    },
  ],
  environmentKey: [{ props: (stack) => ({ environmentKey: new Key(stack, 'EnvironmentKey') }) }],
  tracing: [{ props: () => ({ tracing: false }) }],
  runtime: [
    {
      props: () => ({ runtime: Runtime.NODEJS_22_X }),
      read: (_, { runtime }) => assert.equal(runtime, 'nodejs22.x'),
    },
  ],
  handlerRegistry: [
    {
      props: () => ({ handlerRegistry: { url: confluent.url, secret } }),
      read: (_, { environment }) =>
        assert.equal(environment['TAILRACE_SCHEMA_REGISTRY_SECRET_ARN'], secretArn),
    },
  ],
  logRetention: [{ props: () => ({ logRetention: RetentionDays.ONE_DAY }) }],
  logKey: [{ props: (stack) => ({ logKey: new Key(stack, 'LogKey') }) }],
  partitions: [{ props: () => ({ partitions: 12 }) }],
  maxRecordBytes: [{ props: () => ({ maxRecordBytes: 1000 }) }],
  architecture: [{ props: () => ({ architecture: Architecture.X86_64 }) }],
  bundling: [{ props: () => ({ bundling: { minify: true } }) }],
  acknowledge: [{ props: () => ({ acknowledge: {} }) }],
  consumptionMode: [{ props: () => ({ consumptionMode: 'stream' }) }],
  deadLetterBucket: [{ props: (stack) => ({ deadLetterBucket: new Bucket(stack, 'Letters') }) }],
  removalPolicy: [{ props: () => ({ removalPolicy: RemovalPolicy.RETAIN }) }],
  environment: [
    {
      props: () => ({ environment: { MINE: 'here' } }),
      read: (_, { environment }) => assert.equal(environment['MINE'], 'here'),
    },
  ],
};

test('reads every option of a consumer as it will be deployed', () => {
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
  const cases = Object.entries(options).flatMap(([option, all]) =>
    all.map((each, index) => ({ ...each, name: `${option.toLowerCase()}-${index}` })),
  );
  for (const { name, props } of cases) {
    const stack = new Stack(app, name, { env: { account, region } });
    const bucket = new Bucket(stack, 'DeadLetterBucket');
    const definition = defineConsumer({ name, topic: 'orders.v1', compression: 'none' });
    addConsumer({ stack, bucket }, name, { definition, ...props(stack) });
  }
  app.synth();
  const local = { accountId: '000000000000', region: 'eu-west-1', queueUrl: (name: string): string => name };
  const topology = readTopology(outdir, local);
  assert.equal(topology.mappings.length, cases.length);
  for (const { name, read } of cases) {
    const mapping = topology.mappings.find(({ consumer }) => consumer === name);
    const fn = topology.functions.find((each) => each.name === mapping?.functionName);
    assert.ok(mapping !== undefined && fn !== undefined, name);
    assert.equal(mapping.topic, 'orders.v1');
    assert.deepEqual(fn.warnings, [], name);
    read?.(mapping, fn);
  }
  assert.deepEqual(topology.registries, [{ name: 'shop' }]);
  assert.deepEqual(topology.schemas, [
    { name: 'order', registry: 'shop', dataFormat: 'AVRO', definitions: ['"string"'] },
  ]);
});
