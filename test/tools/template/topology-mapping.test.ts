// The settings of a mapping: how each is read, and which of them AWS would not take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mapping } from '../../../tools/local/mapping/mapping.ts';
import { isLocalError, topologyOf } from '../../support/topology.ts';

test('reads every kind of destination, and refuses those that AWS would', async () => {
  const destination = (Destination: unknown): { readonly mapping: Readonly<Record<string, unknown>> } => ({
    mapping: { DestinationConfig: { OnFailure: { Destination } } },
  });
  const arn = (service: string, name = 'dead'): string => `arn:aws:${service}:eu-west-1:000000000000:${name}`;
  const read = async (Destination: string): Promise<unknown> =>
    (await topologyOf(destination(Destination))).mappings[0]?.onFailure;
  assert.deepEqual(await read(arn('sqs')), { type: 'sqs', queue: 'dead', arn: arn('sqs') });
  assert.deepEqual(await read(arn('sns')), { type: 'sns', arn: arn('sns') });
  assert.deepEqual(await read('kafka://dead'), { type: 'kafka', topic: 'dead', arn: 'kafka://dead' });
  for (const refused of ['kafka://orders', arn('sqs', 'dead.fifo'), arn('sns', 'dead.fifo'), arn('events')])
    await assert.rejects(read(refused), isLocalError('UNSUPPORTED', 'App/OrderArchiveMapping', refused));
});

test('leaves out, and names, what AWS gives only to provisioned pollers', async () => {
  const bare = { MaximumRetryAttempts: undefined, FunctionResponseTypes: undefined };
  const onDemand = {
    ...bare,
    MaximumRecordAgeInSeconds: undefined,
    ProvisionedPollerConfig: undefined,
    DestinationConfig: undefined,
  };
  const read = async (mapping: Readonly<Record<string, unknown>>): Promise<Mapping> => {
    const [only] = (await topologyOf({ mapping })).mappings;
    assert.ok(only);
    return only;
  };
  const plain = await read(onDemand);
  assert.equal(plain.provisioned, undefined);
  assert.deepEqual(plain.warnings, []);
  const SchemaRegistryConfig = {
    SchemaRegistryURI: 'https://registry.example',
    EventRecordFormat: 'JSON',
    SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
  };
  for (const [setting, value, name = setting] of [
    ['MaximumRetryAttempts', 1],
    ['MaximumRecordAgeInSeconds', 60],
    ['BisectBatchOnFunctionError', true],
    ['FunctionResponseTypes', ['ReportBatchItemFailures']],
    ['LoggingConfig', { SystemLogLevel: 'INFO' }],
    ['DestinationConfig', { OnFailure: { Destination: 'kafka://dead' } }, 'a Kafka topic as OnFailure'],
    ['AmazonManagedKafkaEventSourceConfig', { SchemaRegistryConfig }, 'SchemaRegistryConfig'],
  ] as const) {
    const { warnings, ...found } = await read({ ...onDemand, [setting]: value });
    assert.deepEqual({ ...found, warnings: [] }, plain, setting);
    assert.equal(warnings.length, 1, setting);
    assert.ok(warnings[0]?.startsWith(`${name} without ProvisionedPollerConfig: AWS documents it for`));
    const provisioned = { ...onDemand, [setting]: value, ProvisionedPollerConfig: { MinimumPollers: 1 } };
    const applied = await read(provisioned);
    assert.deepEqual(applied.warnings, []);
    if (setting !== 'LoggingConfig')
      assert.notDeepEqual({ ...applied, provisioned: undefined }, plain, setting);
  }
  const asGoodAsNone = {
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    FunctionResponseTypes: [],
  };
  assert.deepEqual(await read({ ...onDemand, ...asGoodAsNone }), plain);
  await assert.rejects(
    topologyOf({ mapping: { ...onDemand, MaximumRetryAttempts: 10_001 } }),
    isLocalError('UNSUPPORTED', 'MaximumRetryAttempts', '10001'),
  );
});

test('refuses settings out of their range, and takes both ends of it', async () => {
  const ranges: Readonly<Record<string, readonly [good: readonly number[], bad: readonly number[]]>> = {
    BatchSize: [
      [1, 10_000],
      [0, 10_001, 1.5],
    ],
    MaximumBatchingWindowInSeconds: [
      [0, 300],
      [-1, 301],
    ],
    MaximumRetryAttempts: [
      [-1, 0, 10_000],
      [-2, 10_001],
    ],
    MaximumRecordAgeInSeconds: [
      [-1, 60, 604_800],
      [0, 59, 604_801],
    ],
  };
  for (const [setting, [good, bad]] of Object.entries(ranges)) {
    for (const value of good) await topologyOf({ mapping: { [setting]: value } });
    for (const value of bad)
      await assert.rejects(
        topologyOf({ mapping: { [setting]: value } }),
        isLocalError('UNSUPPORTED', setting, String(value)),
      );
  }
  const group = (ConsumerGroupId: string): unknown => ({ ConsumerGroupId });
  for (const [setting, value] of [
    ['ProvisionedPollerConfig', { MinimumPollers: 0 }],
    ['ProvisionedPollerConfig', { MaximumPollers: 2001 }],
    ['ProvisionedPollerConfig', { MinimumPollers: 3, MaximumPollers: 2 }],
    ['ProvisionedPollerConfig', { PollerGroupName: 'a b' }],
    ['Topics', ['.hidden']],
    ['Topics', ['a', 'b']],
    ['AmazonManagedKafkaEventSourceConfig', group('x'.repeat(201))],
    ['SelfManagedKafkaEventSourceConfig', group('a b')],
    ['FunctionResponseTypes', ['ReportBatchItemFailures', 'ReportBatchItemFailures']],
    ['StartingPosition', 'EARLIEST'],
    ['StartingPosition', 'AT_TIMESTAMP'],
    ['FilterCriteria', { Filters: [{ Pattern: '{"value":[{"wildcard":"*"}]}' }] }],
    ['SelfManagedKafkaEventSourceConfig', { ConsumptionMode: 'Queue' }],
    ['ParallelizationFactor', 2],
    ['TumblingWindowInSeconds', 30],
    ['Queues', ['orders']],
    ['BisectBatchOnFunctionError', 'yes'],
    ['Enabled', 1],
  ] as const) {
    const mapping = {
      ...(setting.startsWith('SelfManaged') && { AmazonManagedKafkaEventSourceConfig: undefined }),
      [setting]: value,
    };
    await assert.rejects(topologyOf({ mapping }), isLocalError('UNSUPPORTED', 'App/OrderArchiveMapping'));
  }
});

test('reads true and false as a template may write them', async () => {
  for (const value of [true, 'true', false, 'false']) {
    const mapping = { Enabled: value, BisectBatchOnFunctionError: value };
    const [read] = (await topologyOf({ mapping })).mappings;
    assert.deepEqual([read?.enabled, read?.bisect], [String(value) === 'true', String(value) === 'true']);
  }
});

test('reads a starting moment, which may not lie in the future', async () => {
  const at = async (seconds: number): Promise<unknown> => {
    const mapping = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: seconds };
    return (await topologyOf({ mapping })).mappings[0]?.startingPosition;
  };
  assert.deepEqual(await at(1_700_000_000), { atMs: 1_700_000_000_000 });
  await assert.rejects(at(Date.now() / 1000 + 60), isLocalError('UNSUPPORTED', 'StartingPositionTimestamp'));
});
