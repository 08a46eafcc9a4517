// Records that a consumer's definition can never read, made from one that it reads: each kind only where it is sure to be refused.

import type { ConsumerDefinition } from '../../../lib/index.ts';
import { digest64 } from '../digest.ts';
import { pack, spoil } from '../packing.ts';
import type { Random } from '../random.ts';
import type { TrafficKind } from '../record.ts';
import { mayBePacked, type EncodedRecord, type RecordEncoder } from './record-encoder.ts';

/** Makes poison of one kind from a good record. */
export type Spoil = (good: EncodedRecord, random: Random) => EncodedRecord;

/** The kinds of poison that this definition is sure to refuse. */
export type Poison = ReadonlyMap<Exclude<TrafficKind, 'good' | 'tombstone'>, Spoil>;

/** Larger ones take too much to send. */
const maxLimitBytes = 16 * 1024 * 1024;
/** `spoil` changes what lies behind the longest header and before the longest trailer. */
const leastPackedBytes = 64;

/** Finds what can be made for `definition`; `samples` are records that it reads. */
export async function choosePoison(
  definition: ConsumerDefinition,
  encoder: RecordEncoder,
  samples: readonly EncodedRecord[],
): Promise<Poison> {
  const poison = new Map<Exclude<TrafficKind, 'good' | 'tombstone'>, Spoil>();
  // A value without a format is never opened.
  if (definition.value === undefined) return poison;
  const isPacked = mayBePacked(definition, 'lz4');
  const limit = definition.limits.maxDecompressedBytesPerRecord;
  if (isPacked) poison.set('undecodable', toUndecodable);
  if (isPacked && limit <= maxLimitBytes) poison.set('over-limit', (good) => toOverLimit(good, limit));
  const invalid = await findInvalid(definition, encoder, samples);
  if (invalid.length > 0)
    poison.set('invalid', (good, random) => ({ ...invalid[random.below(invalid.length)]!, key: good.key }));
  return poison;
}

function toUndecodable(good: EncodedRecord, random: Random): EncodedRecord {
  const document = good.document ?? Buffer.alloc(0);
  // A short document does not fill a frame that can be spoilt; what is behind it never gets read.
  const long = Buffer.concat([
    document,
    Buffer.alloc(Math.max(0, leastPackedBytes * 4 - document.length), 32),
  ]);
  const noise = Buffer.from(Array.from({ length: leastPackedBytes }, () => random.below(256)));
  return withValue(good, long, spoil(pack(Buffer.concat([long, noise]), 'lz4'), 'lz4', random));
}

function toOverLimit(good: EncodedRecord, limit: number): EncodedRecord {
  const long = Buffer.alloc(limit + 1, 32);
  good.document?.copy(long, 0, 0, limit + 1);
  return withValue(good, long, pack(long, 'lz4'));
}

function withValue(good: EncodedRecord, document: Buffer, value: Buffer): EncodedRecord {
  return {
    ...good,
    headers: { ...good.headers, 'content-encoding': 'lz4' },
    document,
    value,
    documentDigest: digest64(document),
    valueDigest: digest64(value),
  };
}

/** JSON that the definition's schema refuses: other documents altogether, and good ones that lack a property. */
async function findInvalid(
  { value }: ConsumerDefinition,
  encoder: RecordEncoder,
  samples: readonly EncodedRecord[],
): Promise<readonly EncodedRecord[]> {
  if (value?.shape?.kind !== 'json' || value.shape.check === undefined) return [];
  const documents = samples.slice(0, 20).map(({ document }) => JSON.parse(String(document)) as unknown);
  const lacking = documents.flatMap((document) =>
    typeof document === 'object' && document !== null && !Array.isArray(document)
      ? Object.keys(document).map((name) => ({ ...document, [name]: undefined }))
      : [],
  );
  const found: EncodedRecord[] = [];
  for (const candidate of [17, 'word', [], {}, [documents[0]], ...lacking]) {
    const encoded = encoder.encode({ value: candidate });
    if ((await encoder.check(encoded)) !== undefined) found.push(encoded);
  }
  return found;
}
