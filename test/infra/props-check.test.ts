// Which options of a consumer cannot be right, each beyond its limit and at it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fn } from 'aws-cdk-lib';
import type { KafkaConsumerProps } from '../../infra/kafka-consumer.ts';
import { defineConsumer } from '../../lib/definition/define-consumer.ts';
import { PropsError } from '../../infra/props-error.ts';
import type { OpenConfluentMappingRegistry as MappingRegistry } from '../../infra/mapping/schema-registry.ts';
import type { SelfManagedSource } from '../../infra/source/source.ts';
import {
  addConsumer,
  createStack,
  importKey,
  importNetwork,
  importSecret,
  keyArn,
  mskIam,
  secretArn,
} from './consumer-stack.ts';

const secret = importSecret(secretArn);
const cutShort = importSecret(secretArn.slice(0, -7));
const filterKey = importKey(keyArn);
const registryArn = 'arn:aws:glue:eu-west-1:123456789012:registry/orders';
const registry: MappingRegistry = { type: 'confluent', url: 'https://registry', recordFormat: 'JSON' };
const self: SelfManagedSource = { type: 'self-managed-plain', bootstrapServers: ['a.example:9096'], secret };
const mskArn = 'clusterArn' in mskIam ? mskIam.clusterArn : '';
const vpcConnectionArn = mskArn.replace(':cluster/', ':vpc-connection/123456789012/');
const scram = { type: 'msk-scram', clusterArn: mskArn, secret: importSecret(secretArn, keyArn) } as const;
const pattern = (length: number): Readonly<Record<string, unknown>> => ({
  value: ['x'.repeat(length - '{"value":[""]}'.length)],
});
const filter = (value: unknown): Props => ({ filters: [{ value }], acknowledge });
const acknowledge = { FILTER_ON_COMPRESSED_VALUE: 'values are never compressed here' };
const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

