// Kafka messages -> records as the invocation event has them: base64, signed header bytes, absent properties.
import type { KafkaMessage } from 'kafkajs';
import { readHeaders, type KafkaHeader } from '../../broker/record-headers.ts';
import type { Admission, EventRecord, PolledRecord, SchemaMetadata } from '../event.ts';

/** What becomes part of a record beside its message. */
export interface RecordExtras {
  readonly admission?: Admission | undefined;
  /** The key as it was produced, where the message has a decoded one. */
  readonly originalKey?: Buffer | undefined;
  readonly keySchemaMetadata?: SchemaMetadata | undefined;
  readonly valueSchemaMetadata?: SchemaMetadata | undefined;
}

/**
 * Turns a kafkajs message into the record object of the event.
 *
 * An absent key or value (tombstone) leaves its property out; an empty one is `""`. Header bytes are signed, since the
 * mapping's poller writes Java bytes; they keep their order.
 *
 * The result refers to nothing of the message: key, value and headers are slices of the whole decompressed fetch, and one
 * kept slice would pin all of it. Holding such records across a batch is the bug this project was born from.
 */
export function encodeRecord(
  topic: string,
  partition: number,
  message: KafkaMessage,
  { admission, originalKey, keySchemaMetadata, valueSchemaMetadata }: RecordExtras = {},
): PolledRecord {
  const offset = Number(message.offset);
  const timestampMs = Number(message.timestamp);
  // In the order of AWS's documented event; JSON leaves undefined properties out.
  const content = {
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: readTimestampType(message),
    key: message.key?.toString('base64'),
    value: message.value?.toString('base64'),
    headers: toEventHeaders(readHeaders(message.headers)),
    keySchemaMetadata,
    valueSchemaMetadata,
  } as EventRecord;
  const record = { partition, offset, timestampMs, content, bytes: measure(content, message), admission };
  return originalKey === undefined ? record : { ...record, originalKey: originalKey.toString('base64') };
}

/** Bytes of a record's JSON, of which only what is small is written: base64 and numbers are as long in it as they are. */
function measure(content: EventRecord, message: KafkaMessage): number {
  const { topic, partition, timestampType, key, value, headers } = content;
  const { keySchemaMetadata, valueSchemaMetadata } = content;
  const isBare =
    headers?.length === 0 && keySchemaMetadata === undefined && valueSchemaMetadata === undefined;
  const rest = isBare ? bareRest : JSON.stringify({ headers, keySchemaMetadata, valueSchemaMetadata });
  return (
    `{"topic":"${topic}","partition":${partition},"offset":,"timestamp":,"timestampType":"${timestampType}",`
      .length +
    message.offset.length +
    message.timestamp.length +
    (typeof key === 'string' ? '"key":"",'.length + key.length : 0) +
    (typeof value === 'string' ? '"value":"",'.length + value.length : 0) +
    Buffer.byteLength(rest) -
    '{'.length
  );
}

const bareRest = JSON.stringify({ headers: [] });

/** How a message's timestamp came about, in the words of the event. */
export function readTimestampType(message: KafkaMessage): 'LOG_APPEND_TIME' | 'CREATE_TIME' {
  // kafkajs's decoder leaves the record batch's header on the message, its types do not say so.
  const { batchContext } = message as { readonly batchContext?: { readonly timestampType?: number } };
  return batchContext?.timestampType === 1 ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
}

/** Headers as the event has them: an object each, of a name and signed bytes, in their order. */
export function toEventHeaders(
  headers: readonly KafkaHeader[],
): readonly Readonly<Record<string, readonly number[]>>[] {
  return headers.map(({ key, value }) => ({ [key]: toSignedBytes(value) }));
}

// A null header value has no documented form; the empty list is the project's choice.
function toSignedBytes(value: Buffer | null): readonly number[] {
  return value === null ? [] : [...new Int8Array(value.buffer, value.byteOffset, value.byteLength)];
}
