// A record as a person writes it down -> the bytes that its consumer reads: by the definition's formats, or as plain JSON where there
// is no definition. Used by whatever sends records: runs, and commands that send a person's own.

import type { Codec } from '../../../lib/codec/codec.ts';
import type { ConsumerDefinition, Format, FormatError } from '../../../lib/index.ts';
import { Pending } from '../../../lib/format/pending.ts';
import { ValueMemory } from '../../../lib/format/bounds/value-memory.ts';
import { EncodeError } from '../../../lib/testing/encode-error.ts';
import { encode } from '../../../lib/testing/value-encoder.ts';
import { digest64 } from '../digest.ts';
import { pack, type Packing } from '../packing.ts';
import type { TrafficHeaders, TrafficRecord } from '../record.ts';
import type { SampleRecord } from './sample-file.ts';

/** How records are encoded. */
export interface RecordEncoding {
  /** undefined: values are plain JSON, keys text. */
  readonly definition: ConsumerDefinition | undefined;
  readonly packing: Packing;
  /** The id of the value's schema, where the value's format is framed. Default 1. */
  readonly schemaId?: number | string;
}

/** An encoded record, without its number in the traffic. */
export interface EncodedRecord extends Omit<TrafficRecord, 'sequence' | 'kind'> {
  /** The value before packing; null for a tombstone. */
  readonly document: Buffer | null;
}

/** Encodes records. */
export interface RecordEncoder {
  /** @throws EncodeError `CANNOT_ENCODE` naming the place in the value, never quoting it */
  readonly encode: (record: SampleRecord) => EncodedRecord;
  /** Why the definition does not read a record as it was encoded; undefined when it does, or when nobody can tell here. */
  readonly check: (record: EncodedRecord) => Promise<string | undefined>;
}

/** Makes the encoder. */
export function createRecordEncoder({ definition, packing, schemaId }: RecordEncoding): RecordEncoder {
  const writing = schemaId === undefined ? {} : { schemaId };
  return {
    encode(record) {
      // A value without a format is never opened, and may be anything.
      const format = definition?.value;
      const document =
        format === undefined
          ? toPlain(record.value, 'json')
          : encode(format, 'value', toValue(record.value, format), writing);
      const value = document === null ? null : pack(document, packing);
      const key =
        definition === undefined
          ? toPlain(record.key ?? null, 'text')
          : encode(definition.key, 'key', toValue(record.key, definition.key), {});
      return {
        key,
        document,
        value,
        headers: toHeaders(record.headers ?? {}, value === null ? 'none' : packing),
        ...(record.partition !== undefined && { partition: record.partition }),
        ...(record.timestampMs !== undefined && { timestampMs: record.timestampMs }),
        documentDigest: document === null ? 0n : digest64(document),
        valueDigest: value === null ? 0n : digest64(value),
      };
    },
    async check({ document, key }) {
      if (definition === undefined) return undefined;
      return (
        (await checkPart(definition, 'value', document)) ??
        (await checkPart(definition, 'key', key === null ? null : Buffer.from(key as string)))
      );
    },
  };
}

/** A packing that the definition opens: the one that is asked for, or none. */
export function choosePacking(definition: ConsumerDefinition | undefined, wanted: Packing): Packing {
  if (definition === undefined || wanted === 'none') return wanted;
  return mayBePacked(definition, wanted) ? wanted : 'none';
}

/** Whether the definition opens values that are packed so. */
export function mayBePacked({ compression }: ConsumerDefinition, packing: Exclude<Packing, 'none'>): boolean {
  if (compression === 'detect') return true;
  return compression !== 'none' && compression.includes(packing satisfies Codec);
}

/** Bytes that JSON cannot hold are written as `{"base64": "..."}`; `bytes()` takes text, too. */
function toValue(value: unknown, format: Format<unknown> | undefined): unknown {
  const bytes = fromBase64(value);
  if (bytes !== undefined) return bytes;
  return format?.shape?.kind === 'bytes' && typeof value === 'string' ? Buffer.from(value) : value;
}

function fromBase64(value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const { base64 } = value as { readonly base64?: unknown };
  if (typeof base64 !== 'string') return undefined;
  const bytes = Buffer.from(base64, 'base64');
  // Node passes over what is no base64, and would send other bytes than were meant.
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  if (!isWhole) throw new EncodeError('base64', 'characters that are none of it', 'RFC 4648, section 4');
  return bytes;
}

function toPlain(value: unknown, text: 'json' | 'text'): Buffer | null {
  if (value === null || value === undefined) return null;
  const bytes = fromBase64(value);
  if (bytes !== undefined) return bytes;
  return Buffer.from(text === 'text' && typeof value === 'string' ? value : JSON.stringify(value));
}

function toHeaders(given: Readonly<Record<string, unknown>>, packing: Packing): TrafficHeaders {
  const entries = Object.entries(given).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(toHeader) : toHeader(value),
  ]);
  const headers = Object.fromEntries(entries) as TrafficHeaders;
  // Formats of bytes do not look for a magic number in them.
  return packing === 'none' ? headers : { 'content-encoding': packing, ...headers };
}

function toHeader(value: unknown): string | Uint8Array {
  return fromBase64(value) ?? (typeof value === 'string' ? value : JSON.stringify(value));
}

async function checkPart(
  { topic, value, key, limits }: ConsumerDefinition,
  part: 'key' | 'value',
  bytes: Buffer | null,
): Promise<string | undefined> {
  const format = part === 'value' ? value : key;
  // What stands behind a registry's framing only the registry can tell.
  if (format === undefined || bytes === null || format.shape?.kind === 'framed') return undefined;
  try {
    const decoded = format.decode(Buffer.from(bytes), {
      topic,
      part,
      maxBytes: limits.maxDecompressedBytesPerRecord,
      memory: new ValueMemory(limits.maxValueBytesPerRecord),
      schemaMetadata: undefined,
      header: () => undefined,
    });
    if (!(decoded instanceof Pending)) await decoded;
    return undefined;
  } catch (error) {
    // By its fields: the definition's format may be of another copy of this code, the one that the project has installed.
    if (!(error instanceof Error && 'code' in error)) throw error;
    const [issue] = 'issues' in error ? (error.issues as FormatError['issues']) : [];
    return issue === undefined ? error.message : `${String(error.code)}, ${issue}`;
  }
}
