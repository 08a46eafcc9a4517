// What a consumer's options make of its function and mapping.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { RuleViolationError } from '../../infra/rules/rule-violation.ts';
import { defineConsumer } from '../../lib/definition/define-consumer.ts';
import { addConsumer, createStack, importKey, keyArn, mskIam } from './consumer-stack.ts';
import type { TemplateJson } from './grants.ts';

const site = createStack();
const vpc = new Vpc(site.stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [] });
const key = Key.fromKeyArn(site.stack, 'Key', keyArn);
const reason = 'values are never compressed here';
addConsumer(site, 'Plain', { groupId: undefined });
addConsumer(site, 'Full', {
  definition: defineConsumer({ name: 'full', topic: 'orders.v1', provisionedPollers: { min: 2, max: 6 } }),
  enabled: false,
  startAt: new Date('2026-01-02T03:04:05Z'),
  groupId: 'team/full',
  mappingLogLevel: 'DEBUG',
  mappingMetrics: ['KafkaMetrics'],
  filters: [
    { value: { kind: ['order', { 'anything-but': ['"quoted"'] }] } },
    { value: { total: [{ numeric: ['>', 5] }] } },
  ],
  filterKey: importKey(keyArn),
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
  acknowledge: { FILTER_ON_COMPRESSED_VALUE: reason, TRACING_NOT_FOR_KAFKA: reason },
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
    TRACING_NOT_FOR_KAFKA: reason,
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
      (error) => error instanceof RuleViolationError && error.rules.join() === 'GROUP_NOT_UNIQUE',
    );
  }
});

test('makes a mapping without metrics when none are asked for', () => {
  assert.equal('MetricsConfig' in find('SilentMapping').Properties, false);
});

test('warns where the definition has moved away from what its memory was measured with, and only there', () => {
  const measured = createStack();
  const { stack } = measured;
  const memory = { sizeMb: 256, measuredFor: { maxRecords: 500, concurrency: 10 } };
  addConsumer(measured, 'Same', {
    definition: defineConsumer({ name: 'same', topic: 'orders.v1', batch: { maxRecords: 500 }, memory }),
  });
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('measured with other settings'));
  addConsumer(measured, 'Moved', {
    definition: defineConsumer({ name: 'moved', topic: 'orders.v1', batch: { maxRecords: 900 }, memory }),
  });
  Annotations.fromStack(stack).hasWarning(
    '*',
    Match.stringLikeRegexp(
      'moved was measured with other settings: maxRecords is 900, was measured with 500; run',
    ),
  );
});
