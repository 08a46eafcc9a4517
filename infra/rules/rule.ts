// What a rule is: what it looks at, what it says, and what proves it. A rule judges the whole consumer, as AWS would get it; it
// knows nothing of acknowledgements.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ConsumerConfig, ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { FunctionFacts } from '../function/function-facts.ts';
import type { ResolvedDestination } from '../mapping/destination.ts';
import type { MappingOptions, MappingProperties } from '../mapping/mapping.ts';
import type { KafkaSource } from '../source/source.ts';

/** A consumer as it would be deployed. */
export interface RuleInput {
  readonly definition: ConsumerDefinition;
  readonly source: KafkaSource;
  /** The destination that the role may write to. */
  readonly onFailure: ResolvedDestination;
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
  /** How many mappings of the app would share the poller group with this one; 1 when it has none. */
  readonly pollerGroupSize: number;
  /** The option `startAt`; undefined when it is not given. */
  readonly startAt: Date | undefined;
  readonly function: FunctionFacts;
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

/** How it is known that AWS does so, and from where. */
export interface Evidence {
  /**
   * `aws-answer`: AWS's own error text, recorded by somebody who got it. `api-model`: the service model or the resource schema.
   * `documentation`: a page of AWS. `reported`: users who met it. `arithmetic`: it follows from stated limits. `inferred`: it follows
   * from other sources, and nobody has tried it.
   */
  readonly kind: 'aws-answer' | 'api-model' | 'documentation' | 'reported' | 'arithmetic' | 'inferred';
  /** Page, model or report; a name that a search finds. */
  readonly from: string;
  /** What it says, in short. */
  readonly says: string;
  /**
   * The day on which an answer was recorded or something was measured, ISO date; else the month as of which it was known, `2026-11`.
   * Nothing for what holds by itself.
   */
  readonly date?: string;
}

/** Props of a consumer of topic `orders.v1` from an MSK cluster with IAM, which breaks no rule, but for these. */
export interface ExampleProps extends MappingOptions {
  /** Changes to the definition. */
  readonly definition?: Partial<ConsumerConfig<string>>;
  /** Settings that a definition could not have, for what only a hand-made one says. */
  readonly hand?: Partial<ConsumerDefinition>;
  readonly source?: KafkaSource;
  readonly partitions?: number;
  readonly maxRecordBytes?: number;
  readonly tracing?: boolean;
  /** Settings of a function that exists already, in place of one made for the consumer. */
  readonly function?: Readonly<Record<string, unknown>>;
  /** Consumers of the app before this one. */
  readonly others?: readonly ExampleProps[];
}

/** What an example is made of beside plain values. */
export interface ExampleKit {
  readonly stack: Construct;
  /** A new id. */
  readonly id: () => string;
  /** ARN of the cluster; `account` and `region` differ where they are given. */
  readonly clusterArn: (place?: { readonly account?: string; readonly region?: string }) => string;
  readonly secretArn: string;
  readonly keyArn: string;
}

/** An example as plain values, or made with the kit where it needs constructs. */
export type Example = ExampleProps | ((kit: ExampleKit) => ExampleProps);

/** A template that breaks a rule, and its nearest neighbour that does not. */
export interface Proof {
  /** What this one is about, where a rule has several. */
  readonly about?: string;
  readonly failing: Example;
  readonly passing: Example;
  /** Rules that both break beside, `failingAlso` and `passingAlso` one of them. */
  readonly bothAlso?: readonly string[];
  readonly failingAlso?: readonly string[];
}

/** Looks at one consumer for one thing that may be wrong with it. */
export interface Rule {
  /** What it refuses; one sentence without its full stop. */
  readonly refuses: string;
  readonly evidence: readonly [Evidence, ...Evidence[]];
  /** The first one is shown in the reference. */
  readonly proofs: readonly [Proof, ...Proof[]];
  readonly check: (input: RuleInput) => Finding | undefined;
}

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

/** A page of the AWS Lambda developer guide. */
export function guide(page: string, says: string): Evidence {
  return { kind: 'documentation', from: `AWS Lambda developer guide, ${page}`, says, date: '2026-11' };
}
