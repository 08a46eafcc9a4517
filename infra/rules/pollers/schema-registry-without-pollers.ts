import { guide, isProvisioned, type Rule } from '../rule.ts';
import { registryOf } from '../reading/registry.ts';
import { onDemand } from './on-demand.ts';

const schemaRegistry = {
  type: 'glue',
  registryArn: 'arn:aws:glue:eu-west-1:123456789012:registry/orders',
  recordFormat: 'JSON',
} as const;

export const schemaRegistryWithoutPollers: Rule = {
  refuses: 'a schema registry of the mapping without provisioned pollers',
  evidence: [guide('services-consume-kafka-events', 'schema registries are for provisioned mode')],
  proofs: [
    {
      failing: { overrides: onDemand, schemaRegistry },
      failingAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
      passing: { schemaRegistry },
    },
    {
      about: 'also where the definition asks for none',
      failing: { definition: { provisionedPollers: false }, schemaRegistry },
      passing: { definition: { provisionedPollers: false } },
    },
  ],
  check(input) {
    if (isProvisioned(input) || registryOf(input) === undefined) return undefined;
    return {
      field: 'ProvisionedPollerConfig',
      got: 'none with SchemaRegistryConfig',
      why: 'AWS has schema registries for Kafka in provisioned mode only',
      remedy: 'keep provisioned pollers, or leave schemaRegistry out and let the format ask the registry',
    };
  },
};
