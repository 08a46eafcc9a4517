// Snappy's bare block: what every snappy format is made of. Bounded by its declared length, which is checked first and
// then held to; peers believe it (a claim of 4 GiB ends the process) or silently give fewer bytes than were packed.
// Source: https://github.com/google/snappy/blob/main/format_description.txt

import type { Codec, CodecErrorCode, Decoder } from '../codec.ts';
import { CodecError } from '../codec.ts';

// The format's best: a copy of 64 bytes for three.
const maxRatio = 22;

/** One bare snappy block: its decompressed size as a varint, then literals and copies; no magic number, no checksum. */
export const snappy: Decoder = {
  decompress(bytes, { maxBytes, scratch }) {
    const whole: SnappyBlock = { codec: 'snappy', from: 0, to: bytes.length, at: 0, limit: maxBytes };
    const size = parseSnappySize(bytes, whole);
    const area = scratch.reserve(size);
    decompressSnappy(bytes, area, whole);
    return area.subarray(0, size);
  },
  bound: (bytes) => snappyBound(bytes, 0, bytes.length),
};

/** Where one bare block lies, and where it is to be written. */
export interface SnappyBlock {
  /** The codec to name in errors. */
  readonly codec: Codec;
  readonly from: number;
  /** First byte after the block. */
  readonly to: number;
  /** Target position of its first decompressed byte. */
  readonly at: number;
  /** The target position it may not reach past. */
  readonly limit: number;
}

/** The size that a bare block declares, checked against its length and its limit. @throws CodecError */
export function parseSnappySize(bytes: Buffer, block: SnappyBlock): number {
  const length = block.to - block.from;
  if (length === 0) throw fault('TRUNCATED', 'got no bytes, expected a size', bytes, block);
  const { size, next } = toVarint(bytes, block.from, block.to);
  if (next === 0) {
    const code = length < 5 ? 'TRUNCATED' : 'CORRUPT';
    throw fault(code, 'the size is not a varint of at most 5 bytes', bytes, block);
  }
  if (size > length * maxRatio) {
    throw fault('CORRUPT', `declares more decompressed bytes than ${length} bytes can hold`, bytes, block);
  }
  if (block.at + size > block.limit) {
    throw fault('TOO_LARGE', `declares more than ${block.limit} decompressed bytes`, bytes, block);
  }
  return size;
}

/** The size that a bare block declares, or the most it can hold; for budgets only. */
export function snappyBound(bytes: Buffer, from: number, to: number): number {
  return Math.min(toVarint(bytes, from, to).size, (to - from) * maxRatio);
}

/** Decompresses a bare block into a target that has room for {@link parseSnappySize}; gives the end. @throws CodecError */
export function decompressSnappy(bytes: Buffer, target: Buffer, block: SnappyBlock): number {
  const { size, next } = toVarint(bytes, block.from, block.to);
  const stop = block.at + size;
  const end = decodeElements(bytes, target, { from: next, to: block.to, at: block.at, stop });
  if (end === stop) return end;
  if (end < 0) throw fault('CORRUPT', 'a length or a distance points outside of its block', bytes, block);
  const what = `got ${end - block.at} decompressed bytes, fewer than it declares`;
  throw fault('TRUNCATED', what, bytes, block);
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly stop: number;
}

const broken = -1;

/** Target position after the last element, or `broken`. Copies eight bytes at a time where there is room for it. */
function decodeElements(source: Buffer, target: Buffer, { from, to, at: start, stop }: Span): number {
  const input = new DataView(source.buffer, source.byteOffset, source.length);
  const output = new DataView(target.buffer, target.byteOffset, target.length);
  const roomyInput = to - 8;
  const roomyOutput = stop - 8;
  let pos = from;
  let at = start;
  while (pos < to) {
    const tag = input.getUint8(pos++);
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const extra = length - 60;
        if (extra > to - pos) return broken;
        length = source.readUIntLE(pos, extra) + 1;
        pos += extra;
      }
      if (length > to - pos || length > stop - at) return broken;
      const last = pos + length;
      if (last <= roomyInput && at + length <= roomyOutput) {
        let put = at;
        for (; pos < last; pos += 8, put += 8) output.setBigUint64(put, input.getBigUint64(pos, true), true);
        at += length;
        pos = last;
      } else {
        while (pos < last) output.setUint8(at++, input.getUint8(pos++));
      }
      continue;
    }
    const bytesOfDistance = kind === 3 ? 4 : kind;
    if (bytesOfDistance > to - pos) return broken;
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    let distance: number;
    if (kind === 1) distance = ((tag >>> 5) << 8) | input.getUint8(pos);
    else distance = kind === 2 ? input.getUint16(pos, true) : input.getUint32(pos, true);
    pos += bytesOfDistance;
    let read = at - distance;
    if (distance === 0 || read < start || length > stop - at) return broken;
    const last = at + length;
    if (distance >= 8 && last <= roomyOutput) {
      let put = at;
      for (; put < last; put += 8, read += 8) output.setBigUint64(put, output.getBigUint64(read, true), true);
      at = last;
    } else {
      while (at < last) output.setUint8(at++, output.getUint8(read++)); // a near copy repeats what it just wrote
    }
  }
  return at;
}

/** A little-endian base-128 number below 2^32; `next` is 0 when there is none. */
function toVarint(bytes: Buffer, from: number, to: number): { readonly size: number; readonly next: number } {
  let size = 0;
  for (let index = 0; index < 5 && from + index < to; index++) {
    const byte = bytes[from + index]!;
    size += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) return size < 2 ** 32 ? { size, next: from + index + 1 } : { size: 0, next: 0 };
  }
  return { size: 0, next: 0 };
}

function fault(code: CodecErrorCode, what: string, bytes: Buffer, { codec, limit }: SnappyBlock): CodecError {
  return new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes: limit });
}
