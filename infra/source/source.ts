// Where records come from: which Kafka, and how its clients authenticate. One variant per kind of cluster and
// authentication, so that the settings and the permissions of one cannot be mixed with another's.

import { Token } from 'aws-cdk-lib';

/** A place in a VPC. */
export interface Network {
  /** At least one. */
  readonly subnetIds: readonly string[];
  /** At least one. */
  readonly securityGroupIds: readonly string[];
}

interface MskCluster {
  /** `arn:<partition>:kafka:<region>:<account>:cluster/<name>/<uuid>`, or a token that becomes one. */
  readonly clusterArn: string;
  /**
   * The cluster's own subnets and security groups; the poller's right to attach itself is then bound to them. Default:
   * any network of the Region, since a cluster's ARN does not tell.
   */
  readonly network?: Network;
}

interface SelfManagedCluster {
  /** 1..10 of `host:port`. */
  readonly bootstrapServers: readonly string[];
  /** A Secrets Manager secret with the client's credentials, in the functions' Region; a full ARN. */
  readonly secretArn: string;
  /** The customer managed key of that secret. Default none: Secrets Manager's own key, which needs no grant. */
  readonly secretKeyArn?: string;
  /** A secret whose `certificate` is the private CA that signed the brokers' certificates. Default public CAs. */
  readonly rootCaSecretArn?: string;
  /** The customer managed key of that secret. Default none. */
  readonly rootCaKeyArn?: string;
  /** Where the brokers are reached from. Default the internet. */
  readonly network?: Network;
}

/** An Amazon MSK cluster, provisioned or serverless, with IAM authentication; serverless clusters have no other. */
export interface MskIamSource extends MskCluster {
  readonly type: 'msk-iam';
}

/** An Amazon MSK cluster with SASL/SCRAM-512. */
export interface MskScramSource extends MskCluster {
  readonly type: 'msk-scram';
  /** The secret with `username` and `password`; MSK takes only one whose name starts with `AmazonMSK_`. */
  readonly secretArn: string;
  /** The secret's customer managed key; MSK takes no secret under the default key. */
  readonly secretKeyArn: string;
}

/** An Amazon MSK cluster with client certificates. */
export interface MskMtlsSource extends MskCluster {
  readonly type: 'msk-mtls';
  /** The secret with `certificate`, `privateKey` (PKCS#8) and perhaps `privateKeyPassword`. */
  readonly secretArn: string;
  /** The customer managed key of that secret. Default none. */
  readonly secretKeyArn?: string;
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

/** Shape of an MSK cluster's ARN; its groups `region` and `account` say where the cluster is. */
export const clusterArnPattern: RegExp =
  /^arn:aws[a-z-]*:kafka:(?<region>[a-z0-9-]+):(?<account>\d{12}):cluster\/[A-Za-z0-9-]{1,64}\/[0-9a-f-]{36}-s?\d+$/;

/** Shape of a secret's full ARN, the six random characters at its end included; same groups. */
export const secretArnPattern: RegExp =
  /^arn:aws[a-z-]*:secretsmanager:(?<region>[a-z0-9-]+):(?<account>\d{12}):secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/;

/** Whether a source is an MSK cluster. */
export function isMsk(source: KafkaSource): source is MskSource {
  return 'clusterArn' in source;
}

/** Whether an MSK cluster is a serverless one; undefined when its ARN is not known before deployment. */
export function isServerless({ clusterArn }: MskSource): boolean | undefined {
  return Token.isUnresolved(clusterArn) ? undefined : /-s\d+$/.test(clusterArn);
}

/** The account and Region of a source, which its functions and mappings share. */
export function sourceEnvironment(source: KafkaSource): {
  readonly account: string;
  readonly region: string;
} {
  const match = isMsk(source)
    ? clusterArnPattern.exec(source.clusterArn)
    : secretArnPattern.exec(source.secretArn);
  const { account, region } = match?.groups ?? {};
  if (account === undefined || region === undefined)
    throw new TypeError('a source holds ARNs that match their pattern');
  return { account, region };
}
