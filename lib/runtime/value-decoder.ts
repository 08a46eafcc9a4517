// Base64 -> compressed bytes -> decompressed bytes -> value, in one synchronous step over two scratch areas. No view of a
// scratch leaves a call, which is why the next record may overwrite both.

import { CodecError } from '../codec/codec.ts';
import { decompress, decompressedSize, type DecompressOptions } from '../codec/decompress.ts';
import { decompressLz4Text } from '../codec/lz4-text.ts';
import { createScratch } from '../codec/scratch.ts';
import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { EventRecord } from './event.ts';
import { toOwnBuffer } from '../format/bytes.ts';
import { FormatError } from '../format/format-error.ts';
import { isOurs, type Format, type FormatSource } from '../format/format.ts';
import { NotReadyError, type Pending } from '../format/pending.ts';
import { text } from '../format/text.ts';
import { NoRoomError, ValueMemory } from '../format/value-memory.ts';
import { headerText, toHeaders } from './headers.ts';
import type { ByteBudget } from '../memory/budget.ts';
import { readText } from '../telemetry/thrown.ts';

/** A value and what it took to get there, in bytes. */
export interface Opened<V> {
  readonly value: V | null | Promise<V | null> | Pending;
  readonly decodedBytes: number;
  readonly decompressedBytes: number;
  /** Its share of the byte budget: what it decompresses to, or what the value was charged for where that is more. */
  readonly budgetBytes: number;
}

/** Opens records one at a time; holds no record between calls. */
export interface Opener<V, K> {
  /** The decompressed size of the value, exact or from above, found without decompressing. @throws CodecError */
  decompressedSize(record: EventRecord): number;
  /**
   * Opens a value that may take `roomBytes` of memory as objects.
   * @throws CodecError, FormatError; an asynchronous format rejects with the latter; NoRoomError
   */
  open(record: EventRecord, roomBytes?: number): Opened<V>;
  /** Whether keys have no format of their own, so that nobody pays for one that is not read. */
  readonly isKeyLazy: boolean;
  /** Synchronous where `isKeyLazy`. @throws FormatError; an asynchronous format rejects with it */
  openKey(record: EventRecord): K | null | Promise<K | null> | Pending;
  /** The decompressed value in memory of its own; null for a tombstone. @throws CodecError */
  copyBytes(record: EventRecord): Buffer | null;
  /** Whether an error of opening a record has a message of this library's, which quotes nothing of the record. */
  hasSafeMessages(error: unknown): boolean;
  /** Gives back what a large record made the scratch areas grow to. */
  shrink(): void;
}

