import { guide, type Rule } from '../rule.ts';
import { queue } from './example.ts';

export const queueHasNoWindow: Rule = {
  refuses: 'queue mode with a batching window',
  evidence: [guide('kafka-esm-parameters', 'MaximumBatchingWindowInSeconds does not apply in Queue mode')],
  proofs: [
    {
      failing: (kit) => ({
        ...queue.selfManaged(kit),
        definition: { ...queue.settings.definition, batch: { maximumBatchingWindowSeconds: 1 } },
      }),
      passing: queue.selfManaged,
    },
  ],
  check({ definition, mapping }) {
    if (mapping.SelfManagedKafkaEventSourceConfig?.ConsumptionMode !== 'Queue') return undefined;
    const { maximumBatchingWindowSeconds } = definition.batch;
    if (maximumBatchingWindowSeconds === 0 && mapping.MaximumBatchingWindowInSeconds === undefined)
      return undefined;
    return {
      field: 'batch.maximumBatchingWindowSeconds',
      got: `${mapping.MaximumBatchingWindowInSeconds ?? maximumBatchingWindowSeconds} in queue mode`,
      why: 'AWS has no batching window in queue mode: batches are what a poll brings',
      remedy: 'set it to 0, or leave consumptionMode out',
    };
  },
};
