// Where records come from: which Kafka, and what a mapping needs to reach it. One variant per kind of cluster and
// authentication, so that the settings and the permissions of one cannot be mixed with another's.

import { Aws, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SourceAccessConfigurationType, type EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';

/** An Amazon MSK cluster, provisioned or serverless, with IAM authentication. */
export interface MskSource {
  readonly type: 'msk-iam';
  /** `arn:<partition>:kafka:<region>:<account>:cluster/<name>/<uuid>`. */
  readonly clusterArn: string;
}

/** A self-managed cluster that the internet reaches, with SASL/SCRAM-512 over TLS. */
export interface SelfManagedSource {
  readonly type: 'self-managed-scram';
  /** 1..10 of `host:port`. */
  readonly bootstrapServers: readonly string[];
  /** A Secrets Manager secret with `username` and `password`, in the functions' Region, under the default key. */
  readonly secretArn: string;
}

export type KafkaSource = MskSource | SelfManagedSource;

/** Shape of an MSK cluster's ARN; its groups `region` and `account` say where the cluster is. */
export const clusterArnPattern: RegExp =
  /^arn:aws[a-z-]*:kafka:(?<region>[a-z0-9-]+):(?<account>\d{12}):cluster\/[A-Za-z0-9-]{1,64}\/[0-9a-f-]{36}-s?\d+$/;

/** Shape of a secret's full ARN, the six random characters at its end included; same groups. */
export const secretArnPattern: RegExp =
  /^arn:aws[a-z-]*:secretsmanager:(?<region>[a-z0-9-]+):(?<account>\d{12}):secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/;

/** Who reads what: the part of a consumer that its permissions depend on. */
export interface Reading {
  readonly topic: string;
  readonly groupId: string;
}

/** The account and Region of a source, which its functions and mappings share. */
export function sourceEnvironment(source: KafkaSource): {
  readonly account: string;
  readonly region: string;
} {
  const match =
    source.type === 'msk-iam'
      ? clusterArnPattern.exec(source.clusterArn)
      : secretArnPattern.exec(source.secretArn);
  const { account, region } = match?.groups ?? {};
  if (account === undefined || region === undefined)
    throw new TypeError('a source holds ARNs that match their pattern');
  return { account, region };
}

/** The part of an event source mapping that says where it connects and how it authenticates. */
export function sourceMapping(
  source: KafkaSource,
): Pick<
  EventSourceMappingOptions,
  'eventSourceArn' | 'kafkaBootstrapServers' | 'sourceAccessConfigurations'
> {
  // Without a secret the poller uses IAM where the cluster has it.
  if (source.type === 'msk-iam') return { eventSourceArn: source.clusterArn };
  return {
    kafkaBootstrapServers: [...source.bootstrapServers],
    sourceAccessConfigurations: [
      { type: SourceAccessConfigurationType.SASL_SCRAM_512_AUTH, uri: source.secretArn },
    ],
  };
}

/** What the function's role needs so that the poller, which assumes it, may read one topic as one consumer group. */
export function sourceStatements(source: KafkaSource, reading: Reading, stack: Stack): PolicyStatement[] {
  if (source.type === 'msk-iam') {
    return [...controlPlane(source.clusterArn), ...dataPlane(source, reading), ...networkInterfaces(stack)];
  }
  return [
    new PolicyStatement({
      sid: 'ReadBrokerCredentials',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [source.secretArn],
    }),
  ];
}

// The service authorization reference names no resource type for GetBootstrapBrokers, yet the MSK guide grants it on
// one cluster ("Accessing one Amazon MSK cluster"); we follow the guide.
function controlPlane(clusterArn: string): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'FindBrokers',
      actions: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
      resources: [clusterArn],
    }),
  ];
}

// AWS's managed policy holds none of these: a mapping without them starts and then reads nothing.
function dataPlane(source: MskSource, { topic, groupId }: Reading): PolicyStatement[] {
  const toArn = (kind: string, name: string): string =>
    `${source.clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`;
  return [
    new PolicyStatement({
      sid: 'ConnectToCluster',
      actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
      resources: [source.clusterArn],
    }),
    new PolicyStatement({
      sid: 'ReadTopic',
      actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      resources: [toArn('topic', topic)],
    }),
    new PolicyStatement({
      sid: 'CommitAsGroup',
      actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      resources: [toArn('group', groupId)],
    }),
  ];
}

// The poller reaches the brokers through network interfaces in the cluster's subnets, which synth does not know.
function networkInterfaces(stack: Stack): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'DescribeNetwork',
      actions: [
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'], // EC2's Describe actions have no resource level (service authorization reference)
    }),
    new PolicyStatement({
      sid: 'AttachToNetwork',
      actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
      // Interface, subnet and security group alike, in the cluster's Region; any account, as subnets may be shared ones.
      resources: [`arn:${Aws.PARTITION}:ec2:${stack.region}:*:*/*`],
    }),
  ];
}
