// The part of a mapping that says where it connects and how it authenticates, in CloudFormation's own words. CDK's
// constructs for Kafka know SCRAM for MSK and no client certificate; the mapping itself knows all of it.

import { isMsk, toNetworkIds, toSecretArn, type KafkaSource } from './source.ts';

/** As the template of an event source mapping spells it. */
export interface SourceAccess {
  readonly EventSourceArn?: string;
  readonly SelfManagedEventSource?: {
    readonly Endpoints: { readonly KafkaBootstrapServers: readonly string[] };
  };
  readonly SourceAccessConfigurations?: readonly { readonly Type: string; readonly URI: string }[];
}

/** What a mapping calls the way of authenticating that its secret is for. */
const secretTypes = {
  'msk-scram': 'SASL_SCRAM_512_AUTH', // MSK has no other SCRAM, and no SASL/PLAIN
  'msk-mtls': 'CLIENT_CERTIFICATE_TLS_AUTH',
  'self-managed-plain': 'BASIC_AUTH',
  'self-managed-scram-256': 'SASL_SCRAM_256_AUTH',
  'self-managed-scram-512': 'SASL_SCRAM_512_AUTH',
  'self-managed-mtls': 'CLIENT_CERTIFICATE_TLS_AUTH',
} as const;

/** How a mapping reaches and enters its cluster. */
export function toSourceAccess(source: KafkaSource): SourceAccess {
  if (isMsk(source)) {
    const EventSourceArn = source.vpcConnectionArn ?? source.clusterArn;
    // Without a secret the poller uses IAM where the cluster has it, else TLS and then plain text without a name.
    if (source.type === 'msk-iam' || source.type === 'msk-unauthenticated') return { EventSourceArn };
    const SourceAccessConfigurations = [{ Type: secretTypes[source.type], URI: toSecretArn(source.secret) }];
    return { EventSourceArn, SourceAccessConfigurations };
  }
  const { type, bootstrapServers, secret, rootCACertificate } = source;
  const { subnetIds = [], securityGroupIds = [] } = toNetworkIds(source) ?? {};
  return {
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: [...bootstrapServers] } },
    SourceAccessConfigurations: [
      { Type: secretTypes[type], URI: toSecretArn(secret) },
      ...(rootCACertificate === undefined
        ? []
        : [{ Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: toSecretArn(rootCACertificate) }]),
      ...subnetIds.map((URI) => ({ Type: 'VPC_SUBNET', URI })),
      ...securityGroupIds.map((URI) => ({ Type: 'VPC_SECURITY_GROUP', URI })),
    ],
  };
}
