// The mapping's schema registry, as rules look at it.

import type { SchemaRegistryConfig } from '../../mapping/schema-registry.ts';
import type { RuleInput } from '../rule.ts';

/** The mapping's schema registry; undefined when it has none. */
export function registryOf({ mapping }: RuleInput): SchemaRegistryConfig | undefined {
  const { AmazonManagedKafkaEventSourceConfig: msk, SelfManagedKafkaEventSourceConfig: own } = mapping;
  return msk?.SchemaRegistryConfig ?? own?.SchemaRegistryConfig;
}

/** Whether the mapping's registry reads this part of a record. */
export function isValidated(input: RuleInput, part: 'KEY' | 'VALUE'): boolean {
  const { SchemaValidationConfigs = [] } = registryOf(input) ?? {};
  return SchemaValidationConfigs.some(({ Attribute }) => Attribute === part);
}
