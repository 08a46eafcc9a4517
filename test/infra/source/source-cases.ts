// For every kind of cluster, authentication and registry: what its consumer must be granted, and what its mapping says.

import type { KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import type { KafkaSource } from '../../../infra/source/source.ts';
import { defineConsumer, type ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { avroReader } from '../../../lib/format/avro.ts';
import { confluent } from '../../../lib/format/registry/confluent.ts';
import type { Format } from '../../../lib/format/format.ts';
import { glue } from '../../../lib/format/registry/glue.ts';
import { jsonReader } from '../../../lib/format/json.ts';
import { cluster, importNetwork, importSecret, keyArn, msk, mskIam, secretArn } from '../consumer-stack.ts';

const caArn = secretArn.replace('AmazonMSK_orders', 'ca');
const caKeyArn = keyArn.replace(/a$/, 'b');
const network = importNetwork(['subnet-00000001', 'subnet-00000002'], ['sg-00000001']);
const secret = importSecret(secretArn);
const keyed = importSecret(secretArn, keyArn);
const serverless = `${cluster.slice(0, -1)}s1`;
const clusterArn = `${msk}:cluster/${cluster}`;
const bootstrapServers = ['a.example:9096', 'b.example:9096'];
const mskOpen: KafkaSource = { type: 'msk-unauthenticated', clusterArn };
const registryArn = 'arn:aws:glue:eu-west-1:123456789012:registry/orders';
/** The secret of a schema registry. */
export const registrySecretArn: string = secretArn.replace('AmazonMSK_orders', 'registry');
/** Where a schema registry is. */
export const url = 'https://registry.example';
const define = (value: Format<unknown>): ConsumerDefinition =>
  defineConsumer({ name: 'orders', topic: 'orders.v1', value });

/** ARNs of EC2 resources begin with it. */
export const ec2 = 'arn:AWS::Partition:ec2:eu-west-1:*:';
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
export const ownGroup = '<group>';
const readAs = (of: string, group = ownGroup): readonly string[] => [
  `kafka-cluster:Connect on ${msk}:cluster/${of}`,
  `kafka-cluster:DescribeTopic on ${msk}:topic/${of}/orders.v1`,
  `kafka-cluster:ReadData on ${msk}:topic/${of}/orders.v1`,
  `kafka-cluster:AlterGroup on ${msk}:group/${of}/${group}`,
  `kafka-cluster:DescribeGroup on ${msk}:group/${of}/${group}`,
];
const toForeign = (text: string): string => text.replace('123456789012', '999999999999');
const foreignClusterArn = toForeign(clusterArn);
const vpcConnectionArn = `${msk}:vpc-connection/999999999999/${cluster}`;
const getSecret = `secretsmanager:GetSecretValue on ${secretArn}`;
const decrypt = `kms:Decrypt on ${keyArn}`;

/** A source, and what follows from it. */
export interface SourceCase {
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

/** Every source, by name. */
export const sources: Readonly<Record<string, SourceCase>> = {
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
    source: { type: 'msk-iam', clusterArn, ...network },
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
    source: { type: 'msk-scram', clusterArn, secret: keyed },
    grants: [...find(cluster), `kafka:ListScramSecrets on ${clusterArn}`, getSecret, decrypt, ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: withSecret('SASL_SCRAM_512_AUTH') },
  },
  MskMtls: {
    source: { type: 'msk-mtls', clusterArn, secret },
    grants: [...find(cluster), getSecret, ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: withSecret('CLIENT_CERTIFICATE_TLS_AUTH') },
  },
  MskElsewhere: {
    source: { type: 'msk-iam', clusterArn: foreignClusterArn, vpcConnectionArn },
    props: { acknowledge: { CLUSTER_POLICY_UNSEEN: 'its policy names this account' } },
    grants: [
      ...find(cluster).map(toForeign),
      `kafka:DescribeVpcConnection on ${vpcConnectionArn}`,
      ...readAs(cluster).map(toForeign),
      `kafka-cluster:DescribeClusterDynamicConfiguration on ${foreignClusterArn}`,
      ...anywhere,
    ],
    access: { EventSourceArn: vpcConnectionArn, SelfManagedEventSource: undefined },
  },
  MskOpen: {
    source: { type: 'msk-unauthenticated', clusterArn },
    grants: [...find(cluster), ...anywhere],
    access: { ...mskAccess, SourceAccessConfigurations: undefined },
  },
  Plain: {
    source: { type: 'self-managed-plain', bootstrapServers, secret },
    grants: [getSecret],
    access: {
      ...selfAccess,
      SourceAccessConfigurations: withSecret('BASIC_AUTH'),
    },
  },
  Scram256: {
    source: { type: 'self-managed-scram-256', bootstrapServers, secret: keyed },
    grants: [getSecret, decrypt],
    access: { ...selfAccess, SourceAccessConfigurations: withSecret('SASL_SCRAM_256_AUTH') },
  },
  Scram512: {
    source: { type: 'self-managed-scram-512', bootstrapServers, secret, ...network },
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
      secret: keyed,
      rootCACertificate: importSecret(caArn, caKeyArn),
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
    source: { type: 'self-managed-plain', bootstrapServers, secret },
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
        rootCACertificate: importSecret(caArn, caKeyArn),
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
      schemaRegistry: {
        type: 'confluent-basic',
        url,
        recordFormat: 'JSON',
        secret: importSecret(registrySecretArn),
      },
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
        secret: importSecret(registrySecretArn, keyArn),
      },
      definition: define(confluent({ reader: avroReader() })),
      handlerRegistry: { url, secret: importSecret(registrySecretArn, keyArn) },
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
    props: { handlerRegistry: { url, secret: importSecret(registrySecretArn) } },
    grants: [...find(cluster), ...anywhere, `secretsmanager:GetSecretValue on ${registrySecretArn}`],
    access: mskAccess,
  },
};
