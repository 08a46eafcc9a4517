// Kafka's record batches, in place of kafkajs 2.2.4's own decoder, which does all arithmetic in BigInt and makes five objects
// of every record: that costs a poller more than anything else that is done with one. Here a batch is read into columns.
// Source: Apache Kafka documentation, "Message Format", record batches of magic 2.
import type { PolledRecord } from './polled-record.ts';
import { areRowsAskedFor, PolledRows } from './polled-rows.ts';
import { placesPerRecord, type RecordBatchContext, type RecordColumns } from './record-columns.ts';
import { cutShort, readVarint, type Cursor } from './varint.ts';

/** kafkajs's decoder at the start of a record batch. */
export interface FetchBytes {
  readonly buffer: Buffer;
  readonly offset: number;
  forward(bytes: number): void;
}

/** What kafkajs has for a batch's compression; null for none. */
export type LookupCodec = (
  attributes: number,
) => { readonly decompress: (bytes: Buffer) => Promise<Buffer> } | null;

/** A batch as kafkajs takes it. */
export interface RecordBatch extends Omit<RecordBatchContext, 'magicByte'> {
  readonly records: readonly (PolledRecord | PolledRows)[];
}

/** What a batch decoder works with. */
export interface RecordBatchDecoderOptions {
  readonly lookupCodec: LookupCodec;
  /** Makes the error by which kafkajs knows that a fetch ends in the middle of a batch. */
  readonly toPartialError: (message: string) => Error;
}

// Behind the first offset and the length, at these distances: leader epoch, magic, checksum (which kafkajs does not check
// either), attributes, and so on.
const lengthEnd = 12;
const headEnd = 61;

/** Makes a decoder of record batches. It throws when a record ends before what it declares. */
export function createRecordBatchDecoder({
  lookupCodec,
  toPartialError,
}: RecordBatchDecoderOptions): (from: FetchBytes) => Promise<RecordBatch> {
  return async (from) => {
    const { buffer, offset } = from;
    const end = offset + lengthEnd + buffer.readInt32BE(offset + 8);
    if (buffer.length < end) {
      const got = `${buffer.length - offset} bytes, expected ${end - offset}`;
      throw toPartialError(`a fetch ends in the middle of a record batch, got ${got}`);
    }
    const attributes = buffer.readInt16BE(offset + 21);
    const context = readContext(buffer, offset, attributes);
    const count = buffer.readInt32BE(offset + headEnd - 4);
    const packed = buffer.subarray(offset + headEnd, end);
    from.forward(end - offset);
    const { magicByte: _, ...head } = context;
    if (count <= 0) return { ...head, records: [] };
    const codec = lookupCodec(attributes);
    const columns = readColumns(context, codec === null ? packed : await codec.decompress(packed), count);
    const rows = new PolledRows(columns);
    return { ...head, records: areRowsAskedFor() ? [rows] : rows.toRecords(0) };
  };
}

function readContext(buffer: Buffer, at: number, attributes: number): RecordBatchContext {
  return {
    firstOffset: String(buffer.readBigInt64BE(at)),
    firstTimestamp: String(buffer.readBigInt64BE(at + 27)),
    partitionLeaderEpoch: buffer.readInt32BE(at + 12),
    inTransaction: (attributes & 0x10) !== 0,
    isControlBatch: (attributes & 0x20) !== 0,
    lastOffsetDelta: buffer.readInt32BE(at + 23),
    producerId: String(buffer.readBigInt64BE(at + 43)),
    producerEpoch: buffer.readInt16BE(at + 51),
    firstSequence: buffer.readInt32BE(at + 53),
    maxTimestamp: String(buffer.readBigInt64BE(at + 35)),
    timestampType: (attributes & 0x08) === 0 ? 0 : 1,
    magicByte: buffer.readInt8(at + 16),
  };
}

function readColumns(context: RecordBatchContext, bytes: Buffer, count: number): RecordColumns {
  const offsets = new Float64Array(count);
  const timestamps = new Float64Array(count);
  const places = new Int32Array(count * placesPerRecord);
  const firstOffset = Number(context.firstOffset);
  const firstTimestamp = Number(context.firstTimestamp);
  const appendTime = context.timestampType === 1 ? Number(context.maxTimestamp) : undefined;
  const cursor: Cursor = { bytes, at: 0 };
  for (let row = 0, place = 0; row < count; row++) {
    const length = readVarint(cursor);
    const end = cursor.at + length;
    if (end > bytes.length) throw cutShort({ bytes, at: end });
    cursor.at++; // the record's own attributes, unused
    const timestampDelta = readVarint(cursor);
    timestamps[row] = appendTime ?? firstTimestamp + timestampDelta;
    offsets[row] = firstOffset + readVarint(cursor);
    for (let part = 0; part < 2; part++) {
      const partLength = readVarint(cursor);
      places[place++] = cursor.at;
      places[place++] = partLength;
      cursor.at += Math.max(0, partLength);
      if (cursor.at > end) throw cutShort({ bytes, at: cursor.at });
    }
    places[place++] = cursor.at;
    places[place++] = end;
    cursor.at = end;
  }
  return { context, bytes, offsets, timestamps, places };
}
