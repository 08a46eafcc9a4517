// Packs bytes in every codec the way producers do: the reference side of the codec tests, benches and fuzz targets.
// Where no encoder can be had, the plainest valid encoding is written here; the committed vectors hold others' work.

import * as zlib from 'node:zlib';
import { compressFrameSync, compressSync } from 'lz4-napi';
import type { Codec } from '../../../lib/codec/codec.ts';
import { crc32c } from '../../../lib/codec/snappy/crc32c.ts';
import { xxhash32 } from '../../../lib/codec/lz4/xxhash32.ts';

const chunkBytes = 65_536;

const packers: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  lz4: (bytes) => compressFrameSync(bytes),
  'lz4-block': (bytes) => compressSync(bytes),
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
  brotli: (bytes) => packBrotli(bytes, 22),
};

/** Packs `bytes` in one codec. */
export function pack(codec: Codec, bytes: Buffer): Buffer {
  return packers[codec](bytes);
}

/** A packed value of at most about `packedBytes` that decompresses to as much as its codec can reach with zeros. */
export function packBomb(codec: Codec, packedBytes: number): Buffer {
  const zeros = Buffer.alloc(packedBytes * (ratios[codec] ?? 900));
  // Brotli's decoder fills its window before it gives a byte away: a wide one makes each of a thousand bombs cost 14 ms.
  return codec === 'brotli' ? packBrotli(zeros, 18) : pack(codec, zeros);
}

/** Brotli with a window of 2^`windowLog` bytes, 10 to 24. */
export function packBrotli(bytes: Buffer, windowLog: number): Buffer {
  const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY } = zlib.constants;
  return zlib.brotliCompressSync(bytes, {
    params: { [BROTLI_PARAM_QUALITY]: 5, [BROTLI_PARAM_LGWIN]: windowLog },
  });
}

const lz4Ratio = 240;
const snappyRatio = 20;
const ratios: Readonly<Partial<Record<Codec, number>>> = {
  lz4: lz4Ratio,
  'lz4-block': lz4Ratio,
  'lz4-java': lz4Ratio,
  snappy: snappyRatio,
  'snappy-framed': snappyRatio,
  'snappy-xerial': snappyRatio,
};

function chunks(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
}

function toLz4JavaBlock(bytes: Buffer): Buffer {
  const packed = bytes.length === 0 ? bytes : compressSync(bytes).subarray(4);
  const stored = packed.length >= bytes.length;
  const header = Buffer.alloc(21);
  header.write('LZ4Block', 'latin1');
  header[8] = (stored ? 0x10 : 0x20) | 6;
  header.writeUInt32LE(stored ? bytes.length : packed.length, 9);
  header.writeUInt32LE(bytes.length, 13);
  if (bytes.length > 0) header.writeUInt32LE(xxhash32(bytes, 0, bytes.length, 0x9747b28c) & 0x0fffffff, 17);
  return Buffer.concat([header, stored ? bytes : packed]);
}

/** Greedy: a table of the last place of every four bytes, copies of up to 64 bytes with two-byte distances. */
function toSnappy(bytes: Buffer): Buffer {
  const out: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    out.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) break;
  }
  const seen = new Map<number, number>();
  let literals = 0;
  const flush = (to: number): void => {
    for (let from = literals; from < to; from += 60) {
      const part = bytes.subarray(from, Math.min(to, from + 60));
      out.push((part.length - 1) << 2, ...part);
    }
  };
  for (let at = 0; at + 4 <= bytes.length;) {
    const word = bytes.readUInt32LE(at);
    const match = seen.get(word);
    seen.set(word, at);
    if (match === undefined || at - match > 65_535) {
      at++;
      continue;
    }
    let length = 4;
    while (length < 64 && at + length < bytes.length && bytes[match + length] === bytes[at + length])
      length++;
    flush(at);
    const distance = at - match;
    if (length < 12 && distance < 2048)
      out.push(((distance >>> 8) << 5) | ((length - 4) << 2) | 1, distance & 255);
    else out.push(((length - 1) << 2) | 2, distance & 255, distance >>> 8);
    at += length;
    literals = at;
  }
  flush(bytes.length);
  return Buffer.from(out);
}

function toSnappyChunk(bytes: Buffer): Buffer {
  const packed = toSnappy(bytes);
  const stored = packed.length >= bytes.length;
  const data = stored ? bytes : packed;
  const header = Buffer.alloc(8);
  header[0] = stored ? 1 : 0;
  header.writeUIntLE(data.length + 4, 1, 3);
  const crc = crc32c(bytes, 0, bytes.length);
  header.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 4);
  return Buffer.concat([header, data]);
}

function toXerialChunk(bytes: Buffer): Buffer {
  const packed = toSnappy(bytes);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(packed.length);
  return Buffer.concat([header, packed]);
}
