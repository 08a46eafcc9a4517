import { none } from '../pollers/on-demand.ts';
import { guide, type Rule } from '../rule.ts';

export const partialResponsesOff: Rule = {
  refuses: 'a mapping that ignores what the runtime reports for another attempt',
  evidence: [
    guide(
      'kafka-retry-configurations',
      'a function reports failed records only with ReportBatchItemFailures; otherwise its response is not read',
    ),
  ],
  proofs: [
    {
      failing: {
        overrides: { FunctionResponseTypes: none },
        definition: { retry: { bisect: false } },
      },
      passing: { definition: { retry: { bisect: false } } },
    },
    {
      about: 'also without the pollers that an override takes away',
      failing: {
        overrides: {
          ProvisionedPollerConfig: none,
          MaximumRetryAttempts: none,
          MaximumRecordAgeInSeconds: none,
          BisectBatchOnFunctionError: none,
          FunctionResponseTypes: none,
        },
      },
      failingAlso: ['INFINITE_RETRIES_CAPPED'],
      passing: { definition: { provisionedPollers: false } },
    },
  ],
  check({ definition, mapping }) {
    const { FunctionResponseTypes = [] } = mapping;
    // Without pollers the runtime throws for a batch with a failure in it, and AWS sends the whole of it again.
    if (definition.provisionedPollers === false) return undefined;
    if (FunctionResponseTypes.includes('ReportBatchItemFailures')) return undefined;
    return {
      field: 'FunctionResponseTypes',
      got: FunctionResponseTypes,
      why: 'AWS ignores the response then, in which the runtime lists what to deliver again: those records would be committed as done, and lost',
      remedy:
        'keep ReportBatchItemFailures, or set provisionedPollers: false in the definition, by which the runtime throws for a failed batch',
    };
  },
};
