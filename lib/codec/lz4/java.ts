// What lz4-java's LZ4BlockOutputStream writes: "LZ4Block" in front of every block. It looks like no LZ4 frame, and no
// other decoder for Node opens it. Own file: its header and end are its own, the blocks are LZ4's.
// Source: https://github.com/lz4/lz4-java/blob/master/src/java/net/jpountz/lz4/LZ4BlockInputStream.java
//
//   "LZ4Block" | method and level, 1 | packed size, 4 | decompressed size, 4 | checksum, 4 | data   (little-endian)
//   the end is such a header with both sizes 0

import type { CodecErrorCode, Decoder, Opening } from '../codec.ts';
import { CodecError } from '../codec.ts';
import { decodeBlock } from './sequence.ts';
import { growScratch } from '../scratch.ts';
import { xxhash32 } from './xxhash32.ts';

const magic = Buffer.from('LZ4Block', 'latin1');
const headerBytes = 21;
const stored = 0x10;
const packed = 0x20;
const checksumSeed = 0x9747b28c;
const maxRatio = 255;

/** `LZ4Block` streams, also several; checksums are verified, and the end has to be there. */
export const lz4Java: Decoder = { decompress, bound };

function decompress(bytes: Buffer, opening: Opening): Buffer {
  let out = 0;
  let ended = false;
  for (let pos = 0; pos < bytes.length || !ended;) {
    if (ended && !isMagic(bytes, pos)) {
      const what = `got ${bytes.length - pos} bytes after the end, expected none`;
      throw fault('TRAILING_BYTES', what, bytes, opening);
    }
    if (pos + headerBytes > bytes.length)
      throw fault('TRUNCATED', 'a block header ends early', bytes, opening);
    const header = parseHeader(bytes, pos);
    if (header === undefined) throw fault('CORRUPT', 'got no block header', bytes, opening);
    const from = pos + headerBytes;
    pos = from + header.packedBytes;
    if (pos > bytes.length) throw fault('TRUNCATED', 'a block ends early', bytes, opening);
    ended = header.decompressedBytes === 0;
    if (!ended) out = decompressBlock(bytes, { ...header, from, to: pos, out }, opening);
  }
  return opening.scratch.reserve(out, out).subarray(0, out);
}

function bound(bytes: Buffer): number {
  let size = 0;
  for (let pos = 0; pos + headerBytes <= bytes.length;) {
    const header = parseHeader(bytes, pos);
    if (header === undefined) return size;
    size += Math.min(header.decompressedBytes, header.packedBytes * maxRatio);
    pos += headerBytes + header.packedBytes;
  }
  return size;
}

/** True when a block header that makes sense stands in front: text that happens to start with its letters does not. */
export function isLz4Java(bytes: Buffer): boolean {
  return bytes.length >= headerBytes && parseHeader(bytes, 0) !== undefined;
}

function isMagic(bytes: Buffer, pos: number): boolean {
  const end = pos + magic.length;
  return end <= bytes.length && bytes.compare(magic, 0, magic.length, pos, end) === 0;
}

interface Header {
  readonly method: number;
  readonly packedBytes: number;
  readonly decompressedBytes: number;
  readonly checksum: number;
}

function parseHeader(bytes: Buffer, pos: number): Header | undefined {
  if (!isMagic(bytes, pos)) return undefined;
  const token = bytes[pos + 8]!;
  const method = token & 0xf0;
  const packedBytes = bytes.readUInt32LE(pos + 9);
  const decompressedBytes = bytes.readUInt32LE(pos + 13);
  if (method !== stored && method !== packed) return undefined;
  if (decompressedBytes > 1 << (10 + (token & 15)) || (packedBytes === 0) !== (decompressedBytes === 0))
    return undefined;
  if (method === stored && packedBytes !== decompressedBytes) return undefined;
  return { method, packedBytes, decompressedBytes, checksum: bytes.readUInt32LE(pos + 17) };
}

interface Block extends Header {
  readonly from: number;
  readonly to: number;
  /** End of what stands in the scratch. */
  readonly out: number;
}

function decompressBlock(bytes: Buffer, block: Block, opening: Opening): number {
  const { method, packedBytes, decompressedBytes, from, to, out } = block;
  const end = out + decompressedBytes;
  if (decompressedBytes > packedBytes * maxRatio) {
    throw fault('CORRUPT', 'a block declares more bytes than it can hold', bytes, opening);
  }
  if (end > opening.maxBytes) {
    throw fault('TOO_LARGE', `declares more than ${opening.maxBytes} decompressed bytes`, bytes, opening);
  }
  const area = growScratch(opening.scratch, end, out, opening.maxBytes);
  if (method === stored) bytes.copy(area, out, from, to);
  else if (decodeBlock(bytes, area, { from, to, at: out, floor: out, limit: end }) !== end) {
    throw fault('CORRUPT', 'a block does not decompress to the size that it declares', bytes, opening);
  }
  // lz4-java keeps 28 bits of the sum.
  if ((xxhash32(area, out, end, checksumSeed) & 0x0fffffff) !== block.checksum) {
    throw fault('CHECKSUM', 'a block does not match its checksum', bytes, opening);
  }
  return end;
}

function fault(code: CodecErrorCode, what: string, bytes: Buffer, { maxBytes }: Opening): CodecError {
  return new CodecError(code, what, { codec: 'lz4-java', compressedBytes: bytes.length, maxBytes });
}
