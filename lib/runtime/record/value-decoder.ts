// Base64 -> compressed bytes -> decompressed bytes -> value, in one synchronous step over two scratch areas. No view of a
// scratch leaves a call, which is why the next record may overwrite both.

import { isUtf8 } from 'node:buffer';
import { CodecError } from '../../codec/codec.ts';
import { decompress, decompressedSize, type DecompressOptions } from '../../codec/decompress.ts';
import { decompressLz4Text } from '../../codec/lz4/text.ts';
import { createScratch, type Scratch } from '../../codec/scratch.ts';
import type { ConsumerDefinition } from '../../definition/define-consumer.ts';
import { RecordError, type EventRecord } from '../event/event.ts';
import { toOwnBuffer } from '../../format/bytes.ts';
import { FormatError } from '../../format/format-error.ts';
import { isOurs, type FormatSource } from '../../format/format.ts';
import { NotReadyError, type Pending } from '../../format/pending.ts';
import { ValueMemory } from '../../format/bounds/value-memory.ts';
import { contentEncoding, toHeaders } from '../event/headers.ts';
import { anchors } from '../jit-anchors.ts';
import { isInstanceOf, readText } from '../../telemetry/thrown.ts';

/** A value and what it took to get there, in bytes. */
export interface Decoded<V> {
  readonly value: V | null | Promise<V | null> | Pending;
  readonly decodedBytes: number;
  readonly decompressedBytes: number;
  /** Its share of the byte budget: what it decompresses to, or what the value was charged for where that is more. */
  readonly budgetBytes: number;
}

