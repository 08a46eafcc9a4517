// LZ4 frames, the format most producers mean by "lz4": frames one after another, skippable ones between them, and the
// legacy ones of `lz4 -l`. Bounded before every byte written, unlike the native decoder, which has no limit, takes a
// frame that was cut at a block for whole, and stops at the first of several frames.
// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
//
//   header (header.ts) | blocks... | 0, 4 bytes | [content checksum, 4]
//   block: size, 4 (top bit: stored as it is) | data | [checksum, 4]

import type { Decoder, Opening } from '../codec.ts';
import type { Lz4Header } from './header.ts';
import { isLz4Magic, lz4Fault as fault, parseLz4Header } from './header.ts';
import { blockBroken, blockFull, decodeBlock, measureBlock } from './sequence.ts';
import { growScratch } from '../scratch.ts';
import { xxhash32 } from './xxhash32.ts';

/** LZ4 frames (`04 22 4d 18`), also several, skippable and legacy ones; checksums that are there are verified. */
export const lz4Frame: Decoder = { decompress, bound };

// A linked block costs 3 µs for the 64 KB it may point back to, however small it is: 4.5 MB of empty ones held the process
// for 2.9 s (Node 24, 2026-11). Beyond the first ones, they have to give as many bytes on average.
const freeLinkedBlocks = 1024;
const minLinkedBlockBytes = 8;

/** What is being read and written: `out` is the end of what stands in the scratch. */
interface Progress {
  readonly bytes: Buffer;
  readonly opening: Opening;
  pos: number;
  out: number;
  linkedBlocks: number;
}

function decompress(bytes: Buffer, opening: Opening): Buffer {
  const progress: Progress = { bytes, opening, pos: 0, out: 0, linkedBlocks: 0 };
  do {
    const frame = parseLz4Header(bytes, progress.pos, opening);
    if (typeof frame === 'number') {
      progress.pos = frame;
    } else if (frame.kind === 'legacy') {
      decompressLegacy(progress, frame);
    } else {
      decompressFrame(progress, frame);
    }
  } while (progress.pos < bytes.length);
  return opening.scratch.reserve(progress.out, progress.out).subarray(0, progress.out);
}

function bound(bytes: Buffer): number {
  let size = 0;
  let pos = 0;
  const opening = { maxBytes: Number.MAX_SAFE_INTEGER };
  try {
    while (pos < bytes.length) {
      const frame = parseLz4Header(bytes, pos, opening);
      if (typeof frame === 'number') {
        pos = frame;
        continue;
      }
      pos = frame.body;
      size += frame.contentBytes ?? 0; // decompressing holds it to this
      for (;;) {
        if (frame.kind === 'legacy' && (pos === bytes.length || isLz4Magic(bytes, pos))) break;
        const word = pos + 4 <= bytes.length ? bytes.readUInt32LE(pos) : 0;
        pos += 4;
        if (word === 0) break;
        const stored = frame.kind === 'frame' && word >= 0x80000000;
        const length = word & 0x7fffffff;
        if (pos + length > bytes.length) return size;
        if (frame.contentBytes === undefined) {
          size += stored ? length : Math.max(measureBlock(bytes, pos, pos + length), 0);
        }
        pos += length + (frame.blockCheck ? 4 : 0);
      }
      if (frame.contentCheck) pos += 4;
    }
  } catch {
    // Malformed from here on: decompressing will say so, and will not get further than this either.
  }
  return size;
}

