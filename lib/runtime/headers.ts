// Kafka headers: an ordered list in which names repeat and values are bytes. The mapping writes the bytes as
// signed numbers; Buffer.from wraps negatives, String.fromCodePoint would throw.

import type { EventHeader } from './event.ts';

/** A record's headers, in the producer's order; names may repeat. */
export interface RecordHeaders extends Iterable<readonly [name: string, value: Buffer]> {
  readonly size: number;
  /** The last value under `name` as UTF-8 text (Kafka's `lastHeader`), or undefined when there is none. */
  text(name: string): string | undefined;
  /** Every value under `name`, in order, as bytes that own exactly their memory. */
  all(name: string): Buffer[];
}

/** Reads headers where they lie, asking `read` for them at each use; nothing is decoded until it is asked for. */
export function toHeaders(read: () => readonly EventHeader[] | null | undefined): RecordHeaders {
  return {
    get size() {
      return read()?.length ?? 0;
    },
    text: (name) => headerText(read(), name),
    all: (name) =>
      (read() ?? []).filter((entry) => Object.hasOwn(entry, name)).map((entry) => toOwnBytes(entry[name])),
    *[Symbol.iterator]() {
      for (const entry of read() ?? []) {
        for (const name of Object.keys(entry)) yield [name, toOwnBytes(entry[name])];
      }
    },
  };
}

/** The last value under `name` as UTF-8 text, straight from the event's headers. */
export function headerText(
  headers: readonly EventHeader[] | null | undefined,
  name: string,
): string | undefined {
  const header = headers?.findLast((entry) => Object.hasOwn(entry, name));
  return header && Buffer.from(header[name] ?? []).toString('utf8');
}

/** Bytes outside Node's shared pool: a pooled copy would pin a 64 KiB slab on Node 24. */
function toOwnBytes(signed: readonly number[] | undefined): Buffer {
  const bytes = Buffer.allocUnsafeSlow(signed?.length ?? 0);
  if (signed) bytes.set(signed);
  return bytes;
}
