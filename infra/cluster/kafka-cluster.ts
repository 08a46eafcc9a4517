// A Kafka cluster for those who have none: Amazon MSK with IAM authentication and nothing else, closed to the internet,
// encrypted at rest and on the way, with its logs and its topics.

import { Annotations, AspectPriority, Aspects, Names, RemovalPolicies, RemovalPolicy } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  IpAddresses,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type CfnVPC,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnServerlessCluster, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import type { MskIamSource } from '../source/source.ts';
import { checkCluster, maxReplicas, zones, type KafkaClusterProps } from './cluster-props.ts';
import { defaultVersion } from './kafka-version.ts';
import { expandTopics, toConfigs, type TopicSettings } from './topic-settings.ts';

// IAM authentication's own port; MSK opens no other for it inside a VPC.
const iamPort = Port.tcp(9098);

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
    const vpcSubnets = props.vpcSubnets ?? (props.vpc ? {} : { subnetType: SubnetType.PRIVATE_ISOLATED });
    const { subnetIds } = this.vpc.selectSubnets(vpcSubnets);
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
    this.source = {
      type: 'msk-iam',
      clusterArn,
      vpc: this.vpc,
      vpcSubnets,
      securityGroups: [this.securityGroup],
    };
    const brokers = subnetIds.length * (props.brokersPerSubnet ?? 1);
    for (const topic of expandTopics(props.topics ?? []))
      this.#addTopic(
        { ...topic, replicationFactor: topic.replicationFactor ?? Math.min(maxReplicas, brokers) },
        props.removalPolicy,
      );
    RemovalPolicies.of(this).apply(props.removalPolicy);
    if (isKept(props.removalPolicy)) this.#warnOfVpc(props);
  }

  // Brokers hold interfaces in their subnets and security group: a stack that deletes those while it keeps the cluster fails
  // to be deleted, after it has taken the rules away that let clients in.
  #warnOfVpc({ vpc }: KafkaClusterProps): void {
    if (!(vpc instanceof Vpc)) return;
    const visit = (node: unknown): void => {
      const { cfnOptions } = vpc.node.defaultChild as CfnVPC;
      if (node !== this || cfnOptions.deletionPolicy?.startsWith('Retain') === true) return;
      const message =
        'the stack deletes the VPC of a cluster that it keeps, got a VPC without a removal policy, expected the one of the cluster, ' +
        'since AWS deletes no network with brokers in it; call RemovalPolicies.of(vpc).retain()';
      Annotations.of(this).addWarningV2('tailrace:kept-cluster-in-vpc', message);
    };
    Aspects.of(this).add({ visit }, { priority: AspectPriority.READONLY });
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
      kafkaVersion: props.kafkaVersion ?? defaultVersion(isStandard ? 'standard' : 'express'),
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

function isKept(policy: RemovalPolicy): boolean {
  return policy === RemovalPolicy.RETAIN || policy === RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
