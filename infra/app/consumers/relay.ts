// What the relay consumer writes to: a FIFO queue for consumers that still speak SQS, and a bucket for bodies too large
// for a message.

import { CfnOutput, Duration, RemovalPolicies, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import type { KafkaConsumer } from '../../kafka-consumer.ts';
import type { KafkaConsumers } from '../../kafka-consumers.ts';
import { addBucket } from '../tailrace-stack.ts';

const messageDays = 14; // the longest that SQS keeps a message
const claimCheckDays = 30; // longer than a message and a dead-letter queue behind it, 14 days each, can refer to it

/** Adds the relay consumer, its queue and claim-check bucket, and the right to send and to put there. */
export function addRelay(consumers: KafkaConsumers, definition: ConsumerDefinition): KafkaConsumer {
  const stack = Stack.of(consumers);
  const { removalPolicy } = consumers;
  const queue = new Queue(stack, 'RelayQueue', {
    fifo: true,
    // High throughput: order and deduplication within a message group, which is a record's key.
    deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
    fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    maxMessageSizeBytes: 1_048_576, // SQS's limit; from which size on bodies go to the bucket is the handler's choice
    retentionPeriod: Duration.days(messageDays),
    // SQS's own 30 seconds is short for a reader that fetches a claim-checked body and works on it.
    visibilityTimeout: Duration.minutes(2),
    removalPolicy,
  });
  RemovalPolicies.of(queue).apply(removalPolicy); // its policy, which asks for TLS, goes or stays with it
  new CfnOutput(stack, 'RelayQueueUrl', { value: queue.queueUrl });
  const bucket = addBucket(consumers, 'RelayBucket', claimCheckDays);
  const consumer = consumers.add(definition, {
    environment: { RELAY_QUEUE_URL: queue.queueUrl, RELAY_BUCKET: bucket.bucketName },
  });
  for (const statement of [
    new PolicyStatement({ sid: 'SendMessages', actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
    new PolicyStatement({
      sid: 'WriteClaimChecks',
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`claim/${definition.topic}/*`)],
    }),
  ]) {
    consumer.grantPrincipal.addToPrincipalPolicy(statement);
  }
  return consumer;
}
