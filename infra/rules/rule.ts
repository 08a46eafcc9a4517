// What a rule sees and what it says. A rule is a function from the whole consumer, as AWS would get it, to what is wrong
// with it; it knows nothing of acknowledgements.

import { Token } from 'aws-cdk-lib';
import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { Destination } from '../mapping/destination.ts';
import type { MappingProperties } from '../mapping/mapping.ts';
import type { KafkaSource } from '../source/source.ts';

/** A consumer as it would be deployed. */
export interface RuleInput {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  /** The destination that the role may write to. */
  readonly onFailure: Destination;
  /** Overrides included. */
  readonly mapping: MappingProperties;
  readonly overrides: Readonly<Record<string, unknown>>;
  /** The topic's partitions; undefined when not stated. */
  readonly partitions: number | undefined;
  /** The largest value that is produced, bytes as they are in Kafka; undefined when not stated. */
  readonly maxRecordBytes: number | undefined;
  /** The stack's account; undefined when it is not known before deployment. */
  readonly account: string | undefined;
  /** The stack's Region; undefined when it is not known before deployment. */
  readonly region: string | undefined;
  readonly groupId: string;
  /** Another consumer of the app that reads as the same group; undefined when there is none. */
  readonly groupOwner: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is wrong. */
export interface Finding {
  /** Where: a field of the definition, a prop, or the mapping's property. */
  readonly field: string;
  readonly got: unknown;
  /** What AWS would do with it. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Looks at one consumer for one thing that may be wrong with it. */
export type Rule = (input: RuleInput) => Finding | undefined;

/** Whether the mapping has pollers of its own; AWS takes an empty setting for none. */
export function isProvisioned({ mapping }: RuleInput): boolean {
  return Object.keys(mapping.ProvisionedPollerConfig ?? {}).length > 0;
}

/** Address of the mapping's destination; undefined when it has none. */
export function destinationOf({ mapping }: RuleInput): string | undefined {
  return mapping.DestinationConfig?.OnFailure?.Destination;
}

/** Whether a limit is set at all: -1 and absence both mean for ever; one known only at deployment counts as set. */
export function isLimited(limit: number | undefined): boolean {
  return limit !== undefined && (Token.isUnresolved(limit) || limit >= 0);
}
