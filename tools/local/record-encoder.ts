// Kafka messages -> records of the invocation event, as the UTF-8 bytes of their JSON. A record is written once, when it
// is polled; batches, retries and halves only pass those bytes on (event.ts).
import type { KafkaMessage } from 'kafkajs';
import { PolledRecord, type RecordPiece } from '../broker/polled-record.ts';
import { readHeaders, type KafkaHeader } from '../broker/record-headers.ts';
import { countBase64, countDigits, putBase64, putBytes, putNumber } from './ascii.ts';
import type { EncodedRecord, RecordExtras } from './event.ts';

/** Writes the records of one fetch. */
export interface RecordEncoder {
  /**
   * Turns a kafkajs message into the record object of the event.
   *
   * An absent key or value (tombstone) leaves its property out; an empty one is `""`. Header bytes are signed, since the
   * mapping's poller writes Java bytes; they keep their order.
   *
   * Nothing of the result refers to the message: key, value and headers are slices of the whole decompressed fetch, and
   * one kept slice would pin all of it. Holding such records across a batch is the bug this project was born from.
   */
  readonly encode: (partition: number, message: KafkaMessage, extras?: RecordExtras) => EncodedRecord;
}

// Texts of small records lie behind one another, outside the heap: as strings of their own they were copied five times
// on their way. One record that stays behind keeps no more than such a block alive.
const firstBlockBytes = 4 * 1024;
const largestBlockBytes = 64 * 1024;

/** Starts with an empty block; short-lived, as what it wrote last shares its blocks with what it writes next. */
export function createRecordEncoder(topic: string): RecordEncoder {
  const head = `{"topic":${JSON.stringify(topic)},"partition":`;
  const fronts = new Map<number, Buffer>();
  let block = Buffer.alloc(0);
  let used = 0;
  let blockBytes = firstBlockBytes;

  const reserve = (bytes: number): { readonly text: Buffer; readonly start: number } => {
    if (bytes > largestBlockBytes / 2) return { text: Buffer.allocUnsafeSlow(bytes), start: 0 };
    // One byte before each record but the first: the comma between two of them.
    if (used > 0 && used + 1 + bytes <= block.length) {
      block[used] = comma;
      const start = used + 1;
      used = start + bytes;
      return { text: block, start };
    }
    while (blockBytes < bytes) blockBytes *= 2;
    block = Buffer.allocUnsafeSlow(blockBytes);
    blockBytes = Math.min(blockBytes * 2, largestBlockBytes);
    used = bytes;
    return { text: block, start: 0 };
  };

  const toFront = (partition: number): Buffer => {
    const known = fronts.get(partition);
    if (known !== undefined) return known;
    const front = Buffer.from(`${head}${partition},"offset":`);
    fronts.set(partition, front);
    return front;
  };

  return {
    encode(partition, message, extras = {}) {
      const { offset, timestampMs, key, value } = read(message);
      const front = toFront(partition);
      const type = readTimestampType(message) === 'CREATE_TIME' ? createTime : logAppendTime;
      const rest = encodeRest(message, extras);
      const bytes =
        front.length +
        countDigits(offset) +
        beforeTimestamp.length +
        countDigits(timestampMs) +
        type.length +
        (key === undefined ? 0 : beforeKey.length + countBase64(key) + quote.length) +
        (value === undefined ? 0 : beforeValue.length + countBase64(value) + quote.length) +
        rest.length;
      const { text, start } = reserve(bytes);
      let at = putNumber(text, putBytes(text, start, front), offset);
      at = putNumber(text, putBytes(text, at, beforeTimestamp), timestampMs);
      at = putBytes(text, at, type);
      if (key !== undefined) at = putBytes(text, putBase64(text, putBytes(text, at, beforeKey), key), quote);
      if (value !== undefined)
        at = putBytes(text, putBase64(text, putBytes(text, at, beforeValue), value), quote);
      putBytes(text, at, rest);
      return { partition, offset, timestampMs, text, start, bytes, admission: extras.admission };
    },
  };
}

const comma = 44;
const quote = Buffer.from('"');
const beforeTimestamp = Buffer.from(',"timestamp":');
const createTime = Buffer.from(',"timestampType":"CREATE_TIME"');
const logAppendTime = Buffer.from(',"timestampType":"LOG_APPEND_TIME"');
const beforeKey = Buffer.from(',"key":"');
const beforeValue = Buffer.from(',"value":"');
/** Behind the value of most records. */
const noRest = Buffer.from(',"headers":[]}');

interface Parts {
  readonly offset: number;
  readonly timestampMs: number;
  /** Undefined where there is none, as the value. */
  readonly key: RecordPiece | undefined;
  readonly value: RecordPiece | undefined;
}

function read(message: KafkaMessage): Parts {
  if (message instanceof PolledRecord) {
    const { offsetNumber, timestampMs, keyPiece, valuePiece } = message;
    return { offset: offsetNumber, timestampMs, key: keyPiece, value: valuePiece };
  }
  const { offset, timestamp, key, value } = message;
  return {
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key === null ? undefined : toPiece(key),
    value: value === null ? undefined : toPiece(value),
  };
}

function toPiece(bytes: Buffer): RecordPiece {
  return { bytes, start: 0, end: bytes.length };
}

function encodeRest(message: KafkaMessage, { keySchemaMetadata, valueSchemaMetadata }: RecordExtras): Buffer {
  const headers = message instanceof PolledRecord && !message.hasHeaders ? [] : readHeaders(message.headers);
  if (headers.length === 0 && keySchemaMetadata === undefined && valueSchemaMetadata === undefined)
    return noRest;
  let json = `,"headers":${JSON.stringify(toEventHeaders(headers))}`;
  if (keySchemaMetadata !== undefined) json += `,"keySchemaMetadata":${JSON.stringify(keySchemaMetadata)}`;
  if (valueSchemaMetadata !== undefined)
    json += `,"valueSchemaMetadata":${JSON.stringify(valueSchemaMetadata)}`;
  return Buffer.from(`${json}}`);
}

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
