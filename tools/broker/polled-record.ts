// A record of a fetch, as kafkajs hands messages on, that reads itself only where it is asked. A poller asks for little: for
// objects, views and decimal text of every record it paid more than for anything that it does with one.
import type { KafkaMessage } from 'kafkajs';
import { readVarint, type Cursor } from './varint.ts';
import { foldHeaders, type KafkaHeader } from './record-headers.ts';

/** What kafkajs knows of the batch that a record stands in; 64-bit numbers are decimal text. */
export interface RecordBatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  /** 0: the producer's time; 1: the broker's, which is the batch's for all of its records. */
  readonly timestampType: number;
  readonly magicByte: number;
}

/** The records of one batch: where each lies in the batch's bytes. */
export interface RecordColumns {
  readonly context: RecordBatchContext;
  readonly bytes: Buffer;
  /** Exact up to 2^53, as are the times. */
  readonly offsets: Float64Array;
  /** Epoch milliseconds. */
  readonly timestamps: Float64Array;
  /** Five per record: its key's start and length, its value's start and length, its headers' start; -1 is the length of null. */
  readonly places: Int32Array;
}

/** A part of a record within its batch, from `start` up to, not including, `end`. */
export interface RecordPiece {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const [keyStart, keyLength, valueStart, valueLength, headersStart] = [0, 1, 2, 3, 4];
/** Numbers per record in `places`. */
export const placesPerRecord = 5;

/** A kafkajs message over the columns of its batch; key, value and header values are views of the fetch. */
export class PolledRecord {
  readonly #columns: RecordColumns;
  readonly #row: number;
  #headers: KafkaMessage['headers'] | undefined;

  constructor(columns: RecordColumns, row: number) {
    this.#columns = columns;
    this.#row = row;
  }

  get offsetNumber(): number {
    return this.#columns.offsets[this.#row] ?? 0;
  }

  get timestampMs(): number {
    return this.#columns.timestamps[this.#row] ?? 0;
  }

  get offset(): string {
    return String(this.offsetNumber);
  }

  get timestamp(): string {
    return String(this.timestampMs);
  }

  get key(): Buffer | null {
    return this.#view(keyStart, keyLength);
  }

  get value(): Buffer | null {
    return this.#view(valueStart, valueLength);
  }

  /** Where the key lies in the fetch; undefined when there is none. */
  get keyPiece(): RecordPiece | undefined {
    return this.#piece(keyStart, keyLength);
  }

  /** Where the value lies in the fetch; undefined for a tombstone. */
  get valuePiece(): RecordPiece | undefined {
    return this.#piece(valueStart, valueLength);
  }

  get headers(): KafkaMessage['headers'] {
    return (this.#headers ??= foldHeaders(this.#readHeaderList()));
  }

  get hasHeaders(): boolean {
    return this.#columns.bytes[this.#place(headersStart)] !== 0;
  }

  get magicByte(): number {
    return this.#columns.context.magicByte;
  }

  /** Kafka has given no meaning to any bit of a record's own attributes so far. */
  get attributes(): number {
    return 0;
  }

  get isControlRecord(): boolean {
    return this.#columns.context.isControlBatch;
  }

  get batchContext(): RecordBatchContext {
    return this.#columns.context;
  }

  #place(column: number): number {
    return this.#columns.places[this.#row * placesPerRecord + column] ?? 0;
  }

  #view(start: number, length: number): Buffer | null {
    const bytes = this.#place(length);
    const from = this.#place(start);
    return bytes < 0 ? null : this.#columns.bytes.subarray(from, from + bytes);
  }

  #piece(start: number, length: number): RecordPiece | undefined {
    const bytes = this.#place(length);
    const from = this.#place(start);
    return bytes < 0 ? undefined : { bytes: this.#columns.bytes, start: from, end: from + bytes };
  }

  #readHeaderList(): readonly KafkaHeader[] {
    const { bytes } = this.#columns;
    const cursor: Cursor = { bytes, at: this.#place(headersStart) };
    const take = (): Buffer | null => {
      const length = readVarint(cursor);
      if (length < 0) return null;
      const from = cursor.at;
      cursor.at += length;
      return bytes.subarray(from, cursor.at);
    };
    const count = Math.max(0, readVarint(cursor));
    return Array.from({ length: count }, () => ({ key: take()?.toString() ?? '', value: take() }));
  }
}
