// What a consumer's options make of its function and mapping, and which of them cannot be right.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { KafkaConsumerProps } from '../../infra/kafka-consumer.ts';
import { PropsError } from '../../infra/props-check.ts';
import { RefusalError } from '../../infra/refusals/refusal.ts';
import type { OpenConfluentMappingRegistry as MappingRegistry } from '../../infra/schema-registry.ts';
import type { SelfManagedSource } from '../../infra/source.ts';
import { defineConsumer } from '../../lib/define.ts';
import { addConsumer, createStack, keyArn, mskIam, secretArn } from './consumer-stack.ts';
import type { TemplateJson } from './grants.ts';

const site = createStack();
const vpc = new Vpc(site.stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [] });
const key = Key.fromKeyArn(site.stack, 'Key', keyArn);
const reason = 'values are never compressed here';
addConsumer(site, 'Plain', { groupId: undefined });
addConsumer(site, 'Full', {
  definition: defineConsumer({ name: 'full', topic: 'orders.v1', pollers: { min: 2, max: 6 } }),
  enabled: false,
  startAt: new Date('2026-01-02T03:04:05.678Z'),
  groupId: 'team/full',
  mappingLogLevel: 'DEBUG',
  mappingMetrics: ['KafkaMetrics'],
  filters: [
    { value: { kind: ['order', { 'anything-but': ['"quoted"'] }] } },
    { value: { total: [{ numeric: ['>', 5] }] } },
  ],
  filterKeyArn: keyArn,
  pollerGroup: 'all-orders',
  overrides: { BatchSize: 7, MetricsConfig: undefined, Tags: [{ Key: 'team', Value: 'orders' }] },
  logRetention: RetentionDays.ONE_WEEK,
  logKey: key,
  vpc,
  vpcSubnets: { subnets: [Subnet.fromSubnetId(site.stack, 'Subnet', 'subnet-00000009')] },
  securityGroups: [SecurityGroup.fromSecurityGroupId(site.stack, 'Group', 'sg-00000009')],
  reservedConcurrency: 0,
  environmentKey: key,
  environment: { TARGET: 'here' },
  tracing: true,
  partitions: 6,
  acknowledge: { FILTER_ON_COMPRESSED_VALUE: reason },
});
addConsumer(site, 'Silent', { mappingMetrics: [] });
const { Resources } = Template.fromStack(site.stack).toJSON() as TemplateJson;

function find(prefix: string): TemplateJson['Resources'][string] & { readonly Metadata?: unknown } {
  const [, resource] =
    Object.entries(Resources).find(([id]) => new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id)) ?? [];
  assert.ok(resource, prefix);
  return resource;
}

test('makes a mapping of its definition alone when no option is given', () => {
  const { FunctionName, DestinationConfig, ...mapping } = find('PlainMapping').Properties;
  assert.match(JSON.stringify(FunctionName), /^\{"Ref":"PlainFunction[0-9A-F]{8}"\}$/);
  assert.match(JSON.stringify(DestinationConfig), /DeadLetterBucket/);
  assert.deepEqual(mapping, {
    EventSourceArn: 'clusterArn' in mskIam ? mskIam.clusterArn : undefined,
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'Test-orders' },
    Topics: ['orders.v1'],
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 1,
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
    MaximumRetryAttempts: 4,
    MaximumRecordAgeInSeconds: 86_400,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
  });
});

test('takes every option of a mapping', () => {
  const { Properties } = find('FullMapping');
  const { Enabled, StartingPosition, StartingPositionTimestamp, LoggingConfig, FilterCriteria, KmsKeyArn } =
    Properties;
  assert.deepEqual(
    { Enabled, StartingPosition, StartingPositionTimestamp, LoggingConfig, FilterCriteria, KmsKeyArn },
    {
      Enabled: false,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      LoggingConfig: { SystemLogLevel: 'DEBUG' },
      FilterCriteria: {
        Filters: [
          { Pattern: String.raw`{"value":{"kind":["order",{"anything-but":["\"quoted\""]}]}}` },
          { Pattern: '{"value":{"total":[{"numeric":[">",5]}]}}' },
        ],
      },
      KmsKeyArn: keyArn,
    },
  );
  assert.deepEqual(Properties['AmazonManagedKafkaEventSourceConfig'], { ConsumerGroupId: 'team/full' });
  assert.deepEqual(Properties['ProvisionedPollerConfig'], {
    MinimumPollers: 2,
    MaximumPollers: 6,
    PollerGroupName: 'all-orders',
  });
});

test('puts overrides in place of its own properties, leaves out the undefined ones, and adds new ones', () => {
  const { Properties } = find('FullMapping');
  assert.deepEqual(
    [Properties['BatchSize'], 'MetricsConfig' in Properties, Properties['Tags']],
    [7, false, [{ Key: 'team', Value: 'orders' }]],
  );
});

