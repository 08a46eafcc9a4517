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
  /** `unclear` where AWS's own pages say different things; `reported` where users met it. */
  readonly certainty: 'documented' | 'reported' | 'unclear';
}

/** What of a mapping decides what its poller needs. */
export interface PollerSituation {
  /** Whether the mapping has provisioned pollers, which Lambda reaches the cluster with in a way of its own. */
  readonly isProvisioned: boolean;
  /** Whether the cluster is MSK's, whose provisioned pollers need nothing. */
  readonly isMsk: boolean;
  /** Whether the source names a secret. */
  readonly hasSecret: boolean;
  readonly destination: 's3' | 'sqs' | 'sns' | 'kafka-topic' | 'other';
}

/**
 * What a mapping's poller needs in the VPC of the cluster: Lambda, STS and perhaps Secrets Manager on demand, nothing with
 * provisioned pollers (AWS Lambda developer guide, `with-msk-cluster-network`), and the service of the on-failure
 * destination (`kafka-on-failure`, which does not say whether provisioned pollers need it, too). Provisioned pollers of a
 * self-managed source need Lambda, STS and the destination's service: without them the mapping says OK and stops after its first
 * batch (aws-samples/serverless-patterns pull request 3308, 2026-09-17).
 */
export function toPollerNeeds({
  isProvisioned,
  isMsk,
  hasSecret,
  destination,
}: PollerSituation): readonly Need[] {
  const withSecret = hasSecret && !isProvisioned ? (['secretsmanager'] as const) : [];
  const polling: readonly ServiceName[] = isProvisioned && isMsk ? [] : ['lambda', 'sts', ...withSecret];
  const certainty = isProvisioned ? 'reported' : 'documented';
  return [
    ...polling.map((service) => ({ service, who: 'poller', certainty }) as const),
    ...(destination === 'kafka-topic' || destination === 'other'
      ? []
      : [
          {
            service: destination,
            who: 'destination',
            certainty: isProvisioned && isMsk ? 'unclear' : certainty,
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
