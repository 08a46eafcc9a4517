// What a mapping sends to its on-failure destination about records that it discards: S3 and Kafka (with the records), SQS and SNS (without).
// Source: AWS Lambda guide, "Capturing discarded batches" for Kafka; marked choices are the project's.
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import type { AwsClients } from '../../aws/clients.ts';
import { composeEvent, type EventEnvelope } from '../event.ts';
import { toFailureDocument, toTopicDocument, type Discard } from './failure-document.ts';
import { createFailureTopic, type FailureTopic } from './failure-topic.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { OnFailure } from '../mapping/on-failure.ts';

/** Where and about what documents are written. */
export interface DestinationOptions {
  readonly mapping: Mapping;
  readonly functionArn: string;
  readonly envelope: EventEnvelope;
  readonly clients: AwsClients;
  /** The mapping's own cluster. */
  readonly kafka: Kafka;
  readonly queueUrl: (queueName: string) => string;
}

/** Writes one document per discard, or per record to Kafka; returns where, undefined if there is no destination. */
export type Deliver = (discard: Discard, nowMs: number) => Promise<string | undefined>;

/** The destination of one mapping. */
export interface Destination {
  /** It rejects when the service refuses the document. */
  readonly deliver: Deliver;
  readonly close: () => Promise<void>;
}

/** Makes the destination of one mapping; connects to nothing yet. */
export function createDestination(options: DestinationOptions): Destination {
  const { onFailure } = options.mapping;
  if (onFailure === undefined) return { deliver: async () => undefined, close: async () => {} };
  if (onFailure.type !== 'kafka')
    return {
      deliver: async (discard, nowMs) => await send(onFailure, options, { discard, nowMs }),
      close: async () => {},
    };
  if (onFailure.isReadOnly === true)
    return {
      deliver: async () => {
        throw new Error(`topic ${onFailure.topic} of --brokers is only read; --produce writes there, too`);
      },
      close: async () => {},
    };
  const topic = createFailureTopic(options.kafka, onFailure.topic);
  return {
    async deliver(discard, nowMs) {
      await sendToTopic(topic, options, { discard, nowMs });
      return onFailure.arn;
    },
    close: topic.close,
  };
}

// One message per record, in the order of their offsets, each with an event of its own.
async function sendToTopic(
  topic: FailureTopic,
  { functionArn, envelope }: DestinationOptions,
  { discard, nowMs }: { readonly discard: Discard; readonly nowMs: number },
): Promise<void> {
  const requestId = discard.requestId ?? randomUUID();
  const messages = discard.records.map((record) => {
    const event = composeEvent(envelope, [record]);
    const about = { ...discard, requestId, records: [record] };
    return { record, document: toTopicDocument({ discard: about, envelope, functionArn, event, nowMs }) };
  });
  await topic.send(messages);
}

async function send(
  onFailure: Exclude<OnFailure, { readonly type: 'kafka' }>,
  { mapping, functionArn, envelope, clients, queueUrl }: DestinationOptions,
  { discard, nowMs }: { readonly discard: Discard; readonly nowMs: number },
): Promise<string> {
  const event = composeEvent(envelope, discard.records);
  const document = toFailureDocument({ discard, envelope, functionArn, event, nowMs });
  switch (onFailure.type) {
    case 's3': {
      const Key = failureKey(mapping, discard, nowMs);
      const Body = JSON.stringify({ ...document, payload: event });
      await clients.s3.send(new PutObjectCommand({ Bucket: onFailure.bucket, Key, Body }));
      return `s3://${onFailure.bucket}/${Key}`;
    }
    case 'sqs': {
      const MessageBody = JSON.stringify(document);
      await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(onFailure.queue), MessageBody }));
      break;
    }
    case 'sns':
      await clients.sns.send(
        new PublishCommand({ TopicArn: onFailure.arn, Message: JSON.stringify(document) }),
      );
      break;
  }
  return onFailure.arn;
}

// Documented for streams as aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>; for Kafka the guide is
// silent, `<topic>-<partition>` of the first record stands in for the shard.
function failureKey(mapping: Mapping, { records }: Discard, nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const source = `${mapping.topic}-${records[0]?.partition ?? 0}`;
  const moment = `${date}T${time.slice(0, 8).replaceAll(':', '.')}`;
  return `aws/lambda/${mapping.id}/${source}/${date.replaceAll('-', '/')}/${moment}-${randomUUID()}`;
}
