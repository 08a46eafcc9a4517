import { guide, type Rule } from '../rule.ts';

const capacityProvider = 'arn:aws:lambda:eu-west-1:123456789012:capacity-provider:orders';
const leastMb = 2048;

export const managedInstancesMemory: Rule = {
  refuses: 'a function on Lambda Managed Instances with less than 2 GB',
  evidence: [
    {
      kind: 'reported',
      from: 'edjgeek.com, lambda-managed-instances (an AWS advocate)',
      says: 'minimum 2 GB memory; 64 invocations at once per vCPU for Node.js',
      date: '2026-11',
    },
    guide(
      'lambda-managed-instances-quotas',
      'event source mappings on Managed Instances support Amazon MSK and self-managed Apache Kafka',
    ),
    guide(
      'lambda-managed-instances-nodejs-runtime',
      'worker threads share a process, and each processes several requests at once',
    ),
  ],
  proofs: [
    {
      failing: {
        definition: { memory: { sizeMb: 2047 } },
        function: { capacityProvider, memorySize: 2047, isJson: true },
      },
      passing: {
        definition: { memory: { sizeMb: 2048 } },
        function: { capacityProvider, memorySize: 2048, isJson: true },
      },
    },
  ],
  check({ function: { hasCapacityProvider, memorySizeMb } }) {
    if (!hasCapacityProvider || memorySizeMb === undefined || memorySizeMb >= leastMb) return undefined;
    return {
      field: 'function',
      got: `${memorySizeMb} MB on a capacity provider`,
      why: 'such a function has at least 2 GB, which its worker threads and the invocations in each of them share',
      remedy: `give it at least ${leastMb} MB, or leave capacityProviderConfig out`,
    };
  },
};