type Props = Partial<KafkaConsumerProps>;
const onDemand = defineConsumer({ name: 'orders', topic: 'orders.v1', provisionedPollers: false });
const limits: readonly (readonly [field: string, wrong: Props, right: Props])[] = [
  ['groupId', { groupId: '' }, { groupId: 'g' }],
  ['groupId', { groupId: 'g'.repeat(201) }, { groupId: 'g'.repeat(200) }],
  ['groupId', { groupId: 'my group' }, { groupId: '-/:_+=.@' }],
  ['groupId', { groupId: 'team-*' }, { groupId: 'team-1' }],
  ['pollerGroup', { pollerGroup: 'g'.repeat(129) }, { pollerGroup: 'g'.repeat(128) }],
  ['pollerGroup', { pollerGroup: 'a.b' }, { pollerGroup: 'a-b_1' }],
  ['pollerGroup', { pollerGroup: 'a', definition: onDemand }, { definition: onDemand }],
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
    filter([{ 'anything-but': ['a', 'b'] }]),
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
  ['filters[0]', { filters: [{}], acknowledge }, filter({ kind: [{ exists: true }] })],
  ['filters[0].value', filter({}), filter([null])],
  ['filters[0].value.kind', filter({ kind: 10n }), filter({ kind: [10] })],
  ['filters[0].value[0]', filter([10n]), filter([10])],
  ['filters[0].value[0]', filter([Number.NaN]), filter([0])],
  ['filters[0].value[0]', filter([{ constructor: 'a' }]), filter({ constructor: ['a'] })],
  [
    'filters[0].value[0].anything-but',
    filter([{ 'anything-but': ['a', 1] }]),
    filter([{ 'anything-but': [1, 2] }]),
  ],
  ['filters[0].value[0].numeric', filter([{ numeric: ['>', Infinity] }]), filter([{ numeric: ['<=', -1] }])],
  [
    'filters[0].value[0].numeric',
    filter([{ numeric: ['>', 5, '<', 5] }]),
    filter([{ numeric: ['>=', 5, '<', 5.5] }]),
  ],
  [
    'filters[0].value[0].numeric',
    filter([{ numeric: ['<', 5, '>', 9] }]),
    filter([{ numeric: ['>', 5, '<', 9] }]),
  ],
  ['filterKey', { filterKey }, { filterKey, filters: [pattern(20)], acknowledge }],
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
    'schemaRegistry.rootCACertificate',
    { schemaRegistry: { ...registry, rootCACertificate: cutShort } },
    { schemaRegistry: { ...registry, rootCACertificate: secret } },
  ],
  [
    'schemaRegistry.secret',
    { schemaRegistry: { ...registry, type: 'confluent-basic', secret: cutShort } },
    { schemaRegistry: { ...registry, type: 'confluent-basic', secret } },
  ],
  [
    'handlerRegistry.secret',
    { handlerRegistry: { url: 'https://registry', secret: cutShort } },
    { handlerRegistry: { url: 'https://registry', secret } },
  ],
  [
    'schemaRegistry.registryArn',
    { schemaRegistry: { type: 'glue', recordFormat: 'JSON', registryArn: 'orders' } },
    { schemaRegistry: { type: 'glue', recordFormat: 'JSON', registryArn } },
  ],
  [
    'onFailure.topic',
    { onFailure: { type: 'kafka-topic', topic: 'dlq' } },
    { onFailure: { type: 'kafka-topic', topic: 'dlqs' } },
  ],
  [
    'onFailure.topic',
    { onFailure: { type: 'kafka-topic', topic: 'kafka://failed' } },
    { onFailure: { type: 'kafka-topic', topic: 'f'.repeat(249) } },
  ],
  ['handlerRegistry.url', { handlerRegistry: { url: '' } }, { handlerRegistry: { url: 'https://registry' } }],
  ['partitions', { partitions: 0 }, { partitions: 4 }],
  ['maxRecordBytes', { maxRecordBytes: 1.5 }, { maxRecordBytes: 1 }],
  [
    'source.clusterArn',
    { source: { type: 'msk-iam', clusterArn: mskArn.replace(':cluster/', ':topic/') } },
    { source: { type: 'msk-iam', clusterArn: mskArn } },
  ],
  ['source.secret', { source: { ...self, secret: cutShort } }, { source: { ...self, secret } }],
  [
    'source.secret',
    { source: { ...scram, secret: importSecret(secretArn.replace('AmazonMSK_', ''), keyArn) } },
    { source: scram },
  ],
  ['source.secret.encryptionKey', { source: { ...scram, secret } }, { source: scram }],
  [
    'source.vpcConnectionArn',
    { source: { type: 'msk-iam', clusterArn: mskArn, vpcConnectionArn: mskArn } },
    { source: { type: 'msk-iam', clusterArn: mskArn, vpcConnectionArn } },
  ],
  [
    'source.vpcConnectionArn',
    { source: { type: 'msk-iam', clusterArn: mskArn.replace(/\d$/, 's1'), vpcConnectionArn } },
    { source: { type: 'msk-iam', clusterArn: mskArn.replace(/\d$/, 's1') } },
  ],
  [
    'source.rootCACertificate',
    { source: { ...self, rootCACertificate: cutShort } },
    { source: { ...self, rootCACertificate: secret } },
  ],
  ['source.bootstrapServers', { source: { ...self, bootstrapServers: [] } }, { source: self }],
  [
    'source.bootstrapServers',
    { source: { ...self, bootstrapServers: times(11, 'a.example:1') } },
    { source: { ...self, bootstrapServers: times(10, 'a.example:1') } },
  ],
  ...['', 'a', 'a:1,b:2', 'PLAINTEXT://a:9092', 'a:0', 'a:65536'].map(
    (server) => ['source.bootstrapServers', { source: { ...self, bootstrapServers: [server] } }, {}] as const,
  ),
  [
    'source.bootstrapServers',
    { source: { ...self, bootstrapServers: 'a:9092' as unknown as string[] } },
    { source: { ...self, bootstrapServers: ['[2a00::1]:65535'] } },
  ],
  ...[[Fn.importValue('brokers')], Fn.split(',', Fn.importValue('brokers'))].map(
    (bootstrapServers) =>
      [
        'source.bootstrapServers',
        { source: { ...self, bootstrapServers: [] } },
        { source: { ...self, bootstrapServers } },
      ] as const,
  ),
  [
    'source.vpcSubnets',
    { source: { ...mskIam, ...importNetwork(['subnet-1'], ['sg-1']), vpcSubnets: { subnets: [] } } },
    { source: { ...mskIam, ...importNetwork(['subnet-1'], ['sg-1']) } },
  ],
  [
    'source.securityGroups',
    { source: { ...self, securityGroups: importNetwork(['subnet-1'], ['sg-1']).securityGroups } },
    { source: self },
  ],
  [
    'source.securityGroups',
    { source: { ...self, ...importNetwork(['subnet-1'], []) } },
    { source: { ...self, ...importNetwork(['subnet-1'], ['sg-1']) } },
  ],
];

/** What types ask for and plain JavaScript leaves out. */
const leftOut = [
  ['source.clusterArn', { source: { type: 'msk-iam' } }],
  ['source.secret', { source: { ...scram, secret: undefined } }],
  ['source.secret', { source: { ...self, secret: undefined } }],
  ['source.bootstrapServers', { source: { ...self, bootstrapServers: undefined } }],
  ['onFailure.topic', { onFailure: { type: 'kafka-topic' } }],
  ['onFailure.bucket', { onFailure: { type: 's3', bucket: undefined } }],
  ['onFailure.queue', { onFailure: { type: 'sqs' } }],
  ['onFailure.topic', { onFailure: { type: 'sns' } }],
  ['schemaRegistry.registryArn', { schemaRegistry: { type: 'glue', recordFormat: 'JSON' } }],
  ['schemaRegistry.url', { schemaRegistry: { type: 'confluent', recordFormat: 'JSON' } }],
  ['schemaRegistry.secret', { schemaRegistry: { ...registry, type: 'confluent-basic' } }],
] as const;

for (const [field, wrong] of leftOut) {
  test(`names ${field} where ${JSON.stringify(Object.keys(wrong))} leaves it out`, () => {
    assert.throws(
      () => addConsumer(createStack(), 'Wrong', wrong as unknown as Props),
      (error) => error instanceof PropsError && error.fields.join() === field,
    );
  });
}

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
