// Which versions of Kafka run on which kind of MSK's brokers.

/** Brokers whose version is for one to choose. */
export type BrokerType = 'express' | 'standard';

/**
 * Versions that MSK lists and refuses to create an Express cluster with: `CreateClusterV2` answered `Valid values: [3.8.x,
 * 3.9.x.kraft, 4.2.x.kraft]` on 2026-09-14 (recorded by cdk-preflight, rule `pf-msk-express-kafka-version`). A list of what
 * is refused, so that a version of next year needs no release of this package.
 */
const notOnExpress: ReadonlySet<string> = new Set([
  '3.6.0',
  '3.7.x',
  '3.7.x.kraft',
  '3.8.x.kraft',
  '3.9.x',
  '4.0.x.kraft',
  '4.1.x.kraft',
]);

/** The version that a cluster gets whose props name none. */
export function defaultVersion(type: BrokerType): string {
  return type === 'express' ? '3.9.x.kraft' : '3.9.x';
}

/** Whether MSK is known to refuse this version for these brokers. */
export function isRefused(version: string, type: BrokerType): boolean {
  return type === 'express' && notOnExpress.has(version);
}
