// A cluster of one's own: closed, encrypted, logged, with its topics, and refused where AWS would fail late.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Fn, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Peer, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { KafkaClusterProps } from '../../../infra/cluster/cluster-props.ts';
import { KafkaCluster } from '../../../infra/cluster/kafka-cluster.ts';
import { PropsError } from '../../../infra/props-error.ts';

class ThreeZones extends Stack {
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

const removalPolicy = RemovalPolicy.RETAIN;
const topic = { name: 'orders', partitions: 4 };
type Resources = Readonly<Record<string, { readonly Type: string; readonly DeletionPolicy?: string }>>;

function makeStack(Base: typeof Stack = ThreeZones): Stack {
  return new Base(new App(), 'Orders', { env: { account: '123456789012', region: 'eu-west-1' } });
}

function only(template: Template, type: string): Record<string, unknown> {
  const found = Object.values(template.findResources(type)) as { readonly Properties: object }[];
  assert.equal(found.length, 1, `one ${type}`);
  return found[0]?.Properties as Record<string, unknown>;
}

function addCluster(stack: Stack, props: Partial<KafkaClusterProps> = {}): KafkaCluster {
  return new KafkaCluster(stack, 'Cluster', { removalPolicy, ...props });
}

function refuse(props: Partial<KafkaClusterProps>, stack = makeStack()): readonly string[] {
  try {
    addCluster(stack, props);
  } catch (error) {
    assert.ok(error instanceof PropsError && error.code === 'INVALID_PROPS');
    return error.fields;
  }
  return [];
}

test('makes brokers that only IAM lets in, over TLS, from inside, with their logs', () => {
  const stack = makeStack();
  addCluster(stack);
  const template = Template.fromStack(stack);
  const cluster = only(template, 'AWS::MSK::Cluster');
  assert.deepEqual(cluster['ClientAuthentication'], {
    Sasl: { Iam: { Enabled: true } },
    Unauthenticated: { Enabled: false },
  });
  assert.deepEqual(cluster['EncryptionInfo'], {
    EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
  });
  assert.equal(cluster['NumberOfBrokerNodes'], 3);
  const group = cluster['BrokerNodeGroupInfo'] as Record<string, unknown>;
  assert.equal(group['InstanceType'], 'express.m7g.large');
  assert.deepEqual(group['ConnectivityInfo'], { PublicAccess: { Type: 'DISABLED' } });
  assert.equal(group['StorageInfo'], undefined, 'MSK sizes the storage of Express brokers');
  const { BrokerLogs } = cluster['LoggingInfo'] as { BrokerLogs: { CloudWatchLogs: { Enabled: boolean } } };
  assert.equal(BrokerLogs.CloudWatchLogs.Enabled, true);
  template.resourceCountIs('AWS::EC2::NatGateway', 0);
  template.resourceCountIs('AWS::EC2::InternetGateway', 0);
});

test('lets brokers and pollers meet on the port of IAM authentication, and nothing else out or in', () => {
  const stack = makeStack();
  addCluster(stack);
  const template = Template.fromStack(stack);
  for (const direction of ['Ingress', 'Egress']) {
    const { FromPort, ToPort, IpProtocol, CidrIp } = only(template, `AWS::EC2::SecurityGroup${direction}`);
    assert.deepEqual([FromPort, ToPort, IpProtocol, CidrIp], [9098, 9098, 'tcp', undefined], direction);
  }
});

test('makes topics and their dead-letter topics, with their settings', () => {
  const stack = makeStack();
  addCluster(stack, {
    topics: [
      {
        name: 'orders',
        partitions: 12,
        deadLetter: true,
        config: { 'retention.ms': '1000', 'cleanup.policy': 'compact' },
      },
    ],
  });
  const topics = Object.values(Template.fromStack(stack).findResources('AWS::MSK::Topic')) as {
    readonly DeletionPolicy: string;
    readonly Properties: {
      readonly TopicName: string;
      readonly PartitionCount: number;
      readonly ReplicationFactor: number;
      readonly Configs?: string;
    };
  }[];
  assert.deepEqual(
    topics.map(({ Properties: { TopicName, PartitionCount, ReplicationFactor } }) => [
      TopicName,
      PartitionCount,
      ReplicationFactor,
    ]),
    [
      ['orders', 12, 3],
      ['orders.dead-letter', 12, 3],
    ],
  );
  assert.deepEqual(
    topics.map(({ Properties: { Configs } }) => Configs && Buffer.from(Configs, 'base64').toString()),
    ['retention.ms=1000\ncleanup.policy=compact', undefined],
  );
  assert.deepEqual(
    topics.map(({ DeletionPolicy }) => DeletionPolicy),
    ['Retain', 'Retain'],
  );
});

test('asks for a version that MSK runs on the brokers', () => {
  const versionOf = (props: Partial<KafkaClusterProps>): unknown => {
    const stack = makeStack();
    addCluster(stack, props);
    return only(Template.fromStack(stack), 'AWS::MSK::Cluster')['KafkaVersion'];
  };
  assert.deepEqual([versionOf({}), versionOf({ type: 'standard' })], ['3.9.x.kraft', '3.9.x']);
});

test('keeps with a cluster all that it stands in, rules added later included', () => {
  const stack = makeStack();
  const cluster = addCluster(stack, { topics: [topic] });
  cluster.securityGroup.addIngressRule(Peer.ipv4('10.0.0.0/8'), Port.tcp(9098));
  cluster.securityGroup.connections.allowFrom(
    new SecurityGroup(stack, 'Clients', { vpc: cluster.vpc }),
    Port.tcp(9098),
  );
  const resources = Object.entries(Template.fromStack(stack).toJSON()['Resources'] as Resources);
  const lost = resources.filter(
    ([id, { DeletionPolicy }]) => id.startsWith('Cluster') && DeletionPolicy !== 'Retain',
  );
  assert.deepEqual(lost, []);
  assert.ok(resources.length > 15);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('lets all of a cluster go that is not kept', () => {
  const stack = makeStack();
  addCluster(stack, { topics: [topic], removalPolicy: RemovalPolicy.DESTROY });
  const resources = Object.values(Template.fromStack(stack).toJSON()['Resources'] as Resources);
  const kept = resources.filter(({ DeletionPolicy }) => DeletionPolicy !== 'Delete');
  assert.deepEqual(kept, []);
});

test('warns of a VPC that would go without the cluster in it, and of none that stays', () => {
  const warn = 'the stack deletes the VPC of a cluster that it keeps';
  const stack = makeStack();
  const vpc = new Vpc(stack, 'Vpc', { maxAzs: 3 });
  addCluster(stack, { vpc });
  Annotations.fromStack(stack).hasWarning('/Orders/Cluster', Match.stringLikeRegexp(warn));
  const other = makeStack();
  const kept = new Vpc(other, 'Vpc', { maxAzs: 3 });
  RemovalPolicies.of(kept).retain();
  addCluster(other, { vpc: kept });
  Annotations.fromStack(other).hasNoWarning('*', Match.anyValue());
});

test('sizes the storage of standard brokers, and takes a key for it', () => {
  const stack = makeStack();
  const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:123456789012:key/orders');
  addCluster(stack, { type: 'standard', storageGb: 250, encryptionKey });
  const cluster = only(Template.fromStack(stack), 'AWS::MSK::Cluster');
  assert.deepEqual((cluster['BrokerNodeGroupInfo'] as Record<string, unknown>)['StorageInfo'], {
    EBSStorageInfo: { VolumeSize: 250 },
  });
  assert.deepEqual((cluster['EncryptionInfo'] as Record<string, unknown>)['EncryptionAtRest'], {
    DataVolumeKMSKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/orders',
  });
});

test('makes a serverless cluster with IAM authentication', () => {
  const stack = makeStack();
  const { source } = addCluster(stack, { type: 'serverless' });
  const template = Template.fromStack(stack);
  assert.deepEqual(only(template, 'AWS::MSK::ServerlessCluster')['ClientAuthentication'], {
    Sasl: { Iam: { Enabled: true } },
  });
  template.resourceCountIs('AWS::MSK::Cluster', 0);
  assert.equal(source.type, 'msk-iam');
});

for (const [trap, props, fields, neighbour] of [
  [
    'topics of a serverless cluster',
    { type: 'serverless', topics: [topic] },
    ['topics'],
    { topics: [topic] },
  ],
  [
    'storage that is not for one to size',
    { storageGb: 10 },
    ['storageGb'],
    { type: 'standard', storageGb: 10 },
  ],
  [
    'more storage than a broker takes',
    { type: 'standard', storageGb: 16_385 },
    ['storageGb'],
    { type: 'standard', storageGb: 16_384 },
  ],
  ['a broken number of brokers', { brokersPerSubnet: 0 }, ['brokersPerSubnet'], { brokersPerSubnet: 1 }],
  [
    'a name that MSK does not take',
    { clusterName: 'my_cluster' },
    ['clusterName'],
    { clusterName: 'my-cluster' },
  ],
  ['a name with a hyphen in front', { clusterName: '-orders' }, ['clusterName'], { clusterName: 'orders-' }],
  [
    'a version that Express brokers do not run',
    { kafkaVersion: '3.9.x' },
    ['kafkaVersion'],
    { kafkaVersion: '4.2.x.kraft' },
  ],
  [
    'an Express version that a standard broker would run',
    { kafkaVersion: '3.7.x' },
    ['kafkaVersion'],
    { type: 'standard', kafkaVersion: '3.7.x' },
  ],
  [
    'a topic without partitions',
    { topics: [{ ...topic, partitions: 0 }] },
    ['topics["orders"].partitions'],
    { topics: [{ ...topic, partitions: 1 }] },
  ],
  [
    'a topic name that Kafka does not take',
    { topics: [{ ...topic, name: '..' }] },
    ['topics[".."]'],
    { topics: [{ ...topic, name: 'a..b' }] },
  ],
  [
    'a topic twice',
    {
      topics: [
        { ...topic, deadLetter: true },
        { ...topic, name: 'orders.dead-letter' },
      ],
    },
    ['topics["orders.dead-letter"]'],
    { topics: [topic, { ...topic, name: 'orders.dead-letter' }] },
  ],
  [
    'fewer copies than Express keeps',
    { topics: [{ ...topic, replicationFactor: 2 }] },
    ['topics["orders"].replicationFactor'],
    { type: 'standard', topics: [{ ...topic, replicationFactor: 2 }] },
  ],
  [
    'more copies than brokers',
    { topics: [{ ...topic, replicationFactor: 4 }] },
    ['topics["orders"].replicationFactor'],
    { brokersPerSubnet: 2, topics: [{ ...topic, replicationFactor: 4 }] },
  ],
  [
    'a setting of two lines',
    { topics: [{ ...topic, config: { 'retention.ms': '1\nmin.insync.replicas=1' } }] },
    ['topics["orders"].config["retention.ms"]'],
    { topics: [{ ...topic, config: { 'retention.ms': '1' } }] },
  ],
] as const) {
  test(`refuses ${trap}, and not its nearest neighbour`, () => {
    assert.deepEqual(refuse(props), fields);
    assert.deepEqual(refuse(neighbour), []);
  });
}

test('refuses Express brokers in two zones, where standard ones may stand', () => {
  class TwoZones extends Stack {
    override get availabilityZones(): string[] {
      return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
    }
  }
  assert.deepEqual(refuse({}, makeStack(TwoZones)), ['vpcSubnets']);
  assert.deepEqual(refuse({ type: 'standard', topics: [topic] }, makeStack(TwoZones)), []);
});
