// AWS's documents about failed batches, in the three forms they have: with the event as text (S3), with the event itself (topic), and
// without it (SQS, SNS). Source: AWS Lambda guide, "Capturing discarded batches" and "Using a Kafka topic as on-failure destination".
import type { KafkaEvent } from '../../../lib/index.ts';
import { DeadLettersError } from '../error.ts';
import { toId, type FailedRecord, type Place } from '../failed-record.ts';

interface Document {
  readonly requestContext: {
    readonly functionArn?: string;
    readonly condition?: string;
    readonly approximateInvokeCount?: number;
  };
  readonly timestamp?: string;
  readonly KafkaBatchInfo: {
    readonly batchSize?: number;
    readonly recordsInfo?: Readonly<Record<string, RecordsInfo>>;
  };
  /** The event: as text in S3, as an object in a topic. */
  readonly payload?: string | KafkaEvent;
}

interface RecordsInfo {
  readonly firstRecordOffset: string | number;
  readonly lastRecordOffset: string | number;
  readonly firstRecordTimestamp?: string;
  readonly lastRecordTimestamp?: string;
}

/**
 * The records of a document; without its event each offset from the first to the last of a partition.
 *
 * @throws {DeadLettersError} `UNREADABLE` naming `where`
 */
export function readDocument(text: string, place: Place, where: string): readonly FailedRecord[] {
  const document = parseDocument(text, where);
  const { functionArn = '', condition = 'UNKNOWN', approximateInvokeCount } = document.requestContext;
  const about = {
    place,
    consumer: toFunctionName(functionArn),
    namedAs: 'function' as const,
    // The guide's sample of a topic spells one condition in another way.
    code: condition === 'RetriesExhausted' ? 'RetryAttemptsExhausted' : condition,
    message: undefined,
    failedAtMs: Date.parse(document.timestamp ?? '') || 0,
    attempts: approximateInvokeCount,
  };
  const event = readEvent(document.payload, where);
  if (event !== undefined)
    return Object.values(event.records)
      .flat()
      .map((record) => {
        const { topic, partition, offset } = record;
        return {
          ...about,
          id: toId(place, { topic, partition, offset }),
          topic,
          partition,
          offset,
          isCertain: true,
          record,
        };
      });
  const { recordsInfo = {}, batchSize = 0 } = document.KafkaBatchInfo;
  const named = Object.entries(recordsInfo).flatMap(([group, info]) => toPlaces(group, info));
  // After a partial response only some of the offsets between the first and the last have failed.
  const isCertain = named.length <= batchSize;
  return named.map((at) => ({
    ...about,
    ...at,
    id: toId(place, at),
    isCertain,
    documentFailures: batchSize,
    record: undefined,
  }));
}

function toPlaces(
  group: string,
  info: RecordsInfo,
): readonly Pick<FailedRecord, 'topic' | 'partition' | 'offset' | 'documentEnds'>[] {
  const cut = group.lastIndexOf('-');
  const [topic, partition] = [group.slice(0, cut), Number(group.slice(cut + 1))];
  const [first, last] = [Number(info.firstRecordOffset), Number(info.lastRecordOffset)];
  const length = Math.max(0, Math.min(mostInBatch, last - first + 1));
  const documentEnds = [
    { offset: first, timestampMs: Date.parse(info.firstRecordTimestamp ?? '') },
    { offset: last, timestampMs: Date.parse(info.lastRecordTimestamp ?? '') },
  ].filter(({ timestampMs }) => !Number.isNaN(timestampMs));
  return Array.from({ length }, (_, index) => ({ topic, partition, offset: first + index, documentEnds }));
}

/** Offsets of one partition in a batch span no more than this, gaps of compaction and transactions included. */
const mostInBatch = 1_000_000;

function parseDocument(text: string, where: string): Document {
  const document = (parseJson(text, where) ?? {}) as Partial<Document>;
  if (
    !isObject(document.requestContext) ||
    !isObject(document.KafkaBatchInfo) ||
    !Object.values(document.KafkaBatchInfo.recordsInfo ?? {}).every(isObject)
  )
    throw toUnreadable(where, 'JSON without requestContext and KafkaBatchInfo');
  return document as Document;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function toUnreadable(where: string, got: string): DeadLettersError {
  return new DeadLettersError(
    'UNREADABLE',
    `${where} is not a failed batch of a Kafka mapping, got ${got}; name another bucket, queue or topic`,
  );
}

function readEvent(payload: Document['payload'], where: string): KafkaEvent | undefined {
  if (payload === undefined || payload === null) return undefined;
  const event = (
    typeof payload === 'string' ? parseJson(payload, where) : payload
  ) as Partial<KafkaEvent> | null;
  if (!isObject(event?.records) || !Object.values(event.records).flat().every(isObject))
    throw toUnreadable(where, 'a payload without records');
  return event as KafkaEvent;
}

/** Parses without quoting. @throws {DeadLettersError} `UNREADABLE` */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The engine's message quotes the text, which holds payload.
    throw new DeadLettersError(
      'UNREADABLE',
      `${where} is not a dead letter, got ${text.length} characters that are not JSON`,
    );
  }
}

function toFunctionName(arn: string): string {
  // arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]
  return arn.split(':')[6] ?? arn;
}
