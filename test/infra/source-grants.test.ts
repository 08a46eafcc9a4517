// Who may do what, for every kind of cluster, authentication and destination: exactly this, no more and no less.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import type { Destination } from '../../infra/destination.ts';
import type { KafkaConsumerProps } from '../../infra/kafka-consumer.ts';
import type { KafkaSource } from '../../infra/source.ts';
import { defineConsumer, type ConsumerConfig } from '../../lib/define.ts';
import { avroReader } from '../../lib/format/avro.ts';
import { confluent } from '../../lib/format/confluent.ts';
import type { Format } from '../../lib/format/format.ts';
import { glue } from '../../lib/format/glue.ts';
import { jsonReader } from '../../lib/format/json.ts';
import {
  addConsumer,
  cluster,
  createStack,
  keyArn,
  msk,
  mskIam,
  orders,
  secretArn,
} from './consumer-stack.ts';
import { listGrants, type TemplateJson } from './grants.ts';

const caArn = secretArn.replace('AmazonMSK_orders', 'ca');
const caKeyArn = keyArn.replace(/a$/, 'b');
const network = { subnetIds: ['subnet-00000001', 'subnet-00000002'], securityGroupIds: ['sg-00000001'] };
const serverless = `${cluster.slice(0, -1)}s1`;
const clusterArn = `${msk}:cluster/${cluster}`;
const bootstrapServers = ['a:9096', 'b:9096'];
const mskOpen: KafkaSource = { type: 'msk-unauthenticated', clusterArn };
const registryArn = 'arn:aws:glue:eu-west-1:123456789012:registry/orders';
const registrySecretArn = secretArn.replace('AmazonMSK_orders', 'registry');
const url = 'https://registry.example';
const define = (value: Format<unknown>): ConsumerConfig =>
  defineConsumer({ name: 'orders', topic: 'orders.v1', value });

const ec2 = 'arn:AWS::Partition:ec2:eu-west-1:*:';
const describe = ['NetworkInterfaces', 'SecurityGroups', 'Subnets', 'Vpcs'].map(
  (each) => `ec2:Describe${each} on *`,
);
const anywhere = [
  ...describe,
  `ec2:CreateNetworkInterface on ${ec2}*/*`,
  `ec2:DeleteNetworkInterface on ${ec2}*/*`,
];
const inNetwork = [
  ...describe,
  ...[
    'network-interface/*',
    'subnet/subnet-00000001',
    'subnet/subnet-00000002',
    'security-group/sg-00000001',
  ].map((each) => `ec2:CreateNetworkInterface on ${ec2}${each}`),
  `ec2:DeleteNetworkInterface on ${ec2}*/*`,
];
const find = (of: string): readonly string[] => [
  `kafka:DescribeClusterV2 on ${msk}:cluster/${of}`,
  `kafka:GetBootstrapBrokers on ${msk}:cluster/${of}`,
];
/** Stands for the consumer's group. */
const ownGroup = '<group>';
const readAs = (of: string, group = ownGroup): readonly string[] => [
  `kafka-cluster:Connect on ${msk}:cluster/${of}`,
  `kafka-cluster:DescribeTopic on ${msk}:topic/${of}/orders.v1`,
  `kafka-cluster:ReadData on ${msk}:topic/${of}/orders.v1`,
  `kafka-cluster:AlterGroup on ${msk}:group/${of}/${group}`,
  `kafka-cluster:DescribeGroup on ${msk}:group/${of}/${group}`,
];
const getSecret = `secretsmanager:GetSecretValue on ${secretArn}`;
const decrypt = `kms:Decrypt on ${keyArn}`;

interface SourceCase {
  readonly source: KafkaSource;
  /** What its consumer takes beside the source. */
  readonly props?: Partial<KafkaConsumerProps>;
  readonly grants: readonly string[];
  readonly access: Readonly<Record<string, unknown>>;
  /** The mapping's schema registry. */
  readonly registry?: unknown;
}

const mskAccess = { EventSourceArn: clusterArn, SelfManagedEventSource: undefined };
const selfAccess = {
  EventSourceArn: undefined,
  SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: bootstrapServers } },
};
const withSecret = (Type: string): readonly object[] => [{ Type, URI: secretArn }];

