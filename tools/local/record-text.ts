// Records' JSON text, written in WebAssembly (record-text.wat): numbers, base64, headers and all, without a string on the way. By way
// of strings, base64 took a poller longer than everything else that it does with a record.

import { place, placesPerRecord, type RecordColumns } from '../broker/record-columns.ts';
import { recordTextModule } from './record-text-module.ts';

/** What records of one partition have in common. */
export interface RecordFrame {
  /** From the brace up to the offset. */
  readonly front: Buffer;
  readonly isAppendTime: boolean;
}

/** What a record has of its own. */
export interface RecordFields {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  /** null when there is none, as the value. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** From behind the value up to the brace. */
  readonly rest: Buffer;
}

/** Rows of a batch, `from` up to, not including, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
  /** What `boundRow` gives for each of them, added up. */
  readonly boundBytes: number;
}

/** Text in memory that the next record is written to. */
export interface WrittenText {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

// Part of the language's environment, but Node's type declarations leave it to the browser's.
declare const WebAssembly: {
  readonly Module: new (bytes: Buffer) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Core {
  readonly memory: Memory;
  readonly record: (...args: readonly number[]) => number;
  readonly rows: (...args: readonly number[]) => number;
  /** All of `memory`, as it is now. */
  bytes: Buffer;
}

const nothing = Buffer.alloc(0);
const pageBytes = 65_536;
// Behind the words of record-text.wat.
const firstByte = 256;
// What a copy of 16 bytes may reach behind its end.
const slackBytes = 16;
// In the table of record-text.wat: offset, time, places, end.
const bytesPerRow = 8 + 8 + placesPerRecord * 4 + 4;
// Two numbers of up to 20 characters, the names of the properties, the brackets around headers, and the comma in front.
const wordsBytes = 160;
// A record of many megabytes should not keep as much for as long as the process lives.
const keptBytes = 8 * 1024 * 1024;

let core: Core | undefined;

/** Bytes that a row's text has at most, with a comma. */
export function boundRow({ front }: RecordFrame, { places }: RecordColumns, row: number): number {
  const at = row * placesPerRecord;
  const headersBytes = (places[at + place.end] ?? 0) - (places[at + place.headersStart] ?? 0);
  const [keyBytes = 0, valueBytes = 0] = [places[at + place.keyLength], places[at + place.valueLength]];
  return front.length + wordsBytes + countBase64(keyBytes) + countBase64(valueBytes) + headersBytes * 5;
}

/** Writes a record. */
export function writeRecord({ front, isAppendTime }: RecordFrame, fields: RecordFields): WrittenText {
  const { offset, timestampMs, key, value, rest } = fields;
  const [keyBytes, valueBytes] = [key?.length ?? -1, value?.length ?? -1];
  const input = front.length + rest.length + Math.max(0, keyBytes) + Math.max(0, valueBytes);
  const output = wordsBytes + front.length + countBase64(keyBytes) + countBase64(valueBytes) + rest.length;
  const { record, bytes } = prepare(input + output);
  const frontAt = put(bytes, firstByte, front);
  const restAt = put(bytes, frontAt + front.length, rest);
  const keyAt = put(bytes, restAt + rest.length, key ?? nothing);
  const valueAt = put(bytes, keyAt + Math.max(0, keyBytes), value ?? nothing);
  const start = valueAt + Math.max(0, valueBytes);
  const head = [start, frontAt, front.length, offset, timestampMs, Number(isAppendTime)];
  const end = record(...head, keyAt, keyBytes, valueAt, valueBytes, restAt, rest.length);
  return { memory: bytes, start, end };
}

/**
 * Writes rows, with a comma between two of them, up to the first whose headers have a name that is not plain ASCII or are broken;
 * `ends` is where each ends in the memory.
 */
export function writeRows(
  { front, isAppendTime }: RecordFrame,
  columns: RecordColumns,
  { from, to, boundBytes }: RowRange,
): WrittenText & { readonly ends: Int32Array } {
  const count = to - from;
  const places = columns.places.subarray(from * placesPerRecord, to * placesPerRecord);
  // From the first row's key up to the last one's end.
  const input = columns.bytes.subarray(places[0], places.at(-1));
  const table = count * bytesPerRow;
  const { rows, bytes } = prepare(table + front.length + input.length + boundBytes);
  new Float64Array(bytes.buffer, firstByte, count).set(columns.offsets.subarray(from, to));
  new Float64Array(bytes.buffer, firstByte + count * 8, count).set(columns.timestamps.subarray(from, to));
  new Int32Array(bytes.buffer, firstByte + count * 16, places.length).set(places);
  const frontAt = put(bytes, firstByte + table, front);
  const inputAt = put(bytes, frontAt + front.length, input);
  const start = inputAt + input.length;
  const head = [start, frontAt, front.length, Number(isAppendTime), firstByte, count];
  const written = rows(...head, inputAt - (places[0] ?? 0));
  const ends = new Int32Array(bytes.buffer, firstByte + count * (bytesPerRow - 4), written);
  return { memory: bytes, start, end: ends.at(-1) ?? start, ends };
}

function countBase64(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) / 3) * 4;
}

/** Returns `at`, where the bytes begin. */
function put(memory: Buffer, at: number, bytes: Buffer): number {
  memory.set(bytes, at);
  return at;
}

/** The core, with room for so many bytes behind its words. */
function prepare(bytes: number): Core {
  const needed = firstByte + bytes + slackBytes;
  if (core !== undefined && core.bytes.length > keptBytes && needed <= keptBytes) core = undefined;
  core ??= start();
  const { memory } = core;
  if (needed > core.bytes.length) {
    memory.grow(Math.ceil((needed - core.bytes.length) / pageBytes));
    core.bytes = Buffer.from(memory.buffer);
  }
  return core;
}

function start(): Core {
  const module = new WebAssembly.Module(Buffer.from(recordTextModule, 'base64'));
  const { memory, record, rows } = new WebAssembly.Instance(module).exports as Omit<Core, 'bytes'>;
  return { memory, record, rows, bytes: Buffer.from(memory.buffer) };
}
