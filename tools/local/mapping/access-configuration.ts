// How a mapping says that something is entered: SourceAccessConfigurations for its cluster, AccessConfigs for its schema
// registry. Both are lists of a type and a secret.
import type { Refuse } from './mapping-check.ts';

/** One entry. */
export interface AccessConfiguration {
  /** As `SASL_SCRAM_512_AUTH`. */
  readonly type: string;
  /** ARN of a secret; a bare id for a subnet or security group. */
  readonly uri: string;
}

/** Types that say where a poller stands in a network; here everything is reached directly. */
export const networkTypes: ReadonlySet<unknown> = new Set(['VPC_SUBNET', 'VPC_SECURITY_GROUP']);

/** Reads a list of `{ Type, URI }`; an absent one is empty. */
export function readAccess(list: unknown, refuse: Refuse): readonly AccessConfiguration[] {
  const items = list ?? [];
  if (!Array.isArray(items))
    return refuse(
      'access configurations are not a list, got something else',
      'expected a list of Type and URI',
    );
  return items.map((item: { readonly Type?: unknown; readonly URI?: unknown } | null) => {
    const { Type, URI } = item ?? {};
    if (typeof Type === 'string' && typeof URI === 'string') return { type: Type, uri: URI };
    return refuse('an access configuration is not valid, got one without Type and URI', 'give it both');
  });
}
