// Base64 -> compressed bytes -> decompressed bytes -> value, in one synchronous step over two scratch areas. No view of a
// scratch leaves a call, which is why the next record may overwrite both.

import { decompress, decompressedSize } from '../codec/decompress.ts';
import { decompressLz4Text } from '../codec/lz4-text.ts';
import { createScratch } from '../codec/scratch.ts';
import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { EventRecord, SchemaMetadata } from './event.ts';
import { toOwnBuffer } from '../format/bytes.ts';
import type { Format, FormatSource } from '../format/format.ts';
import type { Pending } from '../format/pending.ts';
import { text } from '../format/text.ts';
import { headerText } from './headers.ts';
import type { ByteBudget } from '../memory/budget.ts';

/** A value and what it took to get there, in bytes. */
export interface Opened<V> {
  readonly value: V | null | Promise<V | null> | Pending;
  readonly decodedBytes: number;
  readonly decompressedBytes: number;
  /** Its share of the byte budget: what it decompresses to, or the bound that was known before. */
  readonly budgetBytes: number;
}

/** Opens records one at a time; holds no record between calls. */
export interface Opener<V, K> {
  /** The decompressed size of the value, exact or from above, found without decompressing. @throws CodecError */
  decompressedSize(record: EventRecord): number;
  /** @throws CodecError, FormatError; an asynchronous format rejects with the latter */
  open(record: EventRecord): Opened<V>;
  /** Whether keys have no format of their own, so that nobody pays for one that is not read. */
  readonly isKeyLazy: boolean;
  /** Synchronous where `isKeyLazy`. @throws FormatError; an asynchronous format rejects with it */
  openKey(record: EventRecord): K | null | Promise<K | null> | Pending;
  /** The decompressed value in memory of its own; null for a tombstone. @throws CodecError */
  copyBytes(record: EventRecord): Buffer | null;
  /** Gives back what a large record made the scratch areas grow to. */
  shrink(): void;
}

// Both for good, not made each time: see jit-anchors.ts.
const unopened = { value: undefined, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
const tombstone = { value: null, decodedBytes: 0, decompressedBytes: 0, budgetBytes: 0 };
// Enough for nearly every record of the workload that this was built for; one that is larger grows it for a while.
const scratchBytes = 65_536;

/** Makes the opener of one consumer. */
export function createOpener<V, K>(config: ConsumerDefinition<V, K>): Opener<V, K> {
  const encoded = createScratch(scratchBytes);
  const decompressed = createScratch(scratchBytes);
  const allowed = config.compression;
  const maxBytes = config.limits.maxDecompressedBytesPerRecord;
  const keyText = text();
  const mayBeLz4 = allowed === 'detect' || allowed.includes('lz4');

  const decode = (base64: string): Buffer => {
    // Padding and line breaks count as bytes here, so the text always fits.
    const area = encoded.reserve(Math.ceil(base64.length * 0.75));
    return area.subarray(0, area.write(base64, 0, 'base64'));
  };

  const toSource = (
    { topic }: EventRecord,
    part: FormatSource['part'],
    metadata: SchemaMetadata | null | undefined,
  ): FormatSource => ({ topic, part, maxBytes, schemaMetadata: metadata ?? undefined });

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
    open(record) {
      if (config.value === undefined) return unopened as unknown as Opened<V>;
      if (record.value === undefined || record.value === null) return tombstone;
      const source = toSource(record, 'value', record.valueSchemaMetadata);
      const named = contentEncoding(record);
      if (mayBeLz4 && config.value.decodeText !== undefined && named === undefined) {
        const found = decompressLz4Text(record.value, maxBytes);
        if (found !== undefined) {
          const { decodedBytes, decompressedBytes } = found;
          const value = config.value.decodeText(found.text, source);
          return { value, decodedBytes, decompressedBytes, budgetBytes: decompressedBytes };
        }
      }
      const bytes = decode(record.value);
      const view = decompress(bytes, { allowed, contentEncoding: named, maxBytes, scratch: decompressed });
      const decompressedBytes = config.value.decompressedBytes?.(view, source) ?? view.length;
      const value = config.value.decode(view, source);
      return { value, decodedBytes: bytes.length, decompressedBytes, budgetBytes: decompressedBytes };
    },
    isKeyLazy: config.key === undefined,
    openKey(record) {
      if (record.key === undefined || record.key === null) return null;
      const source = toSource(record, 'key', record.keySchemaMetadata);
      const format = config.key ?? (keyText as Format<unknown> as Format<K>);
      return format.decode(decode(record.key), source);
    },
    copyBytes(record) {
      if (record.value === undefined || record.value === null) return null;
      const options = { allowed, contentEncoding: contentEncoding(record), maxBytes, scratch: decompressed };
      return toOwnBuffer(decompress(decode(record.value), options));
    },
    shrink() {
      encoded.shrink(scratchBytes);
      decompressed.shrink(scratchBytes);
    },
  };
}

/**
 * Opens a record once the budget has room for what it decompresses to; a promise only where it has to wait for that.
 *
 * Non-obvious: while the budget could take the largest legal record no size is computed first, which saves a pass over
 * the tokens of nearly every record. Otherwise the size is found without decompressing, and because the scratch areas are
 * everybody's, a record that had to wait is decoded from its base64 again.
 *
 * @throws CodecError, FormatError, as a rejection after a wait; nothing is taken from the budget then
 */
export function openWithin<V, K>(
  budget: ByteBudget,
  maxRecordBytes: number,
  opener: Opener<V, K>,
  event: EventRecord,
): Opened<V> | Promise<Opened<V>> {
  if (budget.free < maxRecordBytes) {
    const budgetBytes = opener.decompressedSize(event);
    if (!budget.tryTake(budgetBytes)) return openLater(budget, budgetBytes, opener, event);
    return openTaken(budget, budgetBytes, opener, event);
  }
  const opened = opener.open(event);
  budget.tryTake(opened.budgetBytes);
  return opened;
}

async function openLater<V, K>(
  budget: ByteBudget,
  budgetBytes: number,
  opener: Opener<V, K>,
  event: EventRecord,
): Promise<Opened<V>> {
  await budget.take(budgetBytes);
  return openTaken(budget, budgetBytes, opener, event);
}

function openTaken<V, K>(
  budget: ByteBudget,
  budgetBytes: number,
  opener: Opener<V, K>,
  event: EventRecord,
): Opened<V> {
  try {
    return { ...opener.open(event), budgetBytes };
  } catch (error) {
    budget.give(budgetBytes);
    throw error;
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
