// Which AWS services have to be reachable from a network, by whom and why, as AWS documents it.

/** Services with an endpoint that a consumer or its poller may need in a VPC. */
export type ServiceName =
  | 'dynamodb'
  | 'glue'
  | 'kms'
  | 'lambda'
  | 's3'
  | 'secretsmanager'
  | 'sns'
  | 'sqs'
  | 'sts';

/** One service that somebody in the network calls. */
export interface Need {
  readonly service: ServiceName;
  readonly who: 'poller' | 'destination' | 'function';
  /** `unclear` where AWS's own pages say different things. */
  readonly certainty: 'documented' | 'unclear';
}

/** What of a mapping decides what its poller needs. */
export interface PollerSituation {
  /** Whether the mapping has provisioned pollers, which Lambda reaches the cluster with in a way of its own. */
  readonly isProvisioned: boolean;
  /** Whether the source names a secret. */
  readonly hasSecret: boolean;
  readonly destination: 's3' | 'sqs' | 'sns' | 'kafka-topic' | 'other';
}

/**
 * What a mapping's poller needs in the VPC of the cluster: Lambda, STS and perhaps Secrets Manager on demand, nothing with
 * provisioned pollers (AWS Lambda developer guide, `with-msk-cluster-network`), and the service of the on-failure
 * destination (`kafka-on-failure`, which does not say whether provisioned pollers need it, too).
 */
export function toPollerNeeds({ isProvisioned, hasSecret, destination }: PollerSituation): readonly Need[] {
  const polling: readonly ServiceName[] = isProvisioned
    ? []
    : ['lambda', 'sts', ...(hasSecret ? (['secretsmanager'] as const) : [])];
  return [
    ...polling.map((service) => ({ service, who: 'poller', certainty: 'documented' }) as const),
    ...(destination === 'kafka-topic' || destination === 'other'
      ? []
      : [
          {
            service: destination,
            who: 'destination',
            certainty: isProvisioned ? 'unclear' : 'documented',
          } as const,
        ]),
  ];
}

/** What a function in a VPC needs there: S3 for dead letters, and what its handler calls. Its logs need nothing. */
export function toFunctionNeeds(services: readonly ServiceName[]): readonly Need[] {
  return [...new Set<ServiceName>(['s3', ...services])].map((service) => ({
    service,
    who: 'function',
    certainty: 'documented',
  }));
}
