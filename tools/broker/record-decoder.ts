// The records of a Kafka record batch, in place of kafkajs 2.2.4's own decoder. That one folds headers into an object by
// name, after which nobody can tell in which order headers of different names stood, while a mapping's event tells it; and
// it does all arithmetic in BigInt, which costs a poller more than anything else that is done with a record.
import type { KafkaMessage } from 'kafkajs';

/** One header; its value is a view of the fetch that it came with, null where it has none. */
export interface KafkaHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** What kafkajs knows of the batch that a record stands in; 64-bit numbers are decimal text. */
export interface RecordBatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  /** 0: the producer's time; 1: the broker's, which is the batch's for all of its records. */
  readonly timestampType: number;
  readonly isControlBatch: boolean;
  readonly magicByte: number;
}

/** kafkajs's decoder at the start of a record, after its length. */
interface RecordBytes {
  readonly buffer: Buffer;
  readonly offset: number;
}

const ordered = Symbol('headers in order');
type OrderedHeaders = Record<string, unknown> & { [ordered]?: readonly KafkaHeader[] };

/**
 * Decodes one record as kafkajs does, with the order of its headers kept beside kafkajs's own object. Key, value and header
 * values are views of the fetch. Offsets and times are exact up to 2^53.
 * @throws {Error} when the record ends before what it declares.
 * Source: Apache Kafka documentation, "Message Format", record batches of magic 2.
 */
export function decodeRecord(from: RecordBytes, batch: RecordBatchContext): KafkaMessage {
  const cursor = new Cursor(from.buffer, from.offset);
  const attributes = cursor.byte();
  const timestampDelta = cursor.varint();
  const isAppendTime = batch.timestampType === 1 && batch.maxTimestamp !== '';
  const offset = Number(batch.firstOffset);
  const message = {
    magicByte: batch.magicByte,
    attributes,
    timestamp: isAppendTime ? batch.maxTimestamp : String(Number(batch.firstTimestamp) + timestampDelta),
    offset: String(offset + cursor.varint()),
    key: cursor.bytes(),
    value: cursor.bytes(),
    headers: fold(readHeaderList(cursor)),
    isControlRecord: batch.isControlBatch,
    batchContext: batch,
  };
  return message as unknown as KafkaMessage;
}

/** A record's headers in their order; without the order among names where the message is not of this decoder. */
export function readHeaders(headers: KafkaMessage['headers']): readonly KafkaHeader[] {
  if (headers === undefined || headers === noHeaders) return none;
  const inOrder = (headers as OrderedHeaders)[ordered];
  if (inOrder !== undefined) return inOrder;
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: typeof value === 'string' ? Buffer.from(value) : (value ?? null),
    })),
  );
}

const none: readonly KafkaHeader[] = [];
const noHeaders: KafkaMessage['headers'] = Object.freeze({});

function readHeaderList(cursor: Cursor): readonly KafkaHeader[] {
  const count = cursor.varint();
  if (count <= 0) return none;
  const list: KafkaHeader[] = [];
  for (let n = 0; n < count; n++) list.push({ key: cursor.bytes()?.toString() ?? '', value: cursor.bytes() });
  return list;
}

// As kafkajs would: one value, or a list where a name repeats.
function fold(list: readonly KafkaHeader[]): KafkaMessage['headers'] {
  if (list.length === 0) return noHeaders;
  const headers: OrderedHeaders = {};
  for (const { key, value } of list) {
    const known = headers[key];
    headers[key] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  Object.defineProperty(headers, ordered, { value: list });
  return headers as KafkaMessage['headers'];
}

class Cursor {
  readonly #from: Buffer;
  #at: number;

  constructor(from: Buffer, at: number) {
    this.#from = from;
    this.#at = at;
  }

  byte(): number {
    const byte = this.#from[this.#at++];
    if (byte === undefined) throw new Error(`record is cut short, got ${this.#from.length} bytes of it`);
    return byte;
  }

  /** A zigzag number of up to 64 bits. */
  varint(): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes behind their length; null where that is negative. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at = start + length;
    if (this.#at > this.#from.length)
      throw new Error(`record is cut short, got ${this.#from.length} bytes of it, expected ${this.#at}`);
    return this.#from.subarray(start, this.#at);
  }
}