const sources: Readonly<Record<string, SourceCase>> = {
  MskIam: {
    source: mskIam,
    grants: [
      ...find(cluster),
      ...readAs(cluster),
      `kafka-cluster:DescribeClusterDynamicConfiguration on ${clusterArn}`,
      ...anywhere,
    ],
    access: { ...mskAccess, SourceAccessConfigurations: undefined },
  },
  MskIamGroup: {
    source: { type: 'msk-iam', clusterArn, network },
    props: { groupId: 'team/orders:1' },
    grants: [
      ...find(cluster),
      ...readAs(cluster, 'team/orders:1'),
      `kafka-cluster:DescribeClusterDynamicConfiguration on ${clusterArn}`,
      ...inNetwork,
    ],
    access: mskAccess,
  },
  Serverless: {
    source: { type: 'msk-iam', clusterArn: `${msk}:cluster/${serverless}` },
    grants: [...find(serverless), ...readAs(serverless), ...anywhere],
    access: { EventSourceArn: `${msk}:cluster/${serverless}`, SourceAccessConfigurations: undefined },
  },
  MskScram: {
    source: { type: 'msk-scram', clusterArn, secretArn, secretKeyArn: keyArn },
    grants: [...find(cluster), `kafka:ListScramSecrets on ${clusterArn}`, getSecret, decrypt, ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: withSecret('SASL_SCRAM_512_AUTH') },
  },
  MskMtls: {
    source: { type: 'msk-mtls', clusterArn, secretArn },
    grants: [...find(cluster), getSecret, ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: withSecret('CLIENT_CERTIFICATE_TLS_AUTH') },
  },
  MskOpen: {
    source: { type: 'msk-unauthenticated', clusterArn },
    grants: [...find(cluster), ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: undefined },
  },
  Plain: {
    source: { type: 'self-managed-plain', bootstrapServers, secretArn },
    grants: [getSecret],
    access: {
      ...selfAccess,
      SourceAccessConfigurations: withSecret('BASIC_AUTH'),
    },
  },
  Scram256: {
    source: { type: 'self-managed-scram-256', bootstrapServers, secretArn, secretKeyArn: keyArn },
    grants: [getSecret, decrypt],
    access: { ...selfAccess, SourceAccessConfigurations: withSecret('SASL_SCRAM_256_AUTH') },
  },
  Scram512: {
    source: { type: 'self-managed-scram-512', bootstrapServers, secretArn, network },
    grants: [getSecret, ...inNetwork],
    access: {
      ...selfAccess,
      SourceAccessConfigurations: [
        ...withSecret('SASL_SCRAM_512_AUTH'),
        { Type: 'VPC_SUBNET', URI: 'subnet-00000001' },
        { Type: 'VPC_SUBNET', URI: 'subnet-00000002' },
        { Type: 'VPC_SECURITY_GROUP', URI: 'sg-00000001' },
      ],
    },
  },
  Mtls: {
    source: {
      type: 'self-managed-mtls',
      bootstrapServers,
      secretArn,
      secretKeyArn: keyArn,
      rootCaSecretArn: caArn,
      rootCaKeyArn: caKeyArn,
    },
    grants: [getSecret, `secretsmanager:GetSecretValue on ${caArn}`, decrypt, `kms:Decrypt on ${caKeyArn}`],
    access: {
      ...selfAccess,
      SourceAccessConfigurations: [
        ...withSecret('CLIENT_CERTIFICATE_TLS_AUTH'),
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: caArn },
      ],
    },
  },
  GlueRegistry: {
    source: { type: 'self-managed-plain', bootstrapServers, secretArn },
    props: {
      schemaRegistry: { type: 'glue', registryArn, recordFormat: 'JSON', attributes: ['KEY', 'VALUE'] },
    },
    grants: [getSecret, `glue:GetRegistry on ${registryArn}`, 'glue:GetSchemaVersion on *'],
    access: selfAccess,
    registry: {
      SchemaRegistryURI: registryArn,
      EventRecordFormat: 'JSON',
      SchemaValidationConfigs: [{ Attribute: 'KEY' }, { Attribute: 'VALUE' }],
    },
  },
  GlueFormat: {
    source: mskOpen,
    props: { definition: define(glue({ reader: avroReader() })) },
    grants: [...find(cluster), ...anywhere, 'glue:GetSchemaVersion on *'],
    access: mskAccess,
  },
  GlueJsonFormat: {
    source: mskOpen,
    props: { definition: define(glue({ reader: jsonReader() })) },
    grants: [...find(cluster), ...anywhere],
    access: mskAccess,
  },
  OpenRegistry: {
    source: mskOpen,
    props: {
      schemaRegistry: {
        type: 'confluent',
        url: 'https://registry.example:8081/api',
        recordFormat: 'SOURCE',
        rootCaSecretArn: caArn,
        rootCaKeyArn: caKeyArn,
      },
    },
    grants: [
      ...find(cluster),
      ...anywhere,
      `secretsmanager:GetSecretValue on ${caArn}`,
      `kms:Decrypt on ${caKeyArn}`,
    ],
    access: mskAccess,
    registry: {
      SchemaRegistryURI: 'https://registry.example:8081/api',
      EventRecordFormat: 'SOURCE',
      AccessConfigs: [{ Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: caArn }],
      SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
    },
  },
  BasicRegistry: {
    source: mskOpen,
    props: {
      schemaRegistry: { type: 'confluent-basic', url, recordFormat: 'JSON', secretArn: registrySecretArn },
    },
    grants: [...find(cluster), ...anywhere, `secretsmanager:GetSecretValue on ${registrySecretArn}`],
    access: mskAccess,
    registry: {
      SchemaRegistryURI: url,
      EventRecordFormat: 'JSON',
      AccessConfigs: [{ Type: 'BASIC_AUTH', URI: registrySecretArn }],
      SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
    },
  },
  MtlsRegistry: {
    source: mskOpen,
    props: {
      schemaRegistry: {
        type: 'confluent-mtls',
        url,
        recordFormat: 'SOURCE',
        secretArn: registrySecretArn,
        secretKeyArn: keyArn,
      },
      definition: define(confluent({ reader: avroReader() })),
      handlerRegistry: { url, secretArn: registrySecretArn, secretKeyArn: keyArn },
    },
    grants: [...find(cluster), ...anywhere, `secretsmanager:GetSecretValue on ${registrySecretArn}`, decrypt],
    access: mskAccess,
    registry: {
      SchemaRegistryURI: url,
      EventRecordFormat: 'SOURCE',
      AccessConfigs: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: registrySecretArn }],
      SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
    },
  },
  HandlerRegistry: {
    source: mskOpen,
    props: { handlerRegistry: { url, secretArn: registrySecretArn } },
    grants: [...find(cluster), ...anywhere, `secretsmanager:GetSecretValue on ${registrySecretArn}`],
    access: mskAccess,
  },
};

