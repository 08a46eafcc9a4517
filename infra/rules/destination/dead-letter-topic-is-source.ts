import { destinationOf, guide, type Rule } from '../rule.ts';

export const deadLetterTopicIsSource: Rule = {
  refuses: 'failures going back to the topic that is read',
  evidence: [guide('kafka-on-failure-destination', 'the destination topic must not be the source topic')],
  proofs: [
    {
      failing: { onFailure: { type: 'kafka-topic', topic: 'orders.v1' } },
      passing: { onFailure: { type: 'kafka-topic', topic: 'orders.v1.failed' } },
    },
  ],
  check(input) {
    const topic = input.mapping.Topics?.[0];
    if (topic === undefined || destinationOf(input) !== `kafka://${topic}`) return undefined;
    return {
      field: 'onFailure.topic',
      got: topic,
      why: 'it is the topic that is read: each failure would come back as a new record, fail again, and fill the topic',
      remedy: `name another topic of the cluster, such as ${topic}.dead-letter`,
    };
  },
};
