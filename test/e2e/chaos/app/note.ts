// A consumer's note of the records that it has seen: one S3 object per lane and delivery, whose body says when its delivery
// began and has a number and a digest for each record.
//
//   8 bytes  epoch milliseconds, a double | per record: 4 bytes number, 8 bytes digest
import { randomUUID } from 'node:crypto';
import { digestBytes } from './record.ts';

/** A record in a note. */
export interface NotedRecord {
  readonly n: number;
  readonly digest: Buffer;
}

const headBytes = 8;
const recordBytes = 4 + digestBytes;

/** Prefix of the notes. */
export const notePrefix = 'landed/';

/** The name of a note that was begun at this moment, in nanoseconds; names are in the order of time. */
export function noteKey(startedAt: bigint): string {
  return `${notePrefix}${String(startedAt).padStart(20, '0')}-${randomUUID()}`;
}

/** Writes the body of a note. */
export function writeNote(startedMs: number, records: readonly NotedRecord[]): Buffer {
  const note = Buffer.alloc(headBytes + records.length * recordBytes);
  note.writeDoubleLE(startedMs);
  for (const [index, { n, digest }] of records.entries()) {
    const at = headBytes + index * recordBytes;
    note.writeUInt32LE(n, at);
    digest.copy(note, at + 4);
  }
  return note;
}

/** Reads it. */
export function readNote(note: Buffer): {
  readonly startedMs: number;
  readonly records: readonly NotedRecord[];
} {
  const count = (note.length - headBytes) / recordBytes;
  return {
    startedMs: note.readDoubleLE(),
    records: Array.from({ length: count }, (_, index) => {
      const at = headBytes + index * recordBytes;
      return { n: note.readUInt32LE(at), digest: note.subarray(at + 4, at + recordBytes) };
    }),
  };
}
