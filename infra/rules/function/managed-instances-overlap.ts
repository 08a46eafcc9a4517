import type { Rule } from '../rule.ts';

const capacityProvider = 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:orders';

export const managedInstancesOverlap: Rule = {
  refuses: 'a function on Lambda Managed Instances, whose invocations overlap in one process',
  evidence: [
    {
      kind: 'api-model',
      from: 'aws-lambda-ric 4.0.2, read in its source; AWS Lambda developer guide, lambda-managed-instances-*',
      says: 'up to 64 invocations at once per vCPU share a process; a worker takes the next event without waiting for the last',
      date: '2026-11-29',
    },
    {
      kind: 'inferred',
      from: 'the same pages',
      says: 'whether Kafka mappings may target such functions is not documented',
      date: '2026-11-29',
    },
  ],
  proofs: [{ failing: { function: { capacityProvider } }, passing: { function: {} } }],
  check({ function: { hasCapacityProvider } }) {
    if (!hasCapacityProvider) return undefined;
    return {
      field: 'function',
      got: 'a function on a capacity provider',
      why: 'its invocations overlap in one process, for which the memory contract of the runtime is not made yet; nor does AWS document Kafka mappings for it',
      remedy: 'use a function without capacityProviderConfig',
    };
  },
};
