// A record that could not be consumed, wherever it is kept: one shape for the runtime's dead letters and the mapping's documents, and
// what a person may ask of many of them.
import type { EventRecord } from '../../lib/index.ts';

/** Where a failed record is kept. */
export type Place =
  /** An object of its own, written by the runtime. */
  | {
      readonly kind: 'letter';
      readonly bucket: string;
      readonly key: string;
      /** The object's ETag when it was read: the same record's next dead letter has the same key. */
      readonly etag: string;
    }
  /** One record of a failed batch in S3. */
  | { readonly kind: 'batch'; readonly bucket: string; readonly key: string }
  /** One record that a message in SQS names; the message holds no records. */
  | {
      readonly kind: 'message';
      readonly queueUrl: string;
      readonly messageId: string;
      readonly receiptHandle: string;
      readonly body: string;
    }
  /** A record of an on-failure topic. */
  | {
      readonly kind: 'topic';
      readonly topic: string;
      readonly partition: number;
      readonly offset: string;
      /** Of the message: a topic that is made again starts at offset 0, too. */
      readonly timestamp: string;
    };

/** A record that could not be consumed. */
export interface FailedRecord {
  /** Stable: the place where it is kept and its own place in Kafka. */
  readonly id: string;
  readonly place: Place;
  /** The consumer's name, or the function's where only that is known. */
  readonly consumer: string;
  /** Whose name `consumer` is: a mapping's document names the function, and a stack says whose it is. */
  readonly namedAs: 'consumer' | 'function';
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The dead letter's error code, or the mapping's condition. */
  readonly code: string;
  /** What the dead letter says of the error; undefined for the mapping's documents. It may quote the record. */
  readonly message: string | undefined;
  readonly failedAtMs: number;
  /** Calls before it was given to its destination; undefined where nobody counted. */
  readonly attempts: number | undefined;
  /**
   * Whether it is known that this record failed. A document in SQS tells the first and last offset and how many failed; with more offsets than
   * failures between them nobody knows which.
   */
  readonly isCertain: boolean;
  /** How many records its document says have failed; undefined where each is named. */
  readonly documentFailures?: number;
  /** What its document says of the first and the last record of its partition: what Kafka has there now may be another record. */
  readonly documentEnds?: readonly DocumentEnd[];
  /** The record as an event has it; undefined where only Kafka still has it. */
  readonly record: EventRecord | undefined;
}

/** One end of a document's range of offsets. */
export interface DocumentEnd {
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * Whether two failures are of one consumer, as far as their names tell: whether a consumer and a function belong together is not known
 * without a stack.
 */
export function mayShareConsumer(
  a: Pick<FailedRecord, 'consumer' | 'namedAs'>,
  b: Pick<FailedRecord, 'consumer' | 'namedAs'>,
): boolean {
  return a.namedAs !== b.namedAs || a.consumer === b.consumer;
}

/** Names the record in Kafka, as a person types it. */
export function toPlaceName({
  topic,
  partition,
  offset,
}: Pick<FailedRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${topic}-${partition}@${offset}`;
}

/** Names the object or message that keeps a record. */
export function toPlaceId(place: Place): string {
  switch (place.kind) {
    case 'letter':
    case 'batch':
      return `s3://${place.bucket}/${place.key}`;
    case 'message':
      return `${place.queueUrl}/${place.messageId}`;
    case 'topic':
      return `kafka://${place.topic}/${place.partition}/${place.offset}/${place.timestamp}`;
  }
}

/** Makes the id of a record from the place that keeps it. */
export function toId(place: Place, record: Pick<FailedRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${toPlaceId(place)}#${toPlaceName(record)}`;
}

/** Header that counts how often a record was sent again. */
export const redriveCountHeader = 'tailrace-redrive-count';
/** Header that names where a record came from before it was sent again. */
export const redriveOriginHeader = 'tailrace-redrive-origin';
/** Header that names the run which sent it again. */
export const redriveRunHeader = 'tailrace-redrive-run';

/** How often a record was sent again before, by its own header. */
export function toRedriveCount(record: EventRecord | undefined): number {
  const bytes = findHeader(record, redriveCountHeader);
  const count = bytes === undefined ? 0 : Number(Buffer.from(bytes).toString());
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** The bytes of a header's last value; undefined when there is none of that name. */
export function findHeader(record: EventRecord | undefined, name: string): readonly number[] | undefined {
  for (const header of (record?.headers ?? []).toReversed()) {
    const bytes = (header as Readonly<Record<string, readonly number[] | undefined>>)[name];
    if (Array.isArray(bytes)) return bytes;
  }
  return undefined;
}

/** What a person asks for. Undefined: no matter. */
export interface Filter {
  readonly consumer: string | undefined;
  readonly codes: readonly string[];
  readonly sinceMs: number | undefined;
  readonly partition: number | undefined;
  /** The key as UTF-8 text. */
  readonly key: string | undefined;
  /** `topic-partition@offset`. */
  readonly records: readonly string[];
}

/** Whether a record is asked for. What needs the record's bytes is false where only Kafka has them. */
export function matches(failed: FailedRecord, filter: Filter): boolean {
  const { consumer, codes, sinceMs, partition, key, records } = filter;
  return (
    (consumer === undefined || failed.consumer === consumer) &&
    (codes.length === 0 || codes.includes(failed.code)) &&
    (sinceMs === undefined || failed.failedAtMs >= sinceMs) &&
    (partition === undefined || failed.partition === partition) &&
    (records.length === 0 || records.includes(toPlaceName(failed))) &&
    (key === undefined || failed.record?.key === Buffer.from(key).toString('base64'))
  );
}

/** In the order in which they are to be sent again: by topic, partition, offset. */
export function byOffset(a: FailedRecord, b: FailedRecord): number {
  return a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset;
}

/** Records with something in common. */
export interface Group {
  readonly name: string;
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** What records may be counted by. */
export type GroupBy = 'consumer' | 'code' | 'partition' | 'hour';

/** Counts records by one property; the largest group first. */
export function groupBy(records: readonly FailedRecord[], by: readonly GroupBy[]): readonly Group[] {
  const groups = Map.groupBy(records, (record) => by.map((each) => toGroupName(record, each)).join('  '));
  return [...groups]
    .map(([name, members]) => ({
      name,
      count: members.length,
      oldestMs: members.reduce((least, { failedAtMs }) => Math.min(least, failedAtMs), Infinity),
      newestMs: members.reduce((most, { failedAtMs }) => Math.max(most, failedAtMs), -Infinity),
    }))
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

function toGroupName({ consumer, code, topic, partition, failedAtMs }: FailedRecord, by: GroupBy): string {
  switch (by) {
    case 'consumer':
      return consumer;
    case 'code':
      return code;
    case 'partition':
      return `${topic}-${partition}`;
    case 'hour':
      return new Date(failedAtMs).toISOString().slice(0, 13).concat(':00Z');
  }
}
