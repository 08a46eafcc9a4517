// Where a mapping puts what it gives up: failed batches after their last attempt, records too old or too large. Each
// kind knows its address in the template and what writing there takes.

import { Reference, Tokenization, type IResource } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, type IEventSourceDlq, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { writeStatements } from '../source/source-grants.ts';
import type { KafkaSource } from '../source/source.ts';

/**
 * An on-failure destination. Only `s3` and `kafka-topic` keep the records themselves; a queue or an SNS topic is told
 * which offsets failed, and who needs the records must read them from Kafka before its retention ends.
 */
export type Destination =
  | { readonly type: 's3'; readonly bucket: IBucket }
  | { readonly type: 'sqs'; readonly queue: IQueue }
  | { readonly type: 'sns'; readonly topic: ITopic }
  /** A topic of the cluster that the consumer reads; another one than it reads. */
  | { readonly type: 'kafka-topic'; readonly topic: string };

/** What `onFailure` takes. */
export type OnFailure = Destination | IEventSourceDlq;

/** A destination of CDK's, whose kind its address does not tell. */
interface OtherDestination {
  readonly type: 'other';
  readonly address: string;
}

/** Where a mapping sends what it gives up, as far as synth can know it. */
export type ResolvedDestination = Destination | OtherDestination;

/** Whether it is one of CDK's own, which makes its own grants. */
export function isOfCdk(onFailure: OnFailure): onFailure is IEventSourceDlq {
  return 'bind' in onFailure;
}

/** Binds a destination of CDK's to a mapping, and finds out what it leads to; one of ours is what it is. */
export function resolveDestination(
  onFailure: OnFailure,
  around: { readonly scope: Construct; readonly mappingId: string; readonly fn: IFunction },
): ResolvedDestination {
  if (!isOfCdk(onFailure)) return onFailure;
  const { scope, mappingId, fn } = around;
  const mapping = EventSourceMapping.fromEventSourceMappingId(scope, 'OnFailureOf', mappingId);
  const { destination: address } = onFailure.bind(mapping, fn);
  if (address.startsWith('kafka://')) return { type: 'kafka-topic', topic: address.slice('kafka://'.length) };
  return readReference(address) ?? readArn(scope, address) ?? { type: 'other', address };
}

function readReference(address: string): Destination | undefined {
  // Undefined for text around a token, such as the ARN of an imported bucket, whose partition alone is one.
  const token = Tokenization.reverse(address, { failConcat: false });
  const owner = Reference.isReference(token) ? token.target.node.scope : undefined;
  if (owner instanceof Queue) return { type: 'sqs', queue: owner };
  if (owner instanceof Topic) return { type: 'sns', topic: owner };
  if (owner instanceof Bucket) return { type: 's3', bucket: owner };
  return undefined;
}

// A token in a text has no colon, so that a service which is no token is found whatever else is one.
function readArn(scope: Construct, arn: string): Destination | undefined {
  const [, , service] = arn.split(':');
  if (service === 'sqs') {
    // Of an ARN with a token CDK looks at no name.
    const attributes = { queueArn: arn, fifo: arn.endsWith('.fifo') };
    return { type: 'sqs', queue: Queue.fromQueueAttributes(scope, 'OnFailureQueue', attributes) };
  }
  if (service === 'sns') return { type: 'sns', topic: Topic.fromTopicArn(scope, 'OnFailureTopic', arn) };
  if (service === 's3') return { type: 's3', bucket: Bucket.fromBucketArn(scope, 'OnFailureBucket', arn) };
  return undefined;
}

/** What the template calls it: an ARN, or `kafka://<topic>`. */
export function toAddress(destination: ResolvedDestination): string {
  switch (destination.type) {
    case 'other':
      return destination.address;
    case 's3':
      return destination.bucket.bucketArn;
    case 'sqs':
      return destination.queue.queueArn;
    case 'sns':
      return destination.topic.topicArn;
    case 'kafka-topic':
      return `kafka://${destination.topic}`;
  }
}

/** The resource behind it; undefined for a Kafka topic, and where it is not known. */
export function toResource(destination: ResolvedDestination): IResource | undefined {
  switch (destination.type) {
    case 's3':
      return destination.bucket;
    case 'sqs':
      return destination.queue;
    case 'sns':
      return destination.topic;
    case 'kafka-topic':
    case 'other':
      return undefined;
  }
}

/** What writing there takes. */
export function destinationStatements(
  destination: ResolvedDestination,
  source: KafkaSource,
): PolicyStatement[] {
  switch (destination.type) {
    case 'other':
      return [];
    case 's3':
      return storeStatements(destination.bucket);
    case 'sqs': {
      const { queueArn, encryptionMasterKey } = destination.queue;
      return [
        statement('SendFailedBatches', ['sqs:SendMessage'], queueArn),
        ...keyStatements(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionMasterKey),
      ];
    }
    case 'sns': {
      const { topicArn, masterKey } = destination.topic;
      return [
        statement('PublishFailedBatches', ['sns:Publish'], topicArn),
        ...keyStatements(['kms:Decrypt', 'kms:GenerateDataKey'], masterKey),
      ];
    }
    case 'kafka-topic':
      return writeStatements(source, destination.topic);
  }
}

/** What the function itself needs to store its dead letters, each under `dead-letter/<consumer>/`. */
export function deadLetterStatements(bucket: IBucket, consumer: string): PolicyStatement[] {
  return [
    statement('StoreDeadLetters', ['s3:PutObject'], bucket.arnForObjects(`dead-letter/${consumer}/*`)),
    ...keyStatements(['kms:GenerateDataKey'], bucket.encryptionKey, 'EncryptDeadLetters'),
  ];
}

// The whole bucket: AWS documents no key for the failed batches of Kafka mappings, and a guess that is wrong would lose
// the very records that nothing else keeps. It asks for ListBucket to find the bucket.
function storeStatements(bucket: IBucket): PolicyStatement[] {
  return [
    statement('StoreFailedBatches', ['s3:PutObject'], bucket.arnForObjects('*')),
    statement('FindFailedBatchBucket', ['s3:ListBucket'], bucket.bucketArn),
    ...keyStatements(['kms:GenerateDataKey'], bucket.encryptionKey),
  ];
}

function keyStatements(
  actions: readonly string[],
  key: IKey | undefined,
  sid = 'EncryptFailedBatches',
): PolicyStatement[] {
  return key === undefined ? [] : [statement(sid, actions, key.keyArn)];
}

function statement(sid: string, actions: readonly string[], resource: string): PolicyStatement {
  return new PolicyStatement({ sid, actions: [...actions], resources: [resource] });
}
