// What a deployment would break, by templates alone: each change, and its nearest neighbour that breaks nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareStacks } from '../../../tools/diff/compare.ts';
import type { StackResource, StackResources } from '../../../tools/diff/stack-template.ts';
import { deployed, mapping, policy } from './templates.ts';

type Edit = (resources: Map<string, StackResource>) => void;

function findKinds(edit: Edit, base: StackResources = deployed): readonly string[] {
  const next = new Map(structuredClone([...base]));
  edit(next);
  return compareStacks(base, next).map(({ kind, resource }) => `${kind} ${resource}`);
}

const set =
  (id: string, properties: Readonly<Record<string, unknown>>): Edit =>
  (resources) => {
    const resource = resources.get(id);
    assert.ok(resource, id);
    resources.set(id, { ...resource, Properties: { ...resource.Properties, ...properties } });
  };
const group = (ConsumerGroupId: string): object => ({ ConsumerGroupId });

const cases: readonly (readonly [what: string, edit: Edit, expected: readonly string[]])[] = [
  ['nothing', () => {}, []],
  ['batch size, window and pollers', set('Mapping', { BatchSize: 7, MaximumBatchingWindowInSeconds: 9 }), []],
  [
    'a moving start',
    set('Mapping', { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 5 }),
    ['mapping-replaced Mapping'],
  ],
  [
    'another cluster',
    set('Mapping', { EventSourceArn: 'arn:aws:kafka:eu-west-1:1:cluster/b/2' }),
    ['mapping-replaced Mapping'],
  ],
  [
    'another group',
    set('Mapping', { AmazonManagedKafkaEventSourceConfig: group('other') }),
    ['mapping-replaced Mapping'],
  ],
  [
    'a schema registry',
    set('Mapping', {
      AmazonManagedKafkaEventSourceConfig: { ...group('shop-orders'), SchemaRegistryConfig: {} },
    }),
    ['mapping-replaced Mapping'],
  ],
  [
    'a self-managed cluster in place of MSK',
    set('Mapping', { EventSourceArn: undefined, SelfManagedEventSource: { Endpoints: {} } }),
    ['mapping-replaced Mapping'],
  ],
  ['the topic', set('Mapping', { Topics: ['orders.v2'] }), ['topic-ignored Mapping']],
  [
    'the topic, and the permission with it',
    (resources) => {
      set('Mapping', { Topics: ['orders.v2'] })(resources);
      resources.set('Policy', policy('orders.v2'));
    },
    ['topic-ignored Mapping', 'grant-moved Mapping'],
  ],
  [
    'a permission alone',
    (resources) => resources.set('Policy', policy('orders.v2')),
    ['grant-moved Mapping'],
  ],
  [
    'a permission in another policy of the role',
    (resources) => {
      resources.set('OtherPolicy', policy('orders'));
      resources.delete('Policy');
    },
    [],
  ],
  [
    'the destination, and the permission with it',
    (resources) => {
      set('Mapping', { DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } } })(resources);
      resources.set('Policy', policy('orders', 'Other'));
    },
    [],
  ],
  [
    'a mapping under another name',
    (resources) => {
      resources.delete('Mapping');
      resources.set('Moved', mapping());
    },
    ['mapping-moved Mapping'],
  ],
  [
    'a mapping into a nested stack',
    (resources) => {
      resources.delete('Mapping');
      resources.set('Consumers07/Mapping', mapping());
    },
    ['mapping-moved Mapping'],
  ],
  ['a mapping', (resources) => resources.delete('Mapping'), ['mapping-removed Mapping']],
  ['a bucket', (resources) => resources.delete('Bucket'), ['data-removed Bucket']],
  ["a bucket's name", set('Bucket', { BucketName: 'other' }), ['data-replaced Bucket']],
  ["a bucket's versions", set('Bucket', { VersioningConfiguration: { Status: 'Enabled' } }), []],
  [
    "a table's key",
    set('Table', { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }),
    ['data-replaced Table'],
  ],
  ['a queue', (resources) => resources.delete('Queue'), ['data-removed Queue']],
  [
    'a cluster, and so the mapping that refers to it',
    (resources) => {
      set('Cluster', { ClusterName: 'other' })(resources);
    },
    ['mapping-replaced Refers', 'data-replaced Cluster'],
  ],
];

for (const [what, edit, expected] of cases) {
  test(`finds what breaks with ${what}`, () => {
    const base = what.startsWith('a cluster')
      ? new Map<string, StackResource>([
          ['Refers', mapping({ EventSourceArn: { 'Fn::GetAtt': ['Cluster', 'Arn'] } })],
          ['Cluster', { Type: 'AWS::MSK::Cluster', Properties: { ClusterName: 'orders' } }],
        ])
      : deployed;
    assert.deepEqual(findKinds(edit, base), expected);
  });
}

test('says what is lost and what is kept, and the way round', () => {
  const next = new Map(deployed);
  next.delete('Bucket');
  next.delete('Queue');
  const [queue, bucket] = compareStacks(deployed, next).toSorted((a, b) => b.type.localeCompare(a.type));
  assert.match(queue?.what ?? '', /it is deleted, and the messages that wait in it with it/);
  assert.match(queue?.wayRound ?? '', /RETAIN/);
  assert.match(bucket?.what ?? '', /its objects are kept, but nothing here reads or writes them/);
});

test('names the 409, the group that is held, and two ways round it', () => {
  const next = new Map(deployed);
  set('Mapping', { StartingPosition: 'LATEST' })(next);
  const [change] = compareStacks(deployed, next);
  assert.match(change?.what ?? '', /still has group shop-orders: AWS answers 409/);
  assert.match(change?.wayRound ?? '', /leave the starting position as it was.*new groupId.*deploy twice/);
});
