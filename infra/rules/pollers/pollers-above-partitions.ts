import { guide, type Rule } from '../rule.ts';

export const pollersAbovePartitions: Rule = {
  refuses: 'more pollers than `partitions`',
  evidence: [guide('kafka-scaling-modes', 'pollers never exceed the number of partitions')],
  proofs: [
    {
      failing: { definition: { provisionedPollers: { max: 7 } }, partitions: 6 },
      passing: { definition: { provisionedPollers: { max: 6 } }, partitions: 6 },
    },
  ],
  check({ mapping, partitions }) {
    const { MaximumPollers, MinimumPollers } = mapping.ProvisionedPollerConfig ?? {};
    const most = Math.max(MaximumPollers ?? 0, MinimumPollers ?? 0);
    // A share group's pollers read the same partition side by side.
    const isQueue = mapping.SelfManagedKafkaEventSourceConfig?.ConsumptionMode === 'Queue';
    if (partitions === undefined || most <= partitions || isQueue) return undefined;
    return {
      field: 'provisionedPollers.max',
      got: `${most} for ${partitions} partitions`,
      why: 'a partition has one poller at a time, so AWS stops at the number of partitions without a word and the throughput counted on never comes',
      remedy: `set provisionedPollers.max to at most ${partitions}, or add partitions`,
    };
  },
};
