// Kafka messages -> records of the invocation event, as the UTF-8 bytes of their JSON. A record is written once, when it
// is polled; batches, retries and halves only pass those bytes on (event.ts).
import type { KafkaMessage } from 'kafkajs';
import { PolledRecord } from '../broker/polled-record.ts';
import type { RecordColumns } from '../broker/record-columns.ts';
import { readHeaders, type KafkaHeader } from '../broker/record-headers.ts';
import type { EncodedRecord, RecordExtras } from './event.ts';
import {
  boundRow,
  writeRecord,
  writeRows,
  type RecordFrame,
  type RowRange,
  type WrittenText,
} from './record-text.ts';
import { createTextBlocks, textBlockBytes, type TextBlocks } from './text-blocks.ts';

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
  /** Turns rows of a batch, `from` up to, not including, `to`, for a third of what they cost one at a time. */
  readonly encodeRows: (
    partition: number,
    columns: RecordColumns,
    rows: { readonly from: number; readonly to: number },
  ) => readonly EncodedRecord[];
}

// Texts of small records lie behind one another, outside the heap: as strings of their own they were copied five times
// on their way. One record that stays behind keeps no more than such a block alive.
const firstBlockBytes = 4 * 1024;
const largestBlockBytes = textBlockBytes;

/**
 * Starts with an empty block; short-lived, as what it wrote last shares its blocks with what it writes next. What `blocks` has
 * is for `encodeRows`; default: blocks of its own.
 */
export function createRecordEncoder(topic: string, blocks: TextBlocks = createTextBlocks()): RecordEncoder {
  const head = `{"topic":${JSON.stringify(topic)},"partition":`;
  const fronts = new Map<number, Buffer>();
  let block = Buffer.alloc(0);
  let used = 0;
  let blockBytes = firstBlockBytes;

  /** Copies a text to where it can stay. */
  const save = ({ memory, start, end }: WrittenText): { readonly text: Buffer; readonly start: number } => {
    const bytes = end - start;
    let [text, at] = [block, used + 1];
    if (bytes > largestBlockBytes / 2) {
      [text, at] = [Buffer.allocUnsafeSlow(bytes), 0];
    } else if (used > 0 && at + bytes <= block.length) {
      // One byte before each record but the first: the comma between two of them.
      block[used] = comma;
      used = at + bytes;
    } else {
      while (blockBytes < bytes) blockBytes *= 2;
      block = Buffer.allocUnsafeSlow(blockBytes);
      blockBytes = Math.min(blockBytes * 2, largestBlockBytes);
      [text, at, used] = [block, 0, bytes];
    }
    memory.copy(text, at, start, end);
    return { text, start: at };
  };
  const toFrame = (partition: number, isAppendTime: boolean): RecordFrame => {
    const front = fronts.get(partition) ?? Buffer.from(`${head}${partition},"offset":`);
    fronts.set(partition, front);
    return { front, isAppendTime };
  };
  const encode: RecordEncoder['encode'] = (partition, message, extras = {}) => {
    const { key, value } = message;
    const [offset, timestampMs] = [Number(message.offset), Number(message.timestamp)];
    const frame = toFrame(partition, readTimestampType(message) === 'LOG_APPEND_TIME');
    const rest = encodeRest(message, extras);
    const written = writeRecord(frame, { offset, timestampMs, key, value, rest });
    const { text, start } = save(written);
    const bytes = written.end - written.start;
    return { partition, offset, timestampMs, text, start, bytes, admission: extras.admission };
  };

  return {
    encode,
    encodeRows(partition, columns, { from, to }) {
      const frame = toFrame(partition, columns.context.timestampType === 1);
      const records: EncodedRecord[] = [];
      for (let row = from; row < to;) {
        const block = encodeBlock(partition, frame, columns, {
          ...nextRange(frame, columns, row, to),
          blocks,
        });
        // Headers that are beyond the core.
        if (block.length === 0) records.push(encode(partition, new PolledRecord(columns, row)));
        else records.push(...block);
        row += Math.max(1, block.length);
      }
      return records;
    },
  };
}

const comma = 44;
const noHeaders = Buffer.from(',"headers":[]}');

/** Rows from `from` on, as many as fit a block together, at least one. */
function nextRange(frame: RecordFrame, columns: RecordColumns, from: number, end: number): RowRange {
  let [to, boundBytes] = [from, 0];
  for (; to < end; to++) {
    const rowBytes = boundRow(frame, columns, to);
    if (to > from && boundBytes + rowBytes > textBlockBytes) break;
    boundBytes += rowBytes;
  }
  return { from, to, boundBytes };
}

/** Rows that have a block for themselves, as many as the core could write. */
function encodeBlock(
  partition: number,
  frame: RecordFrame,
  columns: RecordColumns,
  range: RowRange & { readonly blocks: TextBlocks },
): readonly EncodedRecord[] {
  const { memory, start, end, ends } = writeRows(frame, columns, range);
  if (ends.length === 0) return [];
  const text = range.blocks.take(end - start, ends.length);
  memory.copy(text, 0, start, end);
  const records: EncodedRecord[] = [];
  let [row, at] = [range.from, 0];
  for (const rowEnd of ends) {
    const [offset, timestampMs] = [columns.offsets[row] ?? 0, columns.timestamps[row] ?? 0];
    const bytes = rowEnd - start - at;
    records.push({ partition, offset, timestampMs, text, start: at, bytes, admission: undefined });
    // Behind the comma.
    at += bytes + 1;
    row++;
  }
  return records;
}

function encodeRest(message: KafkaMessage, { keySchemaMetadata, valueSchemaMetadata }: RecordExtras): Buffer {
  const headers = readHeaders(message.headers);
  if (headers.length === 0 && keySchemaMetadata === undefined && valueSchemaMetadata === undefined)
    return noHeaders;
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