const site = createStack();
const key = Key.fromKeyArn(site.stack, 'Key', keyArn);

interface DestinationCase {
  readonly onFailure: Destination | undefined;
  /** With IAM; of the cluster named. */
  readonly grants: (of: string | undefined) => readonly string[];
  readonly address: (id: (prefix: string) => string) => unknown;
}

const ownDeadLetters = 's3:PutObject on DeadLetterBucket.Arn/dead-letter/orders/*';
const seal = [`kms:Decrypt on ${keyArn}`, `kms:GenerateDataKey on ${keyArn}`];

const destinations: Readonly<Record<string, DestinationCase>> = {
  ByDefault: {
    onFailure: undefined,
    grants: () => ['s3:PutObject on DeadLetterBucket.Arn/*', 's3:ListBucket on DeadLetterBucket.Arn'],
    address: (id) => ({ 'Fn::GetAtt': [id('DeadLetterBucket'), 'Arn'] }),
  },
  ToBucket: {
    onFailure: { type: 's3', bucket: new Bucket(site.stack, 'FailedBucket', { encryptionKey: key }) },
    grants: () => [
      ownDeadLetters,
      's3:PutObject on FailedBucket.Arn/*',
      's3:ListBucket on FailedBucket.Arn',
      `kms:GenerateDataKey on ${keyArn}`,
    ],
    address: (id) => ({ 'Fn::GetAtt': [id('FailedBucket'), 'Arn'] }),
  },
  ToQueue: {
    onFailure: { type: 'sqs', queue: new Queue(site.stack, 'FailedQueue') },
    grants: () => [ownDeadLetters, 'sqs:SendMessage on FailedQueue.Arn'],
    address: (id) => ({ 'Fn::GetAtt': [id('FailedQueue'), 'Arn'] }),
  },
  ToSealedQueue: {
    onFailure: { type: 'sqs', queue: new Queue(site.stack, 'SealedQueue', { encryptionMasterKey: key }) },
    grants: () => [ownDeadLetters, 'sqs:SendMessage on SealedQueue.Arn', ...seal],
    address: (id) => ({ 'Fn::GetAtt': [id('SealedQueue'), 'Arn'] }),
  },
  ToSns: {
    onFailure: { type: 'sns', topic: new Topic(site.stack, 'FailedSns') },
    grants: () => [ownDeadLetters, 'sns:Publish on FailedSns'],
    address: (id) => ({ Ref: id('FailedSns') }),
  },
  ToSealedSns: {
    onFailure: { type: 'sns', topic: new Topic(site.stack, 'SealedSns', { masterKey: key }) },
    grants: () => [ownDeadLetters, 'sns:Publish on SealedSns', ...seal],
    address: (id) => ({ Ref: id('SealedSns') }),
  },
  ToTopic: {
    onFailure: { type: 'kafka-topic', topic: 'orders.failed' },
    grants: (of) => [
      ownDeadLetters,
      ...(of === undefined
        ? []
        : [
            `kafka-cluster:DescribeTopic on ${msk}:topic/${of}/orders.failed`,
            `kafka-cluster:WriteData on ${msk}:topic/${of}/orders.failed`,
            `kafka-cluster:DescribeCluster on ${msk}:cluster/${of}`,
          ]),
    ],
    address: () => 'kafka://orders.failed',
  },
};

