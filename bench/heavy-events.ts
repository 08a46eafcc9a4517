// The heaviest events that a mapping may send, 6 MB each: what peak memory and throughput are measured with.
import { compressFrameSync } from 'lz4-napi';
import { xxhash32 } from '../lib/codec/lz4/xxhash32.ts';
import { toDocument } from './document.ts';

/** The shapes of events: a name, and what is in it. */
export const shapes = {
  small: '800-byte documents, LZ4 frames',
  large: 'documents of 1 MB, LZ4 frames',
  mixed: 'log-normal sizes, mean 800 bytes, at most 1 MB, LZ4 frames',
  declared: '800-byte documents, LZ4 frames that declare 4 MB blocks, as lz4-java does',
} as const;

/** One of the shapes. */
export type Shape = keyof typeof shapes;

/** An event as JSON text. */
export interface HeavyEvent {
  readonly text: string;
  readonly records: number;
}

const maxEventBytes = 6 * 1024 * 1024;
const largeBytes = 1_000_000;

/** Fills an event with records until 6 MB are reached; the same shape gives the same event. */
export function createHeavyEvent(shape: Shape): HeavyEvent {
  const groups: Record<string, unknown[]> = {};
  let size = 200;
  let offset = 0;
  for (; ; offset++) {
    const record = {
      topic: 'orders',
      partition: offset % 4,
      offset: Math.floor(offset / 4),
      timestamp: 1_767_225_600_000 + offset,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`order-${offset}`).toString('base64'),
      value: pack(shape, offset).toString('base64'),
      headers: [],
    };
    size += JSON.stringify(record).length + 1;
    if (size > maxEventBytes) break;
    (groups[`orders-${offset % 4}`] ??= []).push(record);
  }
  return { text: JSON.stringify({ eventSource: 'aws:kafka', records: groups }), records: offset };
}

function pack(shape: Shape, number: number): Buffer {
  const packed = compressFrameSync(toBytes(shape, number));
  return shape === 'declared' ? declareLargeBlocks(packed) : packed;
}

function toBytes(shape: Shape, number: number): Buffer {
  if (shape === 'small' || shape === 'declared') return Buffer.from(JSON.stringify(toDocument(number)));
  const bytes = shape === 'large' ? largeBytes : Math.min(largeBytes, Math.round(logNormal(number)));
  const parts: unknown[] = [];
  let left = bytes - 40;
  // A list of small documents, two of three known from before, so that 1 MB packs to a third; what is left is text.
  for (let n = 0; left > 1000; n++) {
    const part = toDocument(n % 3 === 0 ? number * 1000 + n : n % 20);
    parts.push(part);
    left -= JSON.stringify(part).length + 1;
  }
  return Buffer.from(JSON.stringify({ total: 1, parts, rest: 'x'.repeat(Math.max(0, left)) }));
}

// Mean 800, sigma 1.5: the median is 800 / e^(sigma^2 / 2). The normal variate is Box and Muller's, out of the number.
function logNormal(number: number): number {
  const sigma = 1.5;
  const first = ((number + 1) * 0.754877666) % 1 || 0.5;
  const second = ((number + 1) * 0.569840296) % 1;
  const normal = Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second);
  return 800 * Math.exp(sigma * normal - sigma ** 2 / 2);
}

// The third byte of a frame's descriptor names the largest block: 7 is 4 MB. The byte behind it checks the descriptor.
function declareLargeBlocks(frame: Buffer): Buffer {
  const declared = Buffer.from(frame);
  declared[5] = 0x70;
  const hasSize = ((declared[4] ?? 0) & 0x08) !== 0;
  const end = hasSize ? 14 : 6;
  declared[end] = (xxhash32(declared, 4, end) >>> 8) & 0xff;
  return declared;
}
