import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { guide, type Rule } from '../rule.ts';

export const destinationIsFifo: Rule = {
  refuses: 'a FIFO queue or topic as destination',
  evidence: [
    guide('kafka-on-failure', 'destinations are standard SQS queues and standard SNS topics'),
    {
      kind: 'documentation',
      from: 'cdk-preflight, rule pf-lambda-esm-ddb-destination-standard-only',
      says: 'failure records are written out of order, so only standard queues and topics are accepted',
      date: '2026-11',
    },
  ],
  proofs: [
    {
      about: 'a queue',
      failing: ({ stack, id }) => ({
        onFailure: { type: 'sqs', queue: new Queue(stack, id(), { fifo: true }) },
      }),
      passing: ({ stack, id }) => ({ onFailure: { type: 'sqs', queue: new Queue(stack, id()) } }),
    },
    {
      about: 'a topic',
      failing: ({ stack, id }) => ({
        onFailure: { type: 'sns', topic: new Topic(stack, id(), { fifo: true }) },
      }),
      passing: ({ stack, id }) => ({ onFailure: { type: 'sns', topic: new Topic(stack, id()) } }),
    },
  ],
  check({ onFailure }) {
    const isFifo =
      (onFailure.type === 'sqs' && onFailure.queue.fifo) ||
      (onFailure.type === 'sns' && onFailure.topic.fifo);
    if (!isFifo) return undefined;
    return {
      field: 'onFailure',
      got: `a FIFO ${onFailure.type === 'sqs' ? 'queue' : 'topic'}`,
      why: 'AWS delivers to standard queues and topics only; what fails would be dropped',
      remedy: 'give it a standard one',
    };
  },
};