function decompressFrame(progress: Progress, frame: Lz4Header): void {
  const { bytes, opening } = progress;
  const start = progress.out;
  const { contentBytes } = frame;
  if (contentBytes !== undefined && start + contentBytes > opening.maxBytes) {
    const what = `declares more than ${opening.maxBytes} decompressed bytes`;
    throw fault('TOO_LARGE', what, bytes, opening);
  }
  progress.pos = frame.body;
  for (;;) {
    const { pos } = progress;
    if (pos + 4 > bytes.length) throw fault('TRUNCATED', 'got no end mark, expected one', bytes, opening);
    const word = bytes.readUInt32LE(pos);
    progress.pos = pos + 4;
    if (word === 0) break;
    const length = word & 0x7fffffff;
    if (length > frame.blockBytes) {
      throw fault('CORRUPT', 'got a block that is larger than its frame allows', bytes, opening);
    }
    const end = pos + 4 + length;
    const next = frame.blockCheck ? end + 4 : end;
    if (next > bytes.length) throw fault('TRUNCATED', 'a block ends early', bytes, opening);
    if (frame.blockCheck && xxhash32(bytes, pos + 4, end) !== bytes.readUInt32LE(end)) {
      throw fault('CHECKSUM', 'a block does not match its checksum', bytes, opening);
    }
    const floor = frame.independent ? progress.out : start;
    const declaredEnd = contentBytes === undefined ? Infinity : start + contentBytes;
    decompressBlock(progress, {
      end,
      stored: word >= 0x80000000,
      floor,
      blockBytes: frame.blockBytes,
      declaredEnd,
    });
    progress.pos = next;
  }
  if (contentBytes !== undefined && progress.out - start !== contentBytes) {
    throw fault(
      'CORRUPT',
      `got ${progress.out - start} decompressed bytes, which is not what it declares`,
      bytes,
      opening,
    );
  }
  if (!frame.contentCheck) return;
  if (progress.pos + 4 > bytes.length)
    throw fault('TRUNCATED', 'the content checksum ends early', bytes, opening);
  const area = opening.scratch.reserve(progress.out, progress.out);
  if (xxhash32(area, start, progress.out) !== bytes.readUInt32LE(progress.pos)) {
    throw fault('CHECKSUM', 'the content does not match its checksum', bytes, opening);
  }
  progress.pos += 4;
}

/** Legacy: blocks of at most 8 MB, no end mark; the end of input or another magic number ends the frame. */
function decompressLegacy(progress: Progress, frame: Lz4Header): void {
  const { bytes, opening } = progress;
  progress.pos = frame.body;
  while (progress.pos < bytes.length && !isLz4Magic(bytes, progress.pos)) {
    const end =
      progress.pos + 4 <= bytes.length ? progress.pos + 4 + bytes.readUInt32LE(progress.pos) : Infinity;
    if (end > bytes.length) throw fault('TRUNCATED', 'a legacy block ends early', bytes, opening);
    progress.pos += 4;
    const block = {
      end,
      stored: false,
      floor: progress.out,
      blockBytes: frame.blockBytes,
      declaredEnd: Infinity,
    };
    decompressBlock(progress, block);
    progress.pos = end;
  }
}

interface Block {
  readonly end: number;
  readonly stored: boolean;
  readonly floor: number;
  readonly blockBytes: number;
  readonly declaredEnd: number;
}

function decompressBlock(progress: Progress, block: Block): void {
  const { bytes, opening, pos, out } = progress;
  const length = block.end - pos;
  // LZ4 cannot expand a byte to more than 255: less is reserved for a small value in a frame of 4 MB blocks.
  const most = block.stored ? length : Math.min(length * 255, block.blockBytes);
  const limit = Math.min(out + most, block.declaredEnd, opening.maxBytes);
  const area = growScratch(opening.scratch, limit, out, opening.maxBytes);
  let end: number;
  if (block.stored) {
    end = out + length > limit ? blockFull : out + bytes.copy(area, out, pos, block.end);
  } else {
    if (block.floor < out && progress.linkedBlocks++ >= freeLinkedBlocks + out / minLinkedBlockBytes) {
      const what = `got ${progress.linkedBlocks} linked blocks that give ${out} bytes, expected at least ${minLinkedBlockBytes} each`;
      throw fault('CORRUPT', what, bytes, opening);
    }
    end = decodeBlock(bytes, area, { from: pos, to: block.end, at: out, floor: block.floor, limit });
  }
  if (end >= 0) {
    progress.out = end;
  } else if (end === blockBroken) {
    throw fault('CORRUPT', 'a length or a distance points outside of its block', bytes, opening);
  } else if (limit === opening.maxBytes) {
    throw fault('TOO_LARGE', `decompresses to more than ${opening.maxBytes} bytes`, bytes, opening);
  } else {
    throw fault('CORRUPT', 'a block decompresses to more than its frame declares', bytes, opening);
  }
}
