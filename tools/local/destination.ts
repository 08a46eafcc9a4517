// What a mapping writes about records that it gives up, and where: S3 (with the records), SQS and SNS (without).
// Source: AWS Lambda guide, "Capturing discarded batches" for Kafka; marked choices are the project's.
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import type { AwsClients } from '../aws/clients.ts';
import type { DiscardCondition } from './attempts.ts';
import { composeEvent, type EncodedRecord, type EventEnvelope } from './event.ts';
import type { Mapping, OnFailure } from './mapping.ts';

/** Records that were given up, and what is known of their last call. */
export interface Discard {
  readonly records: readonly EncodedRecord[];
  readonly condition: DiscardCondition;
  readonly invokeCount: number;
  readonly functionError: boolean;
  /** Of the last invocation; undefined if there was none. */
  readonly requestId: string | undefined;
}

/** Where and about what documents are written. */
export interface DestinationOptions {
  readonly mapping: Mapping;
  readonly functionArn: string;
  readonly envelope: EventEnvelope;
  readonly clients: AwsClients;
  readonly queueUrl: (queueName: string) => string;
}

/** Writes one document per discard; returns where it went, undefined if the mapping has no destination. */
export type Deliver = (discard: Discard, nowMs: number) => Promise<string | undefined>;

/** Makes the delivery of one mapping. It rejects when the service refuses the document. */
export function createDestination(options: DestinationOptions): Deliver {
  const { onFailure } = options.mapping;
  return async (discard, nowMs) => {
    if (onFailure === undefined) return undefined;
    return await send(onFailure, options, { discard, nowMs });
  };
}

async function send(
  onFailure: OnFailure,
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

/** The document that SQS, SNS and S3 have in common. */
export function toFailureDocument(about: {
  readonly discard: Discard;
  readonly envelope: EventEnvelope;
  readonly functionArn: string;
  /** The event with the discarded records, as JSON text. */
  readonly event: string;
  readonly nowMs: number;
}): Readonly<Record<string, unknown>> {
  const { discard, envelope, functionArn, event, nowMs } = about;
  const { records, condition, invokeCount, functionError } = discard;
  return {
    requestContext: {
      // A record that no function ever saw has no request; the field is documented as always there.
      requestId: discard.requestId ?? randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: invokeCount,
    },
    // Documented as null when the payload was too big. What it holds after a partial response is not documented.
    responseContext:
      invokeCount === 0
        ? null
        : {
            statusCode: 200,
            executedVersion: '$LATEST',
            ...(functionError ? { functionError: 'Unhandled' } : {}),
          },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    KafkaBatchInfo: {
      batchSize: records.length,
      eventSourceArn: envelope.eventSourceArn,
      bootstrapServers: envelope.bootstrapServers,
      payloadSize: Buffer.byteLength(event),
      recordsInfo: Object.fromEntries(
        Map.groupBy(records, ({ partition }) => partition)
          .entries()
          .map(([partition, group]) => [`${envelope.topic}-${partition}`, toRecordsInfo(group)]),
      ),
    },
  };
}

function toRecordsInfo(records: readonly EncodedRecord[]): Readonly<Record<string, string>> {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) return {};
  return {
    firstRecordOffset: String(first.offset),
    lastRecordOffset: String(last.offset),
    firstRecordTimestamp: new Date(first.timestampMs).toISOString(),
    lastRecordTimestamp: new Date(last.timestampMs).toISOString(),
  };
}

// Documented for streams as aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>; for Kafka the guide is
// silent, `<topic>-<partition>` of the first record stands in for the shard.
function failureKey(mapping: Mapping, { records }: Discard, nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const source = `${mapping.topic}-${records[0]?.partition ?? 0}`;
  const moment = `${date}T${time.slice(0, 8).replaceAll(':', '.')}`;
  return `aws/lambda/${mapping.id}/${source}/${date.replaceAll('-', '/')}/${moment}-${randomUUID()}`;
}
