// What a case of a rule is, and the one stack that all cases share. Own file: the cases are a file per subject.

import type { KafkaConsumerProps } from '../../../infra/kafka-consumer.ts';
import type { RuleId } from '../../../infra/rules/rule-violation.ts';
import {
  defineConsumer,
  type ConsumerDefinition,
  type ConsumerConfig,
} from '../../../lib/definition/define-consumer.ts';
import { text } from '../../../lib/format/text.ts';
import { addConsumer, createStack } from '../consumer-stack.ts';

/** A rule, what breaks it, and what just does not. */
export interface Case {
  readonly rule: RuleId;
  readonly why?: string;
  readonly trap: Partial<KafkaConsumerProps>;
  readonly neighbour: Partial<KafkaConsumerProps>;
  /** What else the trap, and what else the neighbour, is refused for; acknowledged in the test. */
  readonly also?: readonly RuleId[];
  readonly neighbourAlso?: readonly RuleId[];
}

/** A stack with a consumer whose group is `taken`. */
export const site: ReturnType<typeof createStack> = createStack();
addConsumer(site, 'First', { groupId: 'taken' });

let consumers = 0;
/** Adds a consumer with these props to the one stack that all cases share. */
export const add = (props: Partial<KafkaConsumerProps>): void => {
  consumers += 1;
  addConsumer(site, `Consumer${consumers}`, props);
};

/** `orders` with these fields. */
export function define(fields: Partial<ConsumerConfig<string>>): ConsumerDefinition {
  return defineConsumer({ name: 'orders', topic: 'orders.v1', value: text(), ...fields });
}

/** Takes a property away. */
export const none = undefined;

/** All that AWS has in provisioned mode only, taken away. */
export const noControls = {
  MaximumRetryAttempts: none,
  MaximumRecordAgeInSeconds: none,
  BisectBatchOnFunctionError: none,
  FunctionResponseTypes: none,
} as const;

/** A mapping without pollers of its own. */
export const onDemand = { ...noControls, ProvisionedPollerConfig: none } as const;
