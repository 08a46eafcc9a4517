// What a cluster is made of, and what of it AWS would refuse, most of it only after half an hour of deployment.

import { Token, type RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { PropsError, type Problem } from '../props-error.ts';
import { defaultVersion, isRefused } from './kafka-version.ts';
import { findTopicProblems, type TopicSettings } from './topic-settings.ts';

/** Properties of a {@link KafkaCluster}. */
export interface KafkaClusterProps {
  /**
   * `express`: MSK manages the storage of the brokers; `standard`: you choose the size of the storage; `serverless`: there are no
   * brokers to size, and `topics`, `logRetention` and `encryptionKey` are not allowed. Default `express`.
   */
  readonly type?: 'express' | 'standard' | 'serverless';
  /** What happens to the cluster when the stack is deleted, and to everything made for it: topics, logs, network and security group. */
  readonly removalPolicy: RemovalPolicy;
  /** Name of the cluster, 1..64 characters a-z A-Z 0-9 -. Default made from the construct's path. */
  readonly clusterName?: string;
  /** The VPC of the brokers. Default a new one, with isolated subnets in three zones. */
  readonly vpc?: IVpc;
  /** The brokers' subnets: three for Express, two or three for the others. Default the private subnets of `vpc`. */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Topics to create. Not for serverless clusters, which `AWS::MSK::Topic` does not support: create their topics with a client.
   * Default none.
   */
  readonly topics?: readonly TopicSettings[];
  /** A Kafka version that MSK supports for the type. Default `3.9.x.kraft` for Express, `3.9.x` for standard brokers. */
  readonly kafkaVersion?: string;
  /** Instance type of each broker. Default `express.m7g.large` or `kafka.m7g.large`. */
  readonly instanceType?: string;
  /** Brokers in each subnet, 1 or more. Default 1. */
  readonly brokersPerSubnet?: number;
  /** Storage of each standard broker in GiB, 1..16384. Default 100. */
  readonly storageGb?: number;
  /** The KMS key of the data at rest. Default MSK's own. */
  readonly encryptionKey?: IKey;
  /** How long brokers' logs are kept. Default one month. */
  readonly logRetention?: RetentionDays;
}

/** Zones that a cluster of its own VPC stands in. */
export const zones = 3;
/** Copies of a partition where there are enough brokers. */
export const maxReplicas = 3;

/** Subnets that MSK takes; its answers, recorded by cdk-preflight (rules `pf-msk-express-requires-three-subnets` and others). */
const subnetRange = { express: [3, 3], standard: [2, 3], serverless: [2, 6] } as const;

/** @throws PropsError `INVALID_PROPS` with every problem found */
export function checkCluster(path: string, props: KafkaClusterProps, subnets: number): void {
  const { type = 'express', topics = [], brokersPerSubnet = 1, storageGb, clusterName, kafkaVersion } = props;
  const problems: Problem[] = [];
  const [least, most] = subnetRange[type];
  if (subnets < least || subnets > most)
    problems.push({
      field: 'vpcSubnets',
      got: `${subnets} subnets`,
      expected:
        type === 'express'
          ? '3, each in a zone of its own (a stack without an account and Region has two zones; give it an `env`)'
          : `${least}..${most}, each in a zone of its own`,
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
    !/^[a-zA-Z0-9][a-zA-Z0-9-]{0,63}$/.test(clusterName)
  )
    problems.push({
      field: 'clusterName',
      got: clusterName,
      expected: '1..64 characters a-z A-Z 0-9 -, the first no hyphen',
    });
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
    if (kafkaVersion !== undefined && isRefused(kafkaVersion, type)) {
      const expected = `one that MSK runs on ${type} brokers, such as ${defaultVersion(type)}`;
      problems.push({ field: 'kafkaVersion', got: kafkaVersion, expected });
    }
    const least = type === 'express' ? maxReplicas : 1;
    problems.push(...findTopicProblems(topics, [least, Math.max(least, subnets * brokersPerSubnet)]));
  }
  if (problems.length > 0) throw new PropsError(path, problems);
}