test('writes what was acknowledged, and why, beside the mapping', () => {
  const { Metadata } = find('FullMapping');
  assert.deepEqual((Metadata as Record<string, unknown>)['tailrace:acknowledged'], {
    FILTER_ON_COMPRESSED_VALUE: reason,
  });
  assert.equal(JSON.stringify(find('PlainMapping').Metadata ?? {}).includes('acknowledged'), false);
});

test('takes every option of a function', () => {
  const { Properties } = find('FullFunction');
  const { Environment } = Properties as { Environment: { Variables: Record<string, unknown> } };
  assert.equal(Environment.Variables['TARGET'], 'here');
  assert.equal(Environment.Variables['POWERTOOLS_SERVICE_NAME'], 'full');
  assert.equal(Environment.Variables['POWERTOOLS_METRICS_NAMESPACE'], 'Tailrace/Test');
  assert.deepEqual(
    [Properties['ReservedConcurrentExecutions'], Properties['KmsKeyArn'], Properties['TracingConfig']],
    [0, keyArn, { Mode: 'Active' }],
  );
  assert.deepEqual(Properties['VpcConfig'], {
    SubnetIds: ['subnet-00000009'],
    SecurityGroupIds: ['sg-00000009'],
  });
  const { RetentionInDays, KmsKeyId } = find('FullLogs').Properties;
  assert.deepEqual([RetentionInDays, KmsKeyId], [7, keyArn]);
});

test('leaves out of a function what was not asked for', () => {
  const { Properties } = find('PlainFunction');
  for (const name of ['ReservedConcurrentExecutions', 'KmsKeyArn', 'TracingConfig', 'VpcConfig']) {
    assert.equal(name in Properties, false, name);
  }
});

test('takes the longest names there are', () => {
  addConsumer(createStack(), 'Long', {
    definition: defineConsumer({ name: 'n'.repeat(40), topic: 't'.repeat(249) }),
    groupId: undefined,
  });
});

test('lets stages of an app read as the same group, each where it is deployed', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  for (const name of ['Test', 'Live']) {
    const stack = new Stack(new Stage(app, name), 'Orders');
    const place = { stack, bucket: new Bucket(stack, 'DeadLetterBucket') };
    addConsumer(place, 'Orders', { groupId: 'orders' });
    assert.throws(
      () => addConsumer(place, 'Again', { groupId: 'orders' }),
      (error) => error instanceof RefusalError && error.rules.join() === 'GROUP_NOT_UNIQUE',
    );
  }
});

test('makes a mapping without metrics when none are asked for', () => {
  assert.equal('MetricsConfig' in find('SilentMapping').Properties, false);
});

const registryArn = 'arn:aws:glue:eu-west-1:123456789012:registry/orders';
const registry: MappingRegistry = { type: 'confluent', url: 'https://registry', recordFormat: 'JSON' };
const self: SelfManagedSource = { type: 'self-managed-plain', bootstrapServers: ['a:9096'], secretArn };
const mskArn = 'clusterArn' in mskIam ? mskIam.clusterArn : '';
const scram = { type: 'msk-scram', clusterArn: mskArn, secretArn, secretKeyArn: keyArn } as const;
const pattern = (length: number): Readonly<Record<string, unknown>> => ({
  value: ['x'.repeat(length - '{"value":[""]}'.length)],
});
const filter = (value: unknown): Props => ({ filters: [{ value }], acknowledge });
const acknowledge = { FILTER_ON_COMPRESSED_VALUE: reason };
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

