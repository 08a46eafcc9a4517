// A record of a fetch, as kafkajs hands messages on, that reads itself only where it is asked. A poller asks for little: for
// objects, views and decimal text of every record it paid more than for anything that it does with one.
import type { IHeaders } from 'kafkajs';
import { place, placesPerRecord, type RecordBatchContext, type RecordColumns } from './record-columns.ts';
import { readVarint, type Cursor } from './varint.ts';
import { foldHeaders, type KafkaHeader } from './record-headers.ts';

/** A kafkajs message over the columns of its batch; key, value and header values are views of the fetch. */
export class PolledRecord {
  readonly columns: RecordColumns;
  readonly row: number;
  #headers: IHeaders | undefined;

  constructor(columns: RecordColumns, row: number) {
    this.columns = columns;
    this.row = row;
  }

  get offset(): string {
    return String(this.columns.offsets[this.row] ?? 0);
  }

  get timestamp(): string {
    return String(this.columns.timestamps[this.row] ?? 0);
  }

  get key(): Buffer | null {
    return this.#view(place.keyStart, place.keyLength);
  }

  get value(): Buffer | null {
    return this.#view(place.valueStart, place.valueLength);
  }

  get headers(): IHeaders {
    return (this.#headers ??= foldHeaders(this.#readHeaderList()));
  }

  get magicByte(): number {
    return this.columns.context.magicByte;
  }

  /** Kafka has given no meaning to any bit of a record's own attributes so far. */
  get attributes(): number {
    return 0;
  }

  get isControlRecord(): boolean {
    return this.columns.context.isControlBatch;
  }

  get batchContext(): RecordBatchContext {
    return this.columns.context;
  }

  #place(column: number): number {
    return this.columns.places[this.row * placesPerRecord + column] ?? 0;
  }

  #view(start: number, length: number): Buffer | null {
    const bytes = this.#place(length);
    const from = this.#place(start);
    return bytes < 0 ? null : this.columns.bytes.subarray(from, from + bytes);
  }

  #readHeaderList(): readonly KafkaHeader[] {
    const { bytes } = this.columns;
    const cursor: Cursor = { bytes, at: this.#place(place.headersStart) };
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
