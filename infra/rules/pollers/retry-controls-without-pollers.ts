import { guide, isProvisioned, type Rule } from '../rule.ts';
import { keepPollers, onDemand } from './on-demand.ts';

export const retryControlsWithoutPollers: Rule = {
  refuses: 'attempts, age or halving without provisioned pollers',
  evidence: [
    guide('kafka-retry-configurations', 'retry controls are configured for provisioned mode'),
    {
      kind: 'inferred',
      from: 'the same page',
      says: 'whether the API refuses the combination or ignores it has not been tried; ignored, failing batches are retried for ever',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      failing: { overrides: { ...onDemand, MaximumRecordAgeInSeconds: 3600 } },
      passing: { overrides: { ...onDemand, BisectBatchOnFunctionError: false } },
      bothAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
    },
    {
      about: 'an empty setting is no poller',
      failing: { overrides: { ProvisionedPollerConfig: {} } },
      failingAlso: ['PARTIAL_RESPONSES_WITHOUT_POLLERS'],
      passing: { overrides: { ProvisionedPollerConfig: { MinimumPollers: 1 } } },
    },
  ],
  check(input) {
    const { MaximumRetryAttempts, MaximumRecordAgeInSeconds, BisectBatchOnFunctionError } = input.mapping;
    const set = Object.entries({
      MaximumRetryAttempts,
      MaximumRecordAgeInSeconds,
      BisectBatchOnFunctionError: BisectBatchOnFunctionError === true ? true : undefined,
    }).filter(([, value]) => value !== undefined);
    if (isProvisioned(input) || set.length === 0) return undefined;
    return {
      field: 'ProvisionedPollerConfig',
      got: `none with ${set.map(([name, value]) => `${name} ${value}`).join(', ')}`,
      why: 'AWS has retry controls for Kafka in provisioned mode only; a batch that fails would be retried until Kafka drops it, its partition standing still',
      remedy: keepPollers,
    };
  },
};
