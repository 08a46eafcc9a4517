// The value of a failed record as a person may ask for it: decompressed, and read as JSON or text. It is shown on request only, and on a
// terminal only.
import { decompress } from '../../lib/codec/decompress.ts';
import { createScratch } from '../../lib/codec/scratch.ts';
import type { EventRecord } from '../../lib/index.ts';
import { findHeader } from './failed-record.ts';

/** A value larger than this is not decompressed. */
const mostBytes = 16_777_216;

/** The decompressed bytes; as they are where they cannot be decompressed; undefined for a tombstone. */
export function toValueBytes(record: EventRecord | undefined): Buffer | undefined {
  if (typeof record?.value !== 'string') return undefined;
  const bytes = Buffer.from(record.value, 'base64');
  const header = findHeader(record, 'content-encoding');
  const contentEncoding = header === undefined ? undefined : Buffer.from(header).toString();
  try {
    const scratch = createScratch();
    return Buffer.from(
      decompress(bytes, { allowed: 'detect', contentEncoding, maxBytes: mostBytes, scratch }),
    );
  } catch {
    // What the consumer could not open this cannot open either; its bytes are all there is.
    return bytes;
  }
}

/** The value as JSON; undefined where it is none. */
export function toJson(record: EventRecord | undefined): unknown {
  const bytes = toValueBytes(record);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether the field at `path` of the value's JSON equals `value`, as text. */
export function hasField(
  record: EventRecord | undefined,
  { path, value }: { readonly path: readonly string[]; readonly value: string },
): boolean {
  let at = toJson(record);
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return (typeof at === 'string' ? at : JSON.stringify(at)) === value;
}

/** The value for a terminal: indented JSON, text, or hexadecimal digits; control characters made visible. */
export function toShown(record: EventRecord | undefined): string {
  const json = toJson(record);
  if (json !== undefined) return JSON.stringify(json, undefined, 2);
  const bytes = toValueBytes(record);
  if (bytes === undefined) return '(tombstone)';
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes))
    return text.replaceAll(
      /[^\P{Cc}\n\t]/gu,
      (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return bytes.toString('hex').replaceAll(/.{64}/g, '$&\n');
}
