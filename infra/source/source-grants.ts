// What a role needs so that the poller, which assumes it, may read one topic as one consumer group: no action and no
// resource more. AWS's managed policy for MSK reaches every cluster, and still holds nothing of IAM authentication.

import { Fn, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { attachStatements } from './network-grants.ts';
import {
  isMsk,
  isServerless,
  toNetworkIds,
  toSecretArn,
  type KafkaSource,
  type MskIamSource,
} from './source.ts';

/** Who reads what: the part of a consumer that its permissions depend on. */
export interface Reading {
  readonly topic: string;
  readonly groupId: string;
}

/** Everything that reading takes; a broker's own ACLs, which IAM does not know, come on top. */
export function sourceStatements(source: KafkaSource, reading: Reading, stack: Stack): PolicyStatement[] {
  const statements = [...controlPlane(source), ...dataPlane(source, reading), ...secrets(source)];
  // An MSK poller always stands in the cluster's network, another only where it was put there.
  const network = toNetworkIds(source);
  if (!isMsk(source) && network === undefined) return statements;
  return [...statements, ...attachStatements('poller', network, stack)];
}

/** What it takes to produce to a topic of the cluster that is also read; nothing where IAM has no say in it. */
export function writeStatements(source: KafkaSource, topic: string): PolicyStatement[] {
  if (source.type !== 'msk-iam') return [];
  return [
    new PolicyStatement({
      sid: 'WriteDeadLetterTopic',
      // The guide's sample also lists kafka:Produce, an action that the service authorization reference does not have.
      actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
      resources: [toClusterPart(source, 'topic', topic)],
    }),
    new PolicyStatement({
      sid: 'DescribeClusterToWrite',
      actions: ['kafka-cluster:DescribeCluster'],
      resources: [source.clusterArn],
    }),
  ];
}

// The service authorization reference names no resource type for GetBootstrapBrokers, yet the MSK guide grants it on
// one cluster ("Accessing one Amazon MSK cluster"); we follow the guide.
function controlPlane(source: KafkaSource): PolicyStatement[] {
  if (!isMsk(source)) return [];
  const actions = ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'];
  if (source.type === 'msk-scram') actions.push('kafka:ListScramSecrets');
  const { clusterArn, vpcConnectionArn } = source;
  return [
    new PolicyStatement({ sid: 'FindBrokers', actions, resources: [clusterArn] }),
    // Lambda guide, "Cross-account event source mappings": only these need it.
    ...(vpcConnectionArn === undefined
      ? []
      : [
          new PolicyStatement({
            sid: 'FindVpcConnection',
            actions: ['kafka:DescribeVpcConnection'],
            resources: [vpcConnectionArn],
          }),
        ]),
  ];
}

// A mapping without these starts and then reads nothing.
function dataPlane(source: KafkaSource, { topic, groupId }: Reading): PolicyStatement[] {
  if (source.type !== 'msk-iam') return [];
  const connect = ['kafka-cluster:Connect'];
  // What brokers with ACLs need as DescribeConfigs on the cluster; serverless clusters do not have it (MSK guide).
  if (isServerless(source) !== true) connect.push('kafka-cluster:DescribeClusterDynamicConfiguration');
  return [
    new PolicyStatement({ sid: 'ConnectToCluster', actions: connect, resources: [source.clusterArn] }),
    new PolicyStatement({
      sid: 'ReadTopic',
      actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      resources: [toClusterPart(source, 'topic', topic)],
    }),
    new PolicyStatement({
      sid: 'CommitAsGroup',
      actions: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      resources: [toClusterPart(source, 'group', groupId)],
    }),
  ];
}

function secrets(source: KafkaSource): PolicyStatement[] {
  if (!('secret' in source)) return [];
  const certificate = isMsk(source) ? undefined : source.rootCACertificate;
  const keys = toDistinct(source.secret.encryptionKey?.keyArn, certificate?.encryptionKey?.keyArn);
  return [
    new PolicyStatement({
      sid: 'ReadBrokerCredentials',
      actions: ['secretsmanager:GetSecretValue'],
      resources: toDistinct(toSecretArn(source.secret), certificate && toSecretArn(certificate)),
    }),
    ...(keys.length === 0
      ? []
      : [new PolicyStatement({ sid: 'DecryptCredentials', actions: ['kms:Decrypt'], resources: keys })]),
  ];
}

function toDistinct(...values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

/** `...:cluster/<name>/<uuid>` to `...:topic/<name>/<uuid>/<part>`, also while the ARN is a token. */
function toClusterPart({ clusterArn }: MskIamSource, kind: 'topic' | 'group', part: string): string {
  const halves = Fn.split(':cluster/', clusterArn);
  return `${Fn.select(0, halves)}:${kind}/${Fn.select(1, halves)}/${part}`;
}