/**
 * All destinations; those under a key of one's own, whose grants have nothing to do with the source, for one source. What
 * a consumer takes beside its source has nothing to do with either.
 */
function destinationsOf(sourceName: string): readonly (readonly [string, DestinationCase])[] {
  return Object.entries(destinations).filter(([name]) => {
    if (sources[sourceName]?.props !== undefined) return name === 'ByDefault';
    return sourceName === 'MskIam' || !name.startsWith('ToSealed');
  });
}

/** The right to write to a topic is an ACL where there is a user, and is acknowledged there. */
function isAclUnseen({ type }: KafkaSource, onFailure: Destination | undefined): boolean {
  return onFailure?.type === 'kafka-topic' && type !== 'msk-iam' && type !== 'msk-unauthenticated';
}

for (const [sourceName, { source, props }] of Object.entries(sources)) {
  for (const [destinationName, { onFailure }] of destinationsOf(sourceName)) {
    addConsumer(site, `${sourceName}${destinationName}`, {
      source,
      ...props,
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(isAclUnseen(source, onFailure)
        ? { acknowledge: { DESTINATION_NOT_WRITABLE: 'the ACL is made with the topic' } }
        : {}),
    });
  }
}

const vpc = new Vpc(site.stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [] });
const subnet = Subnet.fromSubnetId(site.stack, 'Subnet', 'subnet-00000009');
addConsumer(site, 'Placed', {
  source: sources['Plain']?.source ?? mskIam,
  vpc,
  vpcSubnets: { subnets: [subnet] },
  securityGroups: [SecurityGroup.fromSecurityGroupId(site.stack, 'Group', 'sg-00000009')],
  tracing: true,
});
const made = new CfnServerlessCluster(site.stack, 'Made', {
  clusterName: 'made',
  clientAuthentication: { sasl: { iam: { enabled: true } } },
  vpcConfigs: [{ subnetIds: ['subnet-00000001'], securityGroups: ['sg-00000001'] }],
});
addConsumer(site, 'OfMade', { source: { type: 'msk-iam', clusterArn: made.attrArn } });

const json = Template.fromStack(site.stack).toJSON() as TemplateJson;
const idOf = (prefix: string): string =>
  Object.keys(json.Resources).find((id) => new RegExp(`^${prefix}[0-9A-F]{8}$`).test(id)) ?? prefix;

const writeLogs = (id: string): readonly string[] =>
  ['CreateLogStream', 'PutLogEvents'].map((each) => `logs:${each} on ${id}Logs.Arn`);

