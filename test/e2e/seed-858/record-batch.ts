// What a Kafka client does, on raw event values: a partition's values are decompressed into one buffer, and records are slices
// of it. The consumers of the incident work on these, as code without leases does.
import { decompressFrameSync } from 'lz4-napi';

/** A record as a client hands it out: its value is a view of the whole decompressed batch. */
export interface ClientRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Buffer;
}

interface RawEvent {
  readonly records: Readonly<
    Record<
      string,
      readonly {
        readonly topic: string;
        readonly partition: number;
        readonly offset: number;
        readonly value?: string;
      }[]
    >
  >;
}

/** Where decompressed batches go; by default to new memory. */
export type Allocate = (bytes: number) => Buffer;

/** The records of each partition in the event; tombstones and values that cannot be decompressed are left out. */
export function openBatches(
  event: unknown,
  allocate: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes),
): readonly (readonly ClientRecord[])[] {
  const { records } = event as RawEvent;
  return Object.values(records).map((list) => {
    const opened = list.flatMap(({ topic, partition, offset, value }) => {
      const decompressed = value === undefined ? undefined : decompress(Buffer.from(value, 'base64'));
      return decompressed === undefined ? [] : [{ topic, partition, offset, decompressed }];
    });
    const batch = allocate(opened.reduce((sum, { decompressed }) => sum + decompressed.length, 0));
    let at = 0;
    return opened.map(({ decompressed, ...place }) => {
      decompressed.copy(batch, at);
      at += decompressed.length;
      return { ...place, value: batch.subarray(at - decompressed.length, at) };
    });
  });
}

const maxBytes = 1_048_576;

function decompress(packed: Buffer): Buffer | undefined {
  try {
    const decompressed = decompressFrameSync(packed);
    return decompressed.length > maxBytes ? undefined : decompressed;
  } catch {
    // Poison: what the incident's service did with it is not part of the story.
    return undefined;
  }
}
