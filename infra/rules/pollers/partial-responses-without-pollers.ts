import { guide, isProvisioned, type Rule } from '../rule.ts';
import { keepPollers, onDemand } from './on-demand.ts';

export const partialResponsesWithoutPollers: Rule = {
  refuses: 'partial responses without provisioned pollers',
  evidence: [
    guide('kafka-retry-configurations', 'partial batch responses are a control of provisioned mode'),
  ],
  proofs: [
    {
      failing: { overrides: { ...onDemand, FunctionResponseTypes: ['ReportBatchItemFailures'] } },
      failingAlso: ['INFINITE_RETRIES_CAPPED'],
      passing: { overrides: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
    },
  ],
  check(input) {
    const { FunctionResponseTypes = [] } = input.mapping;
    if (isProvisioned(input) || FunctionResponseTypes.length === 0) return undefined;
    return {
      field: 'ProvisionedPollerConfig',
      got: `none with FunctionResponseTypes ${FunctionResponseTypes.join(', ')}`,
      why: 'AWS reads partial responses for Kafka in provisioned mode only; records reported for another attempt would be committed as done',
      remedy: keepPollers,
    };
  },
};
