// The heaviest legal event: as many records as the batch may have, 6 MB of text, and as many values as large as the definition allows,
// packed so well that they fit. What a batch decompresses to beyond the first few of these no longer matters to the peak: the byte
// budget lets in only so much at once. So only the first ones are of full size, or a trial would take minutes.
import { createOrderJson, smallestOrderBytes } from '../../traffic/orders/document.ts';
import { pack, type Packing } from '../../traffic/packing.ts';
import { createRandom, type Random } from '../../traffic/random.ts';

/** What limits the event. */
export interface HeaviestOptions {
  readonly topic: string;
  readonly eventSource: string;
  readonly eventSourceArn: string | undefined;
  readonly bootstrapServers: string;
  readonly partitions: number;
  /** Records of one event at most. */
  readonly maxRecords: number;
  /** The largest value that the definition reads, bytes after decompression. */
  readonly maxDecompressedBytesPerRecord: number;
  readonly packing: Packing;
  readonly seed: number;
}

/** How many values are as large as they may be. */
export const fullValues: number = 32;
/** Lambda's limit for an event is 6 MiB; some room for what is around the records. */
const eventBytes = 6_291_456 - 4_096;
/** What a record takes beside its value: names, numbers, key. */
const frameBytes = 220;

/** The event as JSON, and how many records it has. The same options give the same event. */
export function createHeaviestEvent(options: HeaviestOptions): {
  readonly event: string;
  readonly records: number;
} {
  const { topic, partitions, maxRecords } = options;
  const random = createRandom(options.seed);
  const groups = new Map<string, object[]>();
  let room = eventBytes;
  let records = 0;
  for (; records < maxRecords && room > frameBytes; records++) {
    const left = maxRecords - records;
    const textBytes = Math.min(room, Math.max(frameBytes + 400, Math.floor(room / left)));
    const value = createValue(random, Math.floor(((textBytes - frameBytes) * 3) / 4), records, options);
    const text = value.toString('base64');
    if (text.length + frameBytes > room) break;
    const partition = records % partitions;
    const group = groups.get(`${topic}-${partition}`) ?? [];
    groups.set(`${topic}-${partition}`, group);
    group.push(
      toRecord(topic, { partition, offset: Math.floor(records / partitions), key: `key-${records}`, text }),
    );
    room -= text.length + frameBytes;
  }
  const { eventSource, eventSourceArn, bootstrapServers } = options;
  const event = {
    eventSource,
    ...(eventSourceArn === undefined ? {} : { eventSourceArn }),
    bootstrapServers,
  };
  return { event: JSON.stringify({ ...event, records: Object.fromEntries(groups) }), records };
}

function toRecord(
  topic: string,
  {
    partition,
    offset,
    key,
    text,
  }: Readonly<{ partition: number; offset: number; key: string; text: string }>,
): object {
  return {
    topic,
    partition,
    offset,
    timestamp: Date.UTC(2026, 0, 1) + offset,
    timestampType: 'CREATE_TIME',
    key: Buffer.from(key).toString('base64'),
    value: text,
    headers: [],
  };
}

// An order that packs into about `packedBytes`: text that compresses as orders do, and a note of one letter that decompresses to the limit.
function createValue(random: Random, packedBytes: number, index: number, options: HeaviestOptions): Buffer {
  const { maxDecompressedBytesPerRecord: most, packing } = options;
  const least = smallestOrderBytes + 44;
  const isFull = index < fullValues && packing !== 'none';
  // LZ4, the weakest of them, packs 255 bytes of one letter into one, and an order into four fifths.
  const runBytes = isFull ? Math.max(0, Math.min(most - least, (packedBytes - least) * 240)) : 0;
  const textBytes = packing === 'none' ? packedBytes : (packedBytes - runBytes / 240) / 0.8;
  const json = createOrderJson(random, {
    orderId: `order-${index}`,
    version: 0,
    placedAtMs: Date.UTC(2026, 0, 1),
    bytes: Math.round(Math.max(least, Math.min(most, textBytes))),
  });
  const noteBytes = Math.floor(Math.min(runBytes, most - Buffer.byteLength(json) - 20));
  if (noteBytes <= 0) return pack(Buffer.from(json), packing);
  const order = JSON.parse(json) as { readonly note?: string };
  const note = `${order.note ?? ''}${'x'.repeat(noteBytes)}`;
  return pack(Buffer.from(JSON.stringify({ ...order, note })), packing);
}
