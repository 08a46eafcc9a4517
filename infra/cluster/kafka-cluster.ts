// A Kafka cluster for those who have none: Amazon MSK with IAM authentication and nothing else, closed to the internet,
// encrypted at rest and on the way, with its logs and its topics.

import { Names, Token, type RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  IpAddresses,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnServerlessCluster, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { PropsError, type Problem } from '../props-check.ts';
import type { MskIamSource } from '../source/source.ts';
import { expandTopics, findTopicProblems, toConfigs, type TopicSettings } from './topic-settings.ts';

/** What a {@link KafkaCluster} is made of. */
export interface KafkaClusterProps {
  /**
   * `express`: brokers whose storage MSK looks after; `standard`: brokers with storage of a chosen size; `serverless`: no
   * brokers to size, and none of `topics`, `logRetention`, `encryptionKey`. Default `express`.
   */
  readonly type?: 'express' | 'standard' | 'serverless';
  /** What happens to cluster, topics and logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /** 1..64 characters a-z A-Z 0-9 -. Default made from the construct's path. */
  readonly clusterName?: string;
  /** Default one of its own, of isolated subnets in three zones. */
  readonly vpc?: IVpc;
  /** Default the private subnets of `vpc`. Express takes three, the others two or three. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default none. `AWS::MSK::Topic` does not know serverless clusters: their topics are made by a client. */
  readonly topics?: readonly TopicSettings[];
  /** A version that MSK supports, 3.6 or later. Default `3.9.x`. */
  readonly kafkaVersion?: string;
  /** Default `express.m7g.large` or `kafka.m7g.large`. */
  readonly instanceType?: string;
  /** 1 or more. Default 1. */
  readonly brokersPerSubnet?: number;
  /** GiB of each standard broker, 1..16384. Default 100. */
  readonly storageGb?: number;
  /** The key of the data at rest. Default MSK's own. */
  readonly encryptionKey?: IKey;
  /** How long brokers' logs are kept. Default one month. */
  readonly logRetention?: RetentionDays;
}

// IAM authentication's own port; MSK opens no other for it inside a VPC.
const iamPort = Port.tcp(9098);
const zones = 3;
const maxReplicas = 3;

/** An MSK cluster with IAM authentication, and its topics. */
export class KafkaCluster extends Construct {
  /** What a consumer of this cluster is given. */
  readonly source: MskIamSource;
  readonly vpc: IVpc;
  /** Stands around the brokers and, since a mapping takes it from the cluster, around its pollers. */
  readonly securityGroup: SecurityGroup;

  /** @throws PropsError `INVALID_PROPS` */
  constructor(scope: Construct, id: string, props: KafkaClusterProps) {
    super(scope, id);
    this.vpc = props.vpc ?? this.#addVpc();
    const { subnetIds } = this.vpc.selectSubnets(
      props.vpcSubnets ?? (props.vpc ? {} : { subnetType: SubnetType.PRIVATE_ISOLATED }),
    );
    checkCluster(this.node.path, props, subnetIds.length);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Kafka brokers and the pollers that read from them',
      allowAllOutbound: false,
    });
    this.securityGroup.addIngressRule(this.securityGroup, iamPort, 'Kafka with IAM authentication');
    this.securityGroup.addEgressRule(this.securityGroup, iamPort, 'Kafka with IAM authentication');
    const securityGroupIds = [this.securityGroup.securityGroupId];
    const network = { subnetIds, securityGroupIds };
    const clusterArn =
      props.type === 'serverless' ? this.#addServerless(props, network) : this.#addBrokers(props, network);
    this.source = { type: 'msk-iam', clusterArn, network };
    const brokers = subnetIds.length * (props.brokersPerSubnet ?? 1);
    for (const topic of expandTopics(props.topics ?? []))
      this.#addTopic(
        { ...topic, replicationFactor: topic.replicationFactor ?? Math.min(maxReplicas, brokers) },
        props.removalPolicy,
      );
  }

  #addVpc(): Vpc {
    return new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.40.0.0/22'),
      maxAzs: zones,
      natGateways: 0, // pollers of their own, as every mapping here has, need neither NAT nor endpoints
      subnetConfiguration: [{ name: 'Brokers', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      flowLogs: { All: { destination: FlowLogDestination.toCloudWatchLogs() } },
    });
  }

  #addServerless(
    { removalPolicy, clusterName = this.#name() }: KafkaClusterProps,
    network: { readonly subnetIds: string[]; readonly securityGroupIds: string[] },
  ): string {
    const cluster = new CfnServerlessCluster(this, 'Resource', {
      clusterName,
      clientAuthentication: { sasl: { iam: { enabled: true } } },
      vpcConfigs: [{ subnetIds: network.subnetIds, securityGroups: network.securityGroupIds }],
    });
    cluster.applyRemovalPolicy(removalPolicy);
    return cluster.attrArn;
  }

  #addBrokers(
    props: KafkaClusterProps,
    network: { readonly subnetIds: string[]; readonly securityGroupIds: string[] },
  ): string {
    const { removalPolicy, encryptionKey } = props;
    const isStandard = props.type === 'standard';
    const logs = new LogGroup(this, 'BrokerLogs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy,
    });
    const cluster = new CfnCluster(this, 'Resource', {
      clusterName: props.clusterName ?? this.#name(),
      kafkaVersion: props.kafkaVersion ?? '3.9.x',
      numberOfBrokerNodes: network.subnetIds.length * (props.brokersPerSubnet ?? 1),
      brokerNodeGroupInfo: {
        instanceType: props.instanceType ?? (isStandard ? 'kafka.m7g.large' : 'express.m7g.large'),
        clientSubnets: network.subnetIds,
        securityGroups: network.securityGroupIds,
        connectivityInfo: { publicAccess: { type: 'DISABLED' } },
        ...(isStandard && { storageInfo: { ebsStorageInfo: { volumeSize: props.storageGb ?? 100 } } }),
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        ...(encryptionKey && { encryptionAtRest: { dataVolumeKmsKeyId: encryptionKey.keyArn } }),
      },
      // The least level has the lag of every consumer group already; the others are paid for by the metric.
      enhancedMonitoring: 'DEFAULT',
      loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
    });
    cluster.applyRemovalPolicy(removalPolicy);
    return cluster.attrArn;
  }

  #addTopic(
    { name, partitions, replicationFactor, config }: TopicSettings & { readonly replicationFactor: number },
    removalPolicy: RemovalPolicy,
  ): void {
    const topic = new CfnTopic(this, `Topic-${name}`, {
      clusterArn: this.source.clusterArn,
      topicName: name,
      partitionCount: partitions,
      replicationFactor,
      ...(config && { configs: toConfigs(config) }),
    });
    topic.applyRemovalPolicy(removalPolicy);
  }

  #name(): string {
    return Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
  }
}

