import { guide, type Rule } from '../rule.ts';
import { queue } from './example.ts';

export const queueNeedsSelfManaged: Rule = {
  refuses: 'queue mode on an MSK cluster',
  evidence: [
    guide('polling-kafka-queue', 'Queue is a consumption mode of self-managed Apache Kafka, 4.2 or later'),
    {
      kind: 'api-model',
      from: 'CloudFormation resource schema, AmazonManagedKafkaEventSourceConfig',
      says: 'it has no property ConsumptionMode (CloudFormation Validate F3002)',
      date: '2026-11',
    },
  ],
  proofs: [{ failing: { consumptionMode: 'queue', ...queue.settings }, passing: queue.selfManaged }],
  check({ mapping }) {
    if (mapping.AmazonManagedKafkaEventSourceConfig?.ConsumptionMode !== 'Queue') return undefined;
    return {
      field: 'consumptionMode',
      got: 'queue for an MSK cluster',
      why: 'AWS has queue mode for self-managed Kafka 4.2 or later only, and refuses the template',
      remedy: 'leave consumptionMode out',
    };
  },
};