type Props = Partial<KafkaConsumerProps>;
const limits: readonly (readonly [field: string, wrong: Props, right: Props])[] = [
  ['groupId', { groupId: '' }, { groupId: 'g' }],
  ['groupId', { groupId: 'g'.repeat(201) }, { groupId: 'g'.repeat(200) }],
  ['groupId', { groupId: 'my group' }, { groupId: '-/:_+=.@' }],
  ['groupId', { groupId: 'team-*' }, { groupId: 'team-1' }],
  ['pollerGroup', { pollerGroup: 'g'.repeat(129) }, { pollerGroup: 'g'.repeat(128) }],
  ['pollerGroup', { pollerGroup: 'a.b' }, { pollerGroup: 'a-b_1' }],
  ['startAt', { startAt: new Date('yesterday') }, { startAt: new Date(0) }],
  [
    'filters',
    { filters: times(11, { value: ['a'] }), acknowledge },
    { filters: times(10, { value: ['a'] }), acknowledge },
  ],
  ['filters[0]', { filters: [pattern(4097)], acknowledge }, { filters: [pattern(4096)], acknowledge }],
  ['filters[0].value.kind', filter({ kind: 'order' }), filter({ kind: ['order', 5, true, null, ''] })],
  ['filters[0].value.kind', filter({ kind: [] }), filter({ deep: { kind: ['order'] } })],
  ['filters[0].value.$or', filter({ $or: [{ a: [1] }] }), filter({ $or: [{ a: [1] }, { b: [2] }] })],
  [
    'filters[0].value.$or[1].b',
    filter({ $or: [{ a: [1] }, { b: 2 }] }),
    filter([{ 'anything-but': ['a', 1] }]),
  ],
  ['filters[0].value[0]', filter([{ wildcard: 'a*' }]), filter([{ prefix: 'a' }, { suffix: 'z' }])],
  ['filters[0].value[0]', filter([{ prefix: 'a', suffix: 'z' }]), filter([{ 'equals-ignore-case': 'A' }])],
  [
    'filters[0].value[0].prefix',
    filter([{ prefix: { suffix: 'a' } }]),
    filter([{ prefix: { 'equals-ignore-case': 'a' } }]),
  ],
  ['filters[0].value[0].exists', filter([{ exists: 'yes' }]), filter([{ exists: false }])],
  ['filters[0].value[0].anything-but', filter([{ 'anything-but': [] }]), filter([{ 'anything-but': 'a' }])],
  ['filters[0].value[0].numeric', filter([{ numeric: ['>'] }]), filter([{ numeric: ['>', 0, '<=', 5] }])],
  ['filters[0].value[0].numeric', filter([{ numeric: ['=', '5'] }]), filter([{ numeric: ['=', 5] }])],
  ['filterKeyArn', { filterKeyArn: keyArn }, { filterKeyArn: keyArn, filters: [pattern(20)], acknowledge }],
  [
    'schemaRegistry.attributes',
    { schemaRegistry: { ...registry, attributes: [] } },
    { schemaRegistry: { ...registry, attributes: ['KEY'] } },
  ],
  [
    'schemaRegistry.url',
    { schemaRegistry: { ...registry, url: 'registry:8081' } },
    { schemaRegistry: { ...registry, url: 'http://registry:8081' } },
  ],
  [
    'schemaRegistry.url',
    { schemaRegistry: { ...registry, url: 'https://me:secret@registry' } },
    { schemaRegistry: registry },
  ],
  [
    'schemaRegistry.rootCaKeyArn',
    { schemaRegistry: { ...registry, rootCaKeyArn: keyArn } },
    { schemaRegistry: { ...registry, rootCaKeyArn: keyArn, rootCaSecretArn: secretArn } },
  ],
  [
    'schemaRegistry.registryArn',
    { schemaRegistry: { type: 'glue', recordFormat: 'JSON', registryArn: 'orders' } },
    { schemaRegistry: { type: 'glue', recordFormat: 'JSON', registryArn } },
  ],
  ['handlerRegistry.url', { handlerRegistry: { url: '' } }, { handlerRegistry: { url: 'https://registry' } }],
  ['partitions', { partitions: 0 }, { partitions: 4 }],
  ['maxRecordBytes', { maxRecordBytes: 1.5 }, { maxRecordBytes: 1 }],
  [
    'source.clusterArn',
    { source: { type: 'msk-iam', clusterArn: mskArn.replace(':cluster/', ':topic/') } },
    { source: { type: 'msk-iam', clusterArn: mskArn } },
  ],
  [
    'source.secretArn',
    { source: { ...self, secretArn: secretArn.slice(0, -7) } },
    { source: { ...self, secretArn } },
  ],
  [
    'source.secretArn',
    { source: { ...scram, secretArn: secretArn.replace('AmazonMSK_', '') } },
    { source: scram },
  ],
  [
    'source.rootCaSecretArn',
    { source: { ...self, rootCaSecretArn: 'ca' } },
    { source: { ...self, rootCaSecretArn: secretArn } },
  ],
  ['source.bootstrapServers', { source: { ...self, bootstrapServers: [] } }, { source: self }],
  [
    'source.bootstrapServers',
    { source: { ...self, bootstrapServers: times(11, 'a:1') } },
    { source: { ...self, bootstrapServers: times(10, 'a:1') } },
  ],
  [
    'source.rootCaKeyArn',
    { source: { ...self, rootCaKeyArn: keyArn } },
    { source: { ...self, rootCaKeyArn: keyArn, rootCaSecretArn: secretArn } },
  ],
  [
    'source.network.subnetIds',
    { source: { ...mskIam, network: { subnetIds: [], securityGroupIds: ['sg-1'] } } },
    { source: { ...mskIam, network: { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] } } },
  ],
  [
    'source.network.securityGroupIds',
    { source: { ...self, network: { subnetIds: ['subnet-1'], securityGroupIds: [] } } },
    { source: { ...self, network: { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] } } },
  ],
];

for (const [index, [field, wrong, right]] of limits.entries()) {
  test(`names ${field} beyond its limit, and takes it at its limit (${index})`, () => {
    const other = createStack();
    assert.throws(
      () => addConsumer(other, 'Wrong', wrong),
      (error) => {
        assert.ok(error instanceof PropsError, String(error));
        assert.deepEqual([error.code, error.fields], ['INVALID_PROPS', [field]]);
        assert.match(error.message, /: got .*, expected /);
        assert.doesNotMatch(error.message, /secret@/);
        return true;
      },
    );
    addConsumer(other, 'Right', right);
  });
}