// Both for good, not made each time: see jit-anchors.ts.
const unopened = { value: undefined, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
const tombstone = { value: null, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
// What a validator or a registry of the user's throws, is wrapped or of another class.
const ownErrors = [CodecError, FormatError, NotReadyError] as const;

function isOwnError(error: unknown): boolean {
  // By name, or the registries' module would be in every bundle.
  return ownErrors.some((own) => error instanceof own) || readText(error, 'name') === 'RegistryError';
}

// Enough for nearly every record of the workload that this was built for; one that is larger grows it for a while.
const scratchBytes = 65_536;
// What a key may become as objects. The byte budget does not hold keys.
const maxKeyObjectBytes = 1_048_576;

/** Makes the opener of one consumer. */
export function createOpener<V, K>(config: ConsumerDefinition<V, K>): Opener<V, K> {
  const encoded = createScratch(scratchBytes);
  const decompressed = createScratch(scratchBytes);
  // Without a format values are bytes, which copyBytes() gives.
  const isBinary = config.value === undefined || config.value.isBinary === true;
  const allowed: DecompressOptions['allowed'] =
    config.compression === 'detect' && isBinary ? 'header' : config.compression;
  const { maxDecompressedBytesPerRecord: maxBytes, maxValueBytesPerRecord } = config.limits;
  const keyText = text();
  const maxKeyBytes = Math.min(maxValueBytesPerRecord, maxKeyObjectBytes);
  const mayBeLz4 = allowed === 'detect' || (typeof allowed !== 'string' && allowed.includes('lz4'));

  const formatsAreOurs = [config.value, config.key].every((format) => format === undefined || isOurs(format));

  const decode = (base64: string): Buffer => {
    // Padding and line breaks count as bytes here, so the text always fits.
    const area = encoded.reserve(Math.ceil(base64.length * 0.75));
    return area.subarray(0, area.write(base64, 0, 'base64'));
  };

  return {
    decompressedSize(record) {
      if (config.value === undefined || record.value === undefined || record.value === null) return 0;
      if (config.value.decompressedBytes !== undefined) return maxBytes; // told only by what is not decompressed yet
      return decompressedSize(decode(record.value), {
        allowed,
        contentEncoding: contentEncoding(record),
        maxBytes,
      });
    },
    open(record, roomBytes) {
      if (config.value === undefined) return unopened as unknown as Opened<V>;
      if (record.value === undefined || record.value === null) return tombstone;
      const memory = new ValueMemory(maxValueBytesPerRecord, roomBytes);
      const source = new RecordSource(record, 'value', maxBytes, memory);
      const named = contentEncoding(record);
      if (mayBeLz4 && config.value.decodeText !== undefined && named === undefined) {
        const found = decompressLz4Text(record.value, maxBytes);
        if (found !== undefined) {
          const { decodedBytes, decompressedBytes } = found;
          const value = config.value.decodeText(found.text, source);
          const budgetBytes = Math.max(decompressedBytes, memory.chargedBytes);
          return { value, decodedBytes, decompressedBytes, budgetBytes };
        }
      }
      const bytes = decode(record.value);
      const view = decompress(bytes, { allowed, contentEncoding: named, maxBytes, scratch: decompressed });
      const decompressedBytes = config.value.decompressedBytes?.(view, source) ?? view.length;
      const value = config.value.decode(view, source);
      const budgetBytes = Math.max(decompressedBytes, memory.chargedBytes);
      return { value, decodedBytes: bytes.length, decompressedBytes, budgetBytes };
    },
    isKeyLazy: config.key === undefined,
    openKey(record) {
      if (record.key === undefined || record.key === null) return null;
      const source = new RecordSource(record, 'key', maxBytes, new ValueMemory(maxKeyBytes));
      const format = config.key ?? (keyText as Format<unknown> as Format<K>);
      return format.decode(decode(record.key), source);
    },
    copyBytes(record) {
      if (record.value === undefined || record.value === null) return null;
      const options = { allowed, contentEncoding: contentEncoding(record), maxBytes, scratch: decompressed };
      return toOwnBuffer(decompress(decode(record.value), options));
    },
    hasSafeMessages: (error) => formatsAreOurs && isOwnError(error),
    shrink() {
      encoded.shrink(scratchBytes);
      decompressed.shrink(scratchBytes);
    },
  };
}

/** Where a value or key comes from; it holds the record for no longer than a format holds it. */
class RecordSource implements FormatSource {
  readonly part: FormatSource['part'];
  readonly maxBytes: number;
  readonly memory: ValueMemory;
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

// What a record that has to wait is taken to become, per decompressed byte: JSON becomes two to six times as much.
const presumedGrowth = 4;

/**
 * Opens a record once the budget has room for what it becomes; a promise only where it has to wait for that.
 *
 * Non-obvious: what a value becomes is known only while it is decoded. One that does not fit what is left is given up, waits for
 * what it needs at least, and, because the scratch areas are everybody's, is decoded from its base64 again. One that
 * needs more than the whole budget gets all of it, and runs alone.
 *
 * @throws CodecError, FormatError, as a rejection after a wait; nothing is taken from the budget then
 */
export function openWithin<V, K>(
  budget: ByteBudget,
  opener: Opener<V, K>,
  event: EventRecord,
): Opened<V> | Promise<Opened<V>> {
  const { free } = budget;
  if (free === 0) return openLater(budget, opener.decompressedSize(event) * presumedGrowth, opener, event);
  let opened: Opened<V>;
  try {
    opened = opener.open(event, free);
  } catch (error) {
    if (error instanceof NoRoomError) return openLater(budget, error.neededBytes, opener, event);
    throw error;
  }
  if (budget.tryTake(opened.budgetBytes)) return opened;
  return openLater(budget, opened.budgetBytes, opener, event);
}

async function openLater<V, K>(
  budget: ByteBudget,
  leastBytes: number,
  opener: Opener<V, K>,
  event: EventRecord,
): Promise<Opened<V>> {
  for (let bytes = leastBytes; ;) {
    await budget.take(bytes);
    try {
      const opened = opener.open(event, bytes < budget.maxBytes ? bytes : undefined);
      return { ...opened, budgetBytes: budget.resize(bytes, opened.budgetBytes) };
    } catch (error) {
      budget.give(bytes);
      if (!(error instanceof NoRoomError)) throw error;
      bytes = Math.max(error.neededBytes, bytes * 2);
    }
  }
}

// In any case: producers that come from HTTP write it as they do there.
const isEncodingName = (name: string): boolean =>
  name.length === 16 && name.toLowerCase() === 'content-encoding';

function contentEncoding({ headers }: EventRecord): string | undefined {
  if (headers === undefined || headers === null || headers.length === 0) return undefined;
  const name = headers.flatMap(Object.keys).findLast(isEncodingName);
  return name === undefined ? undefined : headerText(headers, name);
}
