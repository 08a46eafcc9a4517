import { guide, type Rule } from '../rule.ts';
import { queue } from './example.ts';

export const queueHasNoOrder: Rule = {
  refuses: 'queue mode with an order, which it does not keep',
  evidence: [guide('polling-kafka-queue', 'share groups read a partition side by side, in no order')],
  proofs: [
    {
      failing: (kit) => ({
        ...queue.selfManaged(kit),
        definition: { ...queue.settings.definition, order: 'key' },
      }),
      passing: queue.selfManaged,
    },
  ],
  check({ definition, mapping }) {
    if (mapping.SelfManagedKafkaEventSourceConfig?.ConsumptionMode !== 'Queue') return undefined;
    if (definition.order === 'none') return undefined;
    return {
      field: 'order',
      got: `${definition.order} in queue mode`,
      why: 'pollers of a share group read one partition side by side: records of a key are processed at the same time, in any order',
      remedy: "set order to 'none', or leave consumptionMode out",
    };
  },
};
