// Kafka message -> record of the invocation event, and records -> event, both as JSON text. A record is turned into
// text once, when it is polled; batches, retries and halves only join those texts, and their size is known by addition.
import type { KafkaMessage } from 'kafkajs';

/** One polled record, already in the form in which the function will get it. */
export interface EncodedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, from the Kafka record. */
  readonly timestampMs: number;
  /** The record's JSON object, base64 and all. */
  readonly json: string;
  /** UTF-8 bytes of `json`. */
  readonly bytes: number;
}

/** The part of an event that does not depend on its records. */
export interface EventEnvelope {
  readonly topic: string;
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  /** Cluster ARN; a self-managed source has none. */
  readonly eventSourceArn: string | undefined;
  /** Comma-separated `host:port` list. */
  readonly bootstrapServers: string;
}

/**
 * Turns a kafkajs message into the record object of the event, as JSON text.
 *
 * An absent key or value (tombstone) leaves its property out; an empty one is `""`. Header bytes are signed, since the
 * mapping's poller writes Java bytes. kafkajs groups headers of the same name, so their order among *other* names is lost.
 *
 * Nothing of the result refers to the message: key, value and headers are slices of the whole decompressed fetch, and
 * one kept slice would pin all of it. Holding such records across a batch is the bug this project was born from.
 */
export function encodeRecord(topic: string, partition: number, message: KafkaMessage): EncodedRecord {
  const offset = Number(message.offset);
  const timestampMs = Number(message.timestamp);
  const json = JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: isLogAppendTime(message) ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: message.key?.toString('base64'),
    value: message.value?.toString('base64'),
    headers: encodeHeaders(message.headers),
  });
  return { partition, offset, timestampMs, json, bytes: Buffer.byteLength(json) };
}

/** Joins records, in their order, to the event that the function receives. */
export function composeEvent(envelope: EventEnvelope, records: readonly EncodedRecord[]): string {
  const groups = new Map<number, string[]>();
  for (const record of records) {
    const group = groups.get(record.partition);
    if (group === undefined) groups.set(record.partition, [record.json]);
    else group.push(record.json);
  }
  const body = Array.from(
    groups,
    ([partition, texts]) => `${groupKey(envelope.topic, partition)}:[${texts.join(',')}]`,
  );
  return `${head(envelope)}${body.join(',')}}}`;
}

/** Adds up what `composeEvent` would return, in UTF-8 bytes, one record at a time. */
export interface EventSize {
  /** Bytes of the event with the records added so far. */
  readonly bytes: () => number;
  /** Bytes of the event if `record` were added too. */
  readonly bytesWith: (record: EncodedRecord) => number;
  readonly add: (record: EncodedRecord) => void;
}

/** Starts the account of an event without records. */
export function createEventSize(envelope: EventEnvelope): EventSize {
  let total = Buffer.byteLength(head(envelope)) + 2;
  const partitions = new Set<number>();
  const cost = (record: EncodedRecord): number => {
    if (partitions.has(record.partition)) return record.bytes + 1;
    // `"topic-partition":[]`, and a comma unless it is the first group.
    const group = Buffer.byteLength(groupKey(envelope.topic, record.partition)) + 3;
    return record.bytes + group + (partitions.size === 0 ? 0 : 1);
  };
  return {
    bytes: () => total,
    bytesWith: (record) => total + cost(record),
    add(record) {
      total += cost(record);
      partitions.add(record.partition);
    },
  };
}

function head(envelope: EventEnvelope): string {
  const fields = JSON.stringify({
    eventSource: envelope.eventSource,
    eventSourceArn: envelope.eventSourceArn,
    bootstrapServers: envelope.bootstrapServers,
  });
  return `${fields.slice(0, -1)},"records":{`;
}

function groupKey(topic: string, partition: number): string {
  return JSON.stringify(`${topic}-${partition}`);
}

function encodeHeaders(
  headers: KafkaMessage['headers'],
): readonly Readonly<Record<string, readonly number[]>>[] {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({ [name]: toSignedBytes(value) })),
  );
}

// A null header value (undefined here) has no documented form; the empty list is the project's choice.
function toSignedBytes(value: Buffer | string | null | undefined): readonly number[] {
  if (value === null || value === undefined) return [];
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return [...new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
}

// kafkajs's decoder leaves the record batch's header on the message, its types do not say so.
function isLogAppendTime(message: KafkaMessage): boolean {
  return (
    (message as { readonly batchContext?: { readonly timestampType?: number } }).batchContext
      ?.timestampType === 1
  );
}
