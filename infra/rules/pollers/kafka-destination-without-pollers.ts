import { destinationOf, guide, isProvisioned, type Rule } from '../rule.ts';
import { onDemand } from './on-demand.ts';

export const kafkaDestinationWithoutPollers: Rule = {
  refuses: 'a Kafka topic as destination without provisioned pollers',
  evidence: [
    guide('kafka-on-failure-destination', 'a Kafka topic as on-failure destination needs provisioned mode'),
  ],
  proofs: [
    {
      failing: { overrides: onDemand, onFailure: { type: 'kafka-topic', topic: 'failed' } },
      failingAlso: ['PARTIAL_RESPONSES_OFF', 'INFINITE_RETRIES_CAPPED'],
      passing: { onFailure: { type: 'kafka-topic', topic: 'failed' } },
    },
    {
      about: 'also where the definition asks for none',
      failing: {
        definition: { provisionedPollers: false },
        onFailure: { type: 'kafka-topic', topic: 'failed' },
      },
      passing: { definition: { provisionedPollers: false } },
    },
  ],
  check(input) {
    const destination = destinationOf(input);
    if (isProvisioned(input) || destination?.startsWith('kafka://') !== true) return undefined;
    return {
      field: 'ProvisionedPollerConfig',
      got: `none with destination ${destination}`,
      why: 'AWS writes to a Kafka topic in provisioned mode only; what fails would be stored nowhere',
      remedy: 'keep provisioned pollers, or choose an S3 bucket, SQS queue or SNS topic',
    };
  },
};
