import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import type { Format } from '../../../lib/format/format.ts';
import type { SchemaRegistryConfig } from '../../mapping/schema-registry.ts';
import { guide, type ExampleKit, type Rule } from '../rule.ts';
import { isValidated, registryOf } from './registry.ts';

// A format by its name alone: the rule reads no more of it.
const format = (name: string): Format<string> => ({ name, decode: () => '' });
const glueRegistry = {
  type: 'glue',
  registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/orders',
  recordFormat: 'JSON',
} as const;
const guarded = ({ stack, id, secretArn }: ExampleKit) =>
  ({
    type: 'confluent-basic',
    url: 'https://registry',
    recordFormat: 'JSON',
    secret: Secret.fromSecretCompleteArn(stack, id(), secretArn),
  }) as const;

export const formatAgainstRegistry: Rule = {
  refuses:
    "a format that cannot read what the mapping's schema registry leaves of a record: Avro or Protobuf after `JSON`, or the other registry's framing",
  evidence: [
    guide(
      'services-consume-kafka-events',
      'JSON replaces the record by JSON text; SOURCE leaves its bytes without the prefix of the registry',
    ),
  ],
  proofs: [
    {
      about: 'JSON read as Avro',
      failing: { schemaRegistry: glueRegistry, definition: { value: format('glue avro') } },
      passing: {
        schemaRegistry: { ...glueRegistry, recordFormat: 'SOURCE' },
        definition: { value: format('glue avro') },
      },
    },
    {
      about: 'JSON in bare Avro’s place',
      failing: (kit) => ({ schemaRegistry: guarded(kit), definition: { value: format('avro') } }),
      passing: (kit) => ({
        schemaRegistry: { ...guarded(kit), attributes: ['KEY'] },
        definition: { value: format('avro') },
      }),
    },
    {
      about: 'Glue’s framing from Confluent’s registry',
      failing: (kit) => ({ schemaRegistry: guarded(kit), definition: { value: format('glue json') } }),
      passing: (kit) => ({ schemaRegistry: guarded(kit), definition: { value: format('confluent json') } }),
    },
    {
      about: 'Confluent’s framing from Glue’s registry',
      failing: { schemaRegistry: glueRegistry, definition: { value: format('confluent json') } },
      passing: { schemaRegistry: glueRegistry, definition: { value: format('json') } },
    },
  ],
  check(input) {
    const registry = registryOf(input);
    if (registry === undefined) return undefined;
    for (const part of ['VALUE', 'KEY'] as const) {
      const field = part === 'VALUE' ? 'value' : 'key';
      const read = input.definition[field];
      const mismatch =
        read === undefined || !isValidated(input, part) ? undefined : findMismatch(read, registry);
      if (mismatch !== undefined) {
        return {
          field,
          got: `format ${read?.name} with ${mismatch.got}`,
          why: 'no record could be read, and every one would be dead-lettered',
          remedy: mismatch.remedy,
        };
      }
    }
    return undefined;
  },
};

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