for (const [sourceName, { source, props, grants, access, registry }] of Object.entries(sources)) {
  for (const [destinationName, destination] of destinationsOf(sourceName)) {
    const id = `${sourceName}${destinationName}`;
    const of = source.type === 'msk-iam' ? source.clusterArn.slice(`${msk}:cluster/`.length) : undefined;
    test(`grants ${id} what it takes, and nothing else`, () => {
      const group = props?.groupId ?? `Test-${id}`;
      const reading = grants.map((each) => each.replace(ownGroup, group));
      const expected = [...writeLogs(id), ...reading, ...destination.grants(of)];
      assert.deepEqual(listGrants(json, `${id}Role`), expected.toSorted());
    });

    test(`connects ${id}, and sends failures where they belong`, () => {
      const properties = json.Resources[idOf(`${id}Mapping`)]?.Properties ?? {};
      for (const [name, value] of Object.entries(access)) assert.deepEqual(properties[name], value, name);
      assert.deepEqual(properties['DestinationConfig'], {
        OnFailure: { Destination: destination.address(idOf) },
      });
      const kind = 'clusterArn' in source ? 'AmazonManaged' : 'SelfManaged';
      const group = properties[`${kind}KafkaEventSourceConfig`] as Record<string, unknown>;
      assert.equal(group['ConsumerGroupId'], props?.groupId ?? `Test-${id}`);
      assert.deepEqual(group['SchemaRegistryConfig'], registry);
    });
  }
}

test('tells a handler where its registry is, and never what is in the secret', () => {
  const { Properties = {} } = json.Resources[idOf('HandlerRegistryByDefaultFunction')] ?? {};
  const { Variables } = Properties['Environment'] as { readonly Variables: Record<string, unknown> };
  assert.equal(Variables['TAILRACE_SCHEMA_REGISTRY_URL'], url);
  assert.equal(Variables['TAILRACE_SCHEMA_REGISTRY_SECRET_ARN'], registrySecretArn);
});

test('lets a function into its own VPC, and trace', () => {
  const plain = sources['Plain']?.grants ?? [];
  assert.deepEqual(
    listGrants(json, 'PlacedRole'),
    [
      ...writeLogs('Placed'),
      ...plain,
      ...(destinations['ByDefault']?.grants(undefined) ?? []),
      'ec2:DescribeNetworkInterfaces on *',
      'ec2:DescribeSubnets on *',
      ...['network-interface/*', 'subnet/subnet-00000009', 'security-group/sg-00000009'].map(
        (each) => `ec2:CreateNetworkInterface on ${ec2}${each}`,
      ),
      ...['AssignPrivateIpAddresses', 'DeleteNetworkInterface', 'UnassignPrivateIpAddresses'].map(
        (each) => `ec2:${each} on ${ec2}*/*`,
      ),
      'xray:PutTelemetryRecords on *',
      'xray:PutTraceSegments on *',
    ].toSorted(),
  );
});

test('names the topic and group of a cluster that the same app makes', () => {
  const [, policy] =
    Object.entries(json.Resources).find(([id]) => id.startsWith('OfMadeRoleDefaultPolicy')) ?? [];
  assert.ok(policy);
  const { Statement } = policy.Properties['PolicyDocument'] as {
    readonly Statement: readonly Readonly<Record<string, unknown>>[];
  };
  const halves = { 'Fn::Split': [':cluster/', { 'Fn::GetAtt': ['Made', 'Arn'] }] };
  const part = (kind: string, name: string): object => ({
    'Fn::Join': ['', [{ 'Fn::Select': [0, halves] }, `:${kind}/`, { 'Fn::Select': [1, halves] }, `/${name}`]],
  });
  const resourceOf = (sid: string): unknown => Statement.find(({ Sid }) => Sid === sid)?.['Resource'];
  assert.deepEqual(resourceOf('ReadTopic'), part('topic', orders.topic));
  assert.deepEqual(resourceOf('CommitAsGroup'), part('group', 'Test-OfMade'));
});

test('gives no role a policy beside its own', () => {
  for (const [id, { Type, Properties }] of Object.entries(json.Resources)) {
    if (Type === 'AWS::IAM::Role')
      assert.deepEqual(Object.keys(Properties), ['AssumeRolePolicyDocument'], id);
    assert.notEqual(Type, 'AWS::IAM::ManagedPolicy');
  }
});
