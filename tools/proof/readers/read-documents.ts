// Reads back what mappings have written about records that they gave up: to an SQS queue, to an SNS topic by way of a queue that
// was subscribed beforehand, or to a Kafka topic. Documents in S3 are read with the dead letters.

import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import type { Kafka } from 'kafkajs';
import type { KafkaEvent } from '../../../lib/index.ts';
import type { AwsClients } from '../../aws/clients.ts';
import { groupTimings } from '../../broker/kafka-client.ts';
import type { OffsetRange } from '../../local/events.ts';
import { toFoundRecord } from './read-dead-letters.ts';
import type { Found } from '../found.ts';

/** One document about records that a mapping gave up. */
export interface FailureDocument {
  /** Of the function that the records were meant for, without a qualifier. */
  readonly functionName: string;
  readonly topic: string;
  readonly condition: string;
  /** The record itself, where the document has it. */
  readonly record: (Required<Found> & { readonly partition: number; readonly offset: number }) | undefined;
  /** Otherwise the first and last offsets of each partition; `records` of those between stand for it. */
  readonly ranges: readonly OffsetRange[];
  readonly records: number;
}

interface Document {
  readonly requestContext?: { readonly functionArn?: string; readonly condition?: string };
  readonly KafkaBatchInfo?: {
    readonly batchSize?: number;
    readonly recordsInfo?: Readonly<
      Record<string, { readonly firstRecordOffset: string; readonly lastRecordOffset: string }>
    >;
  };
  readonly payload?: KafkaEvent;
}

/** Subscribes a queue of the proof's own to an SNS topic; gives its URL. */
export async function subscribeQueue(
  { sqs, sns }: Pick<AwsClients, 'sqs' | 'sns'>,
  topicArn: string,
  queueName: string,
): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: Attributes?.['QueueArn'] }),
  );
  return QueueUrl;
}

/** Takes every document out of a queue; `isWrapped` for one that an SNS topic feeds. What is no document stays uncounted. */
export async function* readQueueDocuments(
  sqs: AwsClients['sqs'],
  queueUrl: string,
  isWrapped = false,
): AsyncGenerator<FailureDocument> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return;
    for (const { Body = '' } of Messages) {
      const text = isWrapped ? (parse(Body) as { readonly Message?: string } | undefined)?.Message : Body;
      const document = toDocument(parse(text ?? '') as Document | undefined);
      if (document !== undefined) yield document;
    }
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** Every document in a Kafka topic, from its beginning to where it ends now. */
export async function readTopicDocuments(kafka: Kafka, topic: string): Promise<readonly FailureDocument[]> {
  const admin = kafka.admin();
  await admin.connect();
  const bounds = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(
    bounds.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]),
  );
  if (left.size === 0) return [];
  const documents: FailureDocument[] = [];
  const consumer = kafka.consumer({ groupId: `tailrace-proof-${process.pid}-${topic}`, ...groupTimings });
  const done = Promise.withResolvers<void>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const document = toDocument(parse(message.value?.toString() ?? '') as Document | undefined);
        if (document !== undefined) documents.push(document);
        if (Number(message.offset) + 1 >= (left.get(partition) ?? 0)) left.delete(partition);
        if (left.size === 0) done.resolve();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
  return documents;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's message: queue and topic are the app's, and may serve other purposes.
    return undefined;
  }
}

function toDocument(document: Document | undefined): FailureDocument | undefined {
  const { functionArn = '', condition = '' } = document?.requestContext ?? {};
  const functionName = functionArn.split(':function:')[1]?.split(':')[0];
  const info = document?.KafkaBatchInfo;
  if (functionName === undefined || info === undefined) return undefined;
  const record =
    document?.payload === undefined ? undefined : Object.values(document.payload.records).flat()[0];
  if (record !== undefined) {
    const { topic, partition, offset } = record;
    const found = { partition, offset, ...toFoundRecord(record) };
    return { functionName, topic, condition, record: found, ranges: [], records: 1 };
  }
  const groups = Object.entries(info.recordsInfo ?? {}).map(
    ([name, { firstRecordOffset, lastRecordOffset }]) => ({
      topic: name.slice(0, name.lastIndexOf('-')),
      partition: Number(name.slice(name.lastIndexOf('-') + 1)),
      from: Number(firstRecordOffset),
      to: Number(lastRecordOffset) + 1,
    }),
  );
  const topic = groups[0]?.topic ?? '';
  const ranges = groups.map(({ partition, from, to }) => ({ partition, from, to }));
  return { functionName, topic, condition, record: undefined, ranges, records: info.batchSize ?? 0 };
}
