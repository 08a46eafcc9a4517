// Whether what a mapping gives up can arrive where it should, and whether its role may do what overrides ask of it.

import { Token } from 'aws-cdk-lib';
import { toResource } from '../mapping/destination.ts';
import { isMsk } from '../source/source.ts';
import { destinationOf, type Finding, type RuleInput } from './rule.ts';

/** `DEAD_LETTER_TOPIC_IS_SOURCE` */
export function deadLetterTopicIsSource(input: RuleInput): Finding | undefined {
  const topic = input.mapping.Topics?.[0];
  if (topic === undefined || destinationOf(input) !== `kafka://${topic}`) return undefined;
  return {
    field: 'onFailure.topic',
    got: topic,
    why: 'it is the topic that is read: each failure would come back as a new record, fail again, and fill the topic',
    remedy: `name another topic of the cluster, such as ${topic}.dead-letter`,
  };
}

/** `DESTINATION_IS_FIFO` */
export function destinationIsFifo({ onFailure }: RuleInput): Finding | undefined {
  const isFifo =
    (onFailure.type === 'sqs' && onFailure.queue.fifo) || (onFailure.type === 'sns' && onFailure.topic.fifo);
  if (!isFifo) return undefined;
  return {
    field: 'onFailure',
    got: `a FIFO ${onFailure.type === 'sqs' ? 'queue' : 'topic'}`,
    why: 'AWS delivers to standard queues and topics only; what fails would be dropped',
    remedy: 'give it a standard one',
  };
}

/** `DESTINATION_NOT_WRITABLE` */
export function destinationNotWritable({ onFailure, source, account }: RuleInput): Finding | undefined {
  const field = 'onFailure';
  if (onFailure.type === 'kafka-topic') {
    // With IAM the grant is made here; without authentication there is nobody to grant anything to.
    if (source.type === 'msk-iam' || source.type === 'msk-unauthenticated') return undefined;
    return {
      field,
      got: `topic ${onFailure.topic} of a cluster with ${isMsk(source) ? 'MSK' : 'its own'} ${source.type.replace(/^(msk|self-managed)-/, '')} authentication`,
      why: "the right to write there is an ACL of the broker, which synth cannot see or make; without it AWS's delivery fails and the records are dropped",
      remedy: `allow Write and Describe on the topic to the secret's user, then acknowledge, saying where that is done`,
    };
  }
  const owner = toResource(onFailure)?.env.account;
  if (owner === undefined || account === undefined || Token.isUnresolved(owner) || owner === account) {
    return undefined;
  }
  return {
    field,
    got: `a destination of account ${owner} for a function of account ${account}`,
    why: "the function's role alone cannot reach into another account; without its resource policy AWS's delivery fails and the records are dropped",
    remedy: `allow it in the destination's resource policy, then acknowledge, saying where that is done`,
  };
}

/** What the role's permissions were made for. */
const granted: ReadonlySet<string> = new Set([
  'AmazonManagedKafkaEventSourceConfig',
  'DestinationConfig',
  'EventSourceArn',
  'FunctionName',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'Topics',
]);

/** `UNGRANTED_OVERRIDE` */
export function ungrantedOverride({ overrides }: RuleInput): Finding | undefined {
  // One that is undefined takes something away, which needs no permission.
  const found = Object.keys(overrides).filter((name) => granted.has(name) && overrides[name] !== undefined);
  if (found.length === 0) return undefined;
  return {
    field: 'overrides',
    got: found.join(', '),
    why: "the role's permissions follow the props, not overrides: the mapping would deploy, and then be refused what it asks for",
    remedy:
      'use the props definition, source, groupId and onFailure, or grant it to the consumer yourself and acknowledge',
  };
}
