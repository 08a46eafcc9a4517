// Schemas: what a mapping does with records by its registry, against what the definition reads them as.

import type { ConsumerDefinition } from '../../lib/definition/define-consumer.ts';
import type { SchemaRegistryConfig } from '../mapping/schema-registry.ts';
import { isProvisioned, type Finding, type RuleInput } from './rule.ts';

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

/** `SCHEMA_REGISTRY_WITHOUT_POLLERS` */
export function schemaRegistryWithoutPollers(input: RuleInput): Finding | undefined {
  if (isProvisioned(input) || registryOf(input) === undefined) return undefined;
  return {
    field: 'ProvisionedPollerConfig',
    got: 'none beside SchemaRegistryConfig',
    why: 'AWS has schema registries for Kafka in provisioned mode only',
    remedy: 'keep ProvisionedPollerConfig, or leave schemaRegistry out and let the format ask the registry',
  };
}

/** `FORMAT_AGAINST_REGISTRY` */
export function formatAgainstRegistry(input: RuleInput): Finding | undefined {
  const registry = registryOf(input);
  if (registry === undefined) return undefined;
  for (const part of ['VALUE', 'KEY'] as const) {
    const field = part === 'VALUE' ? 'value' : 'key';
    const format = input.definition[field];
    const mismatch =
      format === undefined || !isValidated(input, part) ? undefined : findMismatch(format, registry);
    if (mismatch !== undefined) {
      return {
        field,
        got: `format ${format?.name} with ${mismatch.got}`,
        why: 'no record could be read, and every one would be dead-lettered',
        remedy: mismatch.remedy,
      };
    }
  }
  return undefined;
}

function findMismatch(
  { name }: NonNullable<ConsumerDefinition['value']>,
  { EventRecordFormat, SchemaRegistryURI = '' }: SchemaRegistryConfig,
): { readonly got: string; readonly remedy: string } | undefined {
  if (EventRecordFormat === 'JSON' && /(?:^| )(?:avro|protobuf)$/.test(name)) {
    return {
      got: 'a mapping that has turned the record into JSON',
      remedy: "use json() in the definition, or schemaRegistry.recordFormat 'SOURCE'",
    };
  }
  // An ARN that is known only at deployment is Glue's; a registry of Confluent's is named by its URL.
  const kind = /^https?:/.test(SchemaRegistryURI) ? 'confluent' : 'glue';
  const framing = /^(?:confluent|glue)(?= )/.exec(name)?.[0];
  if (framing === undefined || framing === kind) return undefined;
  return { got: `a registry of type ${kind}`, remedy: `use ${kind}() in the definition` };
}
