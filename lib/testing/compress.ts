// Compresses test values in every codec that the runtime reads. Where Node has no encoder the plainest valid encoding is
// written: literals only, which is what an encoder gives for a value that does not get smaller.

import * as zlib from 'node:zlib';
import type { Codec } from '../codec/codec.ts';
import { crc32c } from '../codec/snappy/crc32c.ts';
import { xxhash32 } from '../codec/lz4/xxhash32.ts';

const chunkBytes = 65_536;

const encoders: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  lz4: toLz4Frame,
  'lz4-block': (bytes) => Buffer.concat([toUint32(bytes.length), toLz4Literals(bytes)]),
  'lz4-java': (bytes) =>
    Buffer.concat([...chunks(bytes).map(toLz4JavaBlock), toLz4JavaBlock(Buffer.alloc(0))]),
  gzip: (bytes) => zlib.gzipSync(bytes),
  zlib: (bytes) => zlib.deflateSync(bytes),
  deflate: (bytes) => zlib.deflateRawSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  snappy: toSnappy,
  'snappy-framed': (bytes) =>
    Buffer.concat([Buffer.from('ff060000734e61507059', 'hex'), ...chunks(bytes).map(toSnappyChunk)]),
  'snappy-xerial': (bytes) =>
    Buffer.concat([
      Buffer.from('82534e41505059000000000100000001', 'hex'),
      ...chunks(bytes).map(toXerialChunk),
    ]),
  brotli: (bytes) => zlib.brotliCompressSync(bytes),
};

/** `bytes` as `codec` packs them. */
export function compress(codec: Codec, bytes: Buffer): Buffer {
  return encoders[codec](bytes);
}

function chunks(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
}

function toUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Version 1, independent blocks of at most 64 KiB, stored as they are (the high bit of their size), no checksums of content. */
function toLz4Frame(bytes: Buffer): Buffer {
  const flags = Buffer.from([0x60, 0x40]);
  const check = (xxhash32(flags) >>> 8) & 0xff;
  const blocks = chunks(bytes).flatMap((chunk) => [toUint32((chunk.length | 0x80000000) >>> 0), chunk]);
  return Buffer.concat([Buffer.from('04224d18', 'hex'), flags, Buffer.from([check]), ...blocks, toUint32(0)]);
}

/** One sequence without a match: token, the length's further bytes, the literals. */
function toLz4Literals(bytes: Buffer): Buffer {
  const head = [Math.min(15, bytes.length) << 4];
  for (let rest = bytes.length - 15; rest >= 0; rest -= 255) head.push(Math.min(255, rest));
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Magic, method "stored" with 64 KiB blocks, both sizes, a checksum of 28 bits. */
function toLz4JavaBlock(bytes: Buffer): Buffer {
  const header = Buffer.alloc(21);
  header.write('LZ4Block', 'latin1');
  header[8] = 0x10 | 6;
  header.writeUInt32LE(bytes.length, 9);
  header.writeUInt32LE(bytes.length, 13);
  if (bytes.length > 0) header.writeUInt32LE(xxhash32(bytes, 0, bytes.length, 0x9747b28c) & 0x0fffffff, 17);
  return Buffer.concat([header, bytes]);
}

/** The length as a varint, then literals of at most 60 bytes behind a one-byte tag. */
function toSnappy(bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) break;
  }
  const parts: Buffer[] = [Buffer.from(length)];
  for (let from = 0; from < bytes.length; from += 60) {
    const literal = bytes.subarray(from, from + 60);
    parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
  }
  return Buffer.concat(parts);
}

/** An uncompressed chunk with its masked checksum. */
function toSnappyChunk(bytes: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUIntLE(bytes.length + 4, 1, 3);
  const crc = crc32c(bytes, 0, bytes.length);
  header.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 4);
  return Buffer.concat([header, bytes]);
}

function toXerialChunk(bytes: Buffer): Buffer {
  const packed = toSnappy(bytes);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(packed.length);
  return Buffer.concat([header, packed]);
}