function checkCluster(path: string, props: KafkaClusterProps, subnets: number): void {
  const { type = 'express', topics = [], brokersPerSubnet = 1, storageGb, clusterName } = props;
  const problems: Problem[] = [];
  const least = type === 'express' ? zones : 2;
  if (subnets < least || subnets > zones)
    problems.push({
      field: 'vpcSubnets',
      got: `${subnets} subnets`,
      expected:
        least === zones
          ? '3, each in a zone of its own (a stack without an account and Region has two zones; give it an `env`)'
          : '2 or 3, each in a zone of its own',
    });
  if (!Number.isSafeInteger(brokersPerSubnet) || brokersPerSubnet < 1)
    problems.push({
      field: 'brokersPerSubnet',
      got: brokersPerSubnet,
      expected: 'a whole number of 1 or more',
    });
  if (storageGb !== undefined && type !== 'standard')
    problems.push({
      field: 'storageGb',
      got: storageGb,
      expected: `nothing: MSK sizes the storage of ${type} clusters`,
    });
  if (storageGb !== undefined && !(Number.isSafeInteger(storageGb) && storageGb >= 1 && storageGb <= 16_384))
    problems.push({ field: 'storageGb', got: storageGb, expected: 'a whole number 1..16384' });
  if (
    clusterName !== undefined &&
    !Token.isUnresolved(clusterName) &&
    !/^[a-zA-Z0-9-]{1,64}$/.test(clusterName)
  )
    problems.push({ field: 'clusterName', got: clusterName, expected: '1..64 characters a-z A-Z 0-9 -' });
  if (type === 'serverless') {
    for (const field of [
      'topics',
      'encryptionKey',
      'logRetention',
      'kafkaVersion',
      'instanceType',
    ] as const) {
      if (props[field] === undefined) continue;
      problems.push({ field, got: 'a value', expected: 'nothing: MSK Serverless takes none' });
    }
  } else {
    const least = type === 'express' ? maxReplicas : 1;
    problems.push(...findTopicProblems(topics, [least, Math.max(least, subnets * brokersPerSubnet)]));
  }
  if (problems.length > 0) throw new PropsError(path, problems);
}
