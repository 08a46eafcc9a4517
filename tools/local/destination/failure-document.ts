// What is written about records that a mapping discards: the documents alone, without the places that they go to.
// Source: AWS Lambda guide, "Capturing discarded batches" and "Using a Kafka topic as on-failure destination".
import { randomUUID } from 'node:crypto';
import type { DiscardCondition } from '../retry-machine.ts';
import type { PolledRecord, EventEnvelope } from '../event.ts';

/** Records that are discarded, and what is known of their last call. */
export interface Discard {
  readonly records: readonly PolledRecord[];
  readonly condition: DiscardCondition;
  readonly invokeCount: number;
  readonly functionError: boolean;
  /** Of the last invocation; undefined if there was none. */
  readonly requestId: string | undefined;
}

/** What a document is made of. */
export interface FailureAccount {
  readonly discard: Discard;
  readonly envelope: EventEnvelope;
  readonly functionArn: string;
  /** The event with the discarded records, as JSON text. */
  readonly event: string;
  readonly nowMs: number;
}

/** The document that SQS, SNS and S3 have in common. */
export function toFailureDocument(about: FailureAccount): Readonly<Record<string, unknown>> {
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

function toRecordsInfo(records: readonly PolledRecord[]): Readonly<Record<string, string>> {
  const [first] = records;
  const last = records.at(-1);
  if (first === undefined || last === undefined) return {};
  return {
    firstRecordOffset: String(first.offset),
    lastRecordOffset: String(last.offset),
    firstRecordTimestamp: toMoment(first.timestampMs),
    lastRecordTimestamp: toMoment(last.timestampMs),
  };
}

// A producer that counts in microseconds must not cost the document: Date knows no moment after this one.
const maxDateMs = 8.64e15;

function toMoment(ms: number): string {
  return new Date(Math.max(-maxDateMs, Math.min(maxDateMs, ms))).toISOString();
}

/**
 * The value of a message in a Kafka topic: of one record, named otherwise, and with the event itself. The guide's sample
 * spells one condition in another way.
 */
export function toTopicDocument(about: FailureAccount): Readonly<Record<string, unknown>> {
  const { discard, functionArn, event } = about;
  const [record] = discard.records;
  const document = toFailureDocument(about);
  const { recordsInfo: _many, ...batchInfo } = document['KafkaBatchInfo'] as Record<string, unknown>;
  const { condition } = discard;
  return {
    ...document,
    requestContext: {
      ...(document['requestContext'] as object),
      functionArn: `${functionArn}:$LATEST`,
      condition: condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : condition,
    },
    KafkaBatchInfo: {
      ...batchInfo,
      recordInfo: {
        offset: String(record?.offset),
        timestamp: toMoment(record?.timestampMs ?? 0),
      },
    },
    payload: JSON.parse(event) as unknown,
  };
}