const emptyRecord: EventRecord = { topic: '', partition: 0, offset: 0, timestamp: 0, timestampType: '' };
// Both for good, not made each time: see jit-anchors.ts.
const undecoded = { value: undefined, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
const tombstone = { value: null, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
// Enough for nearly every record of the workload that this was built for; one that is larger grows it for a while.
const scratchBytes = 65_536;
// What a key may become as objects. The byte budget does not hold keys.
const maxKeyObjectBytes = 1_048_576;
// What a validator or a registry of the user's throws is wrapped by these, or of another class.
const ownErrors: readonly (abstract new (...args: never[]) => Error)[] = [
  CodecError,
  FormatError,
  NotReadyError,
  RecordError,
];

/** Decodes the records of one consumer, one at a time; holds no record between calls. */
export class ValueDecoder<V, K> {
  /** Whether keys have no format of their own, so that nobody pays for one that is not read. */
  readonly isKeyLazy: boolean;
  readonly #definition: ConsumerDefinition<V, K>;
  readonly #encoded: Scratch = createScratch(scratchBytes);
  readonly #decompressed: Scratch = createScratch(scratchBytes);
  readonly #maxBytes: number;
  readonly #maxKeyBytes: number;
  readonly #allowed: DecompressOptions['allowed'];
  readonly #mayBeLz4: boolean;
  readonly #formatsAreOurs: boolean;

  constructor(definition: ConsumerDefinition<V, K>) {
    const { compression, key, limits, value } = definition;
    this.isKeyLazy = key === undefined;
    this.#definition = definition;
    this.#maxBytes = limits.maxDecompressedBytesPerRecord;
    this.#maxKeyBytes = Math.min(limits.maxValueBytesPerRecord, maxKeyObjectBytes);
    // Without a format values are bytes, which toBuffer() gives.
    const isBinary = value === undefined || value.isBinary === true;
    const allowed = compression === 'detect' && isBinary ? 'header' : compression;
    this.#allowed = allowed;
    this.#mayBeLz4 = allowed === 'detect' || (typeof allowed !== 'string' && allowed.includes('lz4'));
    anchors.source ??= new RecordSource(emptyRecord, 'value', 0, new ValueMemory(0));
    this.#formatsAreOurs = [key, value].every((format) => format === undefined || isOurs(format));
  }

  /** The decompressed size of the value, exact or from above, found without decompressing. @throws CodecError */
  decompressedSize(record: EventRecord): number {
    const { value } = this.#definition;
    if (value === undefined || record.value === undefined || record.value === null) return 0;
    const maxBytes = this.#maxBytes;
    if (value.decompressedBytes !== undefined) return maxBytes; // told only by what is not decompressed yet
    const options = { allowed: this.#allowed, contentEncoding: contentEncoding(record.headers), maxBytes };
    return decompressedSize(this.#toBytes(record.value), options);
  }

  /**
   * Decodes a value that may take `roomBytes` of memory as objects.
   * @throws CodecError, FormatError; an asynchronous format rejects with the latter; NoRoomError
   */
  decode(record: EventRecord, roomBytes?: number): Decoded<V> {
    if (record.value === undefined || record.value === null) return tombstone;
    const { value: format, limits } = this.#definition;
    if (format === undefined) return undecoded as unknown as Decoded<V>;
    const memory = new ValueMemory(limits.maxValueBytesPerRecord, roomBytes);
    const source = new RecordSource(record, 'value', this.#maxBytes, memory);
    const named = contentEncoding(record.headers);
    if (this.#mayBeLz4 && format.decodeText !== undefined && named === undefined) {
      const found = decompressLz4Text(record.value, this.#maxBytes);
      if (found !== undefined) {
        const { decodedBytes, decompressedBytes } = found;
        source.hasLongDigits = found.hasLongDigits;
        const value = format.decodeText(found.text, source);
        const budgetBytes = Math.max(decompressedBytes, memory.chargedBytes);
        return { value, decodedBytes, decompressedBytes, budgetBytes };
      }
    }
    const bytes = this.#toBytes(record.value);
    const view = this.#decompress(bytes, named);
    const decompressedBytes = format.decompressedBytes?.(view, source) ?? view.length;
    const value = format.decode(view, source);
    const budgetBytes = Math.max(decompressedBytes, memory.chargedBytes);
    return { value, decodedBytes: bytes.length, decompressedBytes, budgetBytes };
  }

  /** Decodes a key by the definition's format. @throws FormatError; an asynchronous format rejects with it */
  decodeKey(record: EventRecord): K | null | Promise<K | null> | Pending {
    const { key: format } = this.#definition;
    if (format === undefined || record.key === undefined || record.key === null) return null;
    const source = new RecordSource(record, 'key', this.#maxBytes, new ValueMemory(this.#maxKeyBytes));
    return format.decode(this.#toBytes(record.key), source);
  }

  /** The key as text; null where it is no UTF-8, and when there is none. */
  toKeyText({ key }: EventRecord): string | null {
    if (key === undefined || key === null) return null;
    const bytes = this.#toBytes(key);
    return isUtf8(bytes) ? bytes.toString('utf8') : null;
  }

  /** The key's bytes in memory of their own; null when there is none. */
  toKeyBytes({ key }: EventRecord): Buffer | null {
    return key === undefined || key === null ? null : toOwnBuffer(this.#toBytes(key));
  }

  /** The decompressed value in memory of its own; null for a tombstone. @throws CodecError */
  toBuffer(record: EventRecord): Buffer | null {
    if (record.value === undefined || record.value === null) return null;
    return toOwnBuffer(this.#decompress(this.#toBytes(record.value), contentEncoding(record.headers)));
  }

  /** Whether an error of decoding a record has a message of this library's, which quotes nothing of the record. */
  hasSafeMessage(error: unknown): boolean {
    // By name, or the registries' module would be in every bundle.
    const isOwn =
      ownErrors.some((own) => isInstanceOf(error, own)) || readText(error, 'name') === 'RegistryError';
    return isOwn && (this.#formatsAreOurs || isInstanceOf(error, RecordError));
  }

  /** Gives back what a large record made the scratch areas grow to. */
  shrink(): void {
    this.#encoded.shrink(scratchBytes);
    this.#decompressed.shrink(scratchBytes);
  }

  #toBytes(base64: string): Buffer {
    // Padding and line breaks count as bytes here, so the text always fits.
    const area = this.#encoded.reserve(Math.ceil(base64.length * 0.75));
    return area.subarray(0, area.write(base64, 0, 'base64'));
  }

  #decompress(bytes: Buffer, named: string | undefined): Buffer {
    const allowed = this.#allowed;
    const scratch = this.#decompressed;
    return decompress(bytes, { allowed, contentEncoding: named, maxBytes: this.#maxBytes, scratch });
  }
}

/** Where a value or key comes from; it holds the record for no longer than a format holds it. */
class RecordSource implements FormatSource {
  readonly part: FormatSource['part'];
  readonly maxBytes: number;
  readonly memory: ValueMemory;
  hasLongDigits: boolean | undefined = undefined;
  readonly #record: EventRecord;

  constructor(record: EventRecord, part: FormatSource['part'], maxBytes: number, memory: ValueMemory) {
    this.#record = record;
    this.part = part;
    this.maxBytes = maxBytes;
    this.memory = memory;
  }

  get topic(): string {
    return this.#record.topic;
  }

  get schemaMetadata(): FormatSource['schemaMetadata'] {
    const { keySchemaMetadata, valueSchemaMetadata } = this.#record;
    return (this.part === 'key' ? keySchemaMetadata : valueSchemaMetadata) ?? undefined;
  }

  header(name: string): Buffer | undefined {
    return toHeaders(() => this.#record.headers)
      .all(name)
      .at(-1);
  }
}
