// Kafka headers: an ordered list in which names repeat and values are bytes. The mapping writes the bytes as
// signed numbers; Buffer.from wraps negatives, String.fromCodePoint would throw.

import { isUtf8 } from 'node:buffer';
import type { EventHeader } from './event.ts';

/** A record's headers, in the producer's order; names may repeat. */
export interface RecordHeaders extends Iterable<readonly [name: string, value: Buffer]> {
  /** How many there are. */
  readonly size: number;
  /** The last value under `name` (Kafka's `lastHeader`) as UTF-8 text, or undefined when there is none. */
  text(name: string): string | undefined;
  /** Every value under `name`, in order, as bytes that own exactly their memory. */
  all(name: string): Buffer[];
}

type Headers = readonly EventHeader[] | null | undefined;

/** Reads headers where they lie, asking `read` for them at each use; nothing is decoded until it is asked for. */
export function toHeaders(read: () => Headers): RecordHeaders {
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
export function headerText(headers: Headers, name: string): string | undefined {
  const header = headers?.findLast((entry) => Object.hasOwn(entry, name));
  return header && Buffer.from(header[name] ?? []).toString('utf8');
}

// In any case: producers that come from HTTP write it as they do there.
const isEncodingName = (name: string): boolean =>
  name.length === 16 && name.toLowerCase() === 'content-encoding';

/** The last `content-encoding`, its name in any case. */
export function contentEncoding(headers: Headers): string | undefined {
  if (headers === undefined || headers === null) return undefined;
  // Loops without closures or lists: this is done for every record.
  for (let i = headers.length - 1; i >= 0; i--) {
    const entry = headers[i];
    for (const name in entry)
      if (isEncodingName(name)) return Buffer.from(entry[name] ?? []).toString('utf8');
  }
  return undefined;
}

/** Headers as JSON can hold them: `[name, text]`, or `[name, base64, "base64"]` where the bytes are no UTF-8. */
export function toJsonHeaders(headers: RecordHeaders): readonly (readonly string[])[] {
  return [...headers].map(([name, bytes]) =>
    isUtf8(bytes) ? [name, bytes.toString()] : [name, bytes.toString('base64'), 'base64'],
  );
}

/** Bytes outside Node's shared pool: a pooled copy would pin a 64 KiB slab on Node 24. */
function toOwnBytes(signed: readonly number[] | undefined): Buffer {
  const bytes = Buffer.allocUnsafeSlow(signed?.length ?? 0);
  if (signed) bytes.set(signed);
  return bytes;
}
