// Where records come from: which Kafka, and how its clients authenticate. One variant per kind of cluster and
// authentication, so that the settings and the permissions of one cannot be mixed with another's.

import { Token } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Where brokers are reached from; `securityGroups` belong to a `vpc`. */
interface Network {
  readonly vpc?: IVpc;
  /** Default the private subnets of `vpc`. */
  readonly vpcSubnets?: SubnetSelection;
  /** At least one where there is a `vpc`. */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/**
 * The network is the cluster's own: its subnets and its security groups. It makes the poller's right to attach itself exact. Default
 * any network of the Region, since a cluster's ARN does not tell.
 */
interface MskCluster extends Network {
  /** `arn:<partition>:kafka:<region>:<account>:cluster/<name>/<uuid>`, or a token that becomes one. */
  readonly clusterArn: string;
  /**
   * For a provisioned cluster of another account: the managed VPC connection to it, which the function's account owns,
   * `arn:<partition>:kafka:<region>:<account>:vpc-connection/<cluster's account>/<name>/<uuid>`. Default none.
   */
  readonly vpcConnectionArn?: string;
}

/** The network is where the brokers are reached from. Default the internet. */
interface SelfManagedCluster extends Network {
  /** 1..10 of `host:port`. */
  readonly bootstrapServers: readonly string[];
  /** The client's credentials, in the functions' Region; with its `encryptionKey` where that is a customer managed one. */
  readonly secret: ISecret;
  /** A secret whose `certificate` is the private CA that signed the brokers' certificates. Default public CAs. */
  readonly rootCACertificate?: ISecret;
}

/** An Amazon MSK cluster, provisioned or serverless, with IAM authentication; serverless clusters have no other. */
export interface MskIamSource extends MskCluster {
  readonly type: 'msk-iam';
}

/** An Amazon MSK cluster with SASL/SCRAM-512. */
export interface MskScramSource extends MskCluster {
  readonly type: 'msk-scram';
  /**
   * The secret with `username` and `password`. MSK takes only one whose name starts with `AmazonMSK_` and that has a customer
   * managed key: give it as `encryptionKey` (`Secret.fromSecretAttributes`).
   */
  readonly secret: ISecret;
}

/** An Amazon MSK cluster with client certificates. */
export interface MskMtlsSource extends MskCluster {
  readonly type: 'msk-mtls';
  /** The secret with `certificate`, `privateKey` (PKCS#8) and perhaps `privateKeyPassword`. */
  readonly secret: ISecret;
}

/** An Amazon MSK cluster that lets anybody in its network read. */
export interface MskUnauthenticatedSource extends MskCluster {
  readonly type: 'msk-unauthenticated';
}

/** A cluster of MSK, by how its clients prove who they are. */
export type MskSource = MskIamSource | MskScramSource | MskMtlsSource | MskUnauthenticatedSource;

/** A cluster that is not MSK's: a name and password by SASL over TLS, or a client certificate. */
export interface SelfManagedSource extends SelfManagedCluster {
  readonly type:
    | 'self-managed-plain'
    | 'self-managed-scram-256'
    | 'self-managed-scram-512'
    | 'self-managed-mtls';
}

/** The cluster that a consumer reads from. */
export type KafkaSource = MskSource | SelfManagedSource;

/** A network as templates name it. */
export interface NetworkIds {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** Shape of an MSK cluster's ARN; its groups `region` and `account` say where the cluster is. */
export const clusterArnPattern: RegExp =
  /^arn:aws[a-z-]*:kafka:(?<region>[a-z0-9-]+):(?<account>\d{12}):cluster\/[A-Za-z0-9-]{1,64}\/[0-9a-f-]{36}-s?\d+$/;

/** Shape of the ARN of a managed VPC connection; `region` and `account` are those of the client. */
export const vpcConnectionArnPattern: RegExp =
  /^arn:aws[a-z-]*:kafka:(?<region>[a-z0-9-]+):(?<account>\d{12}):vpc-connection\/\d{12}\/[A-Za-z0-9-]{1,64}\/[0-9a-f-]{36}-\d+$/;

/** Shape of a secret's full ARN, the six random characters at its end included; same groups. */
export const secretArnPattern: RegExp =
  /^arn:aws[a-z-]*:secretsmanager:(?<region>[a-z0-9-]+):(?<account>\d{12}):secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/;

/** The most brokers that a mapping takes (Lambda service model, Endpoints of SelfManagedEventSource). */
export const maxBootstrapServers = 10;

const hostAndPort = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]):(\d{1,5})$/;

/** Whether it is one `host:port`, with a port of 1..65535. */
export function isServer(text: string): boolean {
  const port = Number(hostAndPort.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
}

/** Whether a source is an MSK cluster. */
export function isMsk(source: KafkaSource): source is MskSource {
  return source.type.startsWith('msk-');
}

/** Whether an MSK cluster is a serverless one; undefined when its ARN is not known before deployment. */
export function isServerless({ clusterArn }: MskSource): boolean | undefined {
  return Token.isUnresolved(clusterArn) ? undefined : /-s\d+$/.test(clusterArn);
}

/** The ids of a source's network; undefined where it names none. */
export function toNetworkIds({ vpc, vpcSubnets, securityGroups = [] }: Network): NetworkIds | undefined {
  if (vpc === undefined) return undefined;
  const { subnetIds } = vpc.selectSubnets(vpcSubnets);
  return { subnetIds, securityGroupIds: securityGroups.map((each) => each.securityGroupId) };
}

/** A secret's ARN as a mapping names it and a policy grants it: the full one where it is known. */
export function toSecretArn(secret: ISecret): string {
  return secret.secretFullArn ?? secret.secretArn;
}
