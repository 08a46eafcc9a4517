import type { Rule } from '../rule.ts';

export const bisectWithoutPartialResponses: Rule = {
  refuses: 'halving batches while partial responses are off',
  evidence: [
    {
      kind: 'arithmetic',
      from: 'AWS Lambda developer guide, kafka-retry-configurations',
      says: 'halves are retried separately; a batch of 10000 is halved 13 times down to one record',
    },
  ],
  proofs: [
    {
      failing: { overrides: { FunctionResponseTypes: [] } },
      passing: {
        overrides: { FunctionResponseTypes: [] },
        definition: { retry: { bisect: false } },
      },
      bothAlso: ['PARTIAL_RESPONSES_OFF'],
    },
  ],
  check({ mapping }) {
    const { BisectBatchOnFunctionError, FunctionResponseTypes = [] } = mapping;
    if (BisectBatchOnFunctionError !== true || FunctionResponseTypes.includes('ReportBatchItemFailures')) {
      return undefined;
    }
    return {
      field: 'retry.bisect',
      got: 'true without ReportBatchItemFailures',
      why: 'AWS halves a failed batch down to its bad record and runs every good one again each time, up to 14 times in a batch of 10000',
      remedy: 'keep ReportBatchItemFailures, or set retry.bisect to false',
    };
  },
};
