// How a producer packs a document, and the three ways in which it can be no document at all. Own file: it is the only
// one that knows codecs, and what it spoils must stay unreadable for every conforming decoder, not just for ours.
import { compressFrameSync } from 'lz4-napi';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Random } from './random.ts';

/** Compression of a record's value by its producer; `lz4` is the LZ4 frame format. */
export type Packing = 'none' | 'lz4' | 'gzip' | 'zstd';

const packers: Readonly<Record<Packing, (document: Buffer) => Buffer>> = {
  none: (document) => document,
  lz4: (document) => compressFrameSync(document),
  gzip: (document) => gzipSync(document),
  zstd: (document) => zstdCompressSync(document),
};

/** Compresses a document; same bytes in, same bytes out. */
export function pack(document: Buffer, packing: Packing): Buffer {
  return packers[packing](document);
}

/**
 * Makes a packed value undecodable: cut short, or with a field that its format forbids. A plain JSON document is always cut.
 * Bits flipped elsewhere would not do: without checksums 73 % of such LZ4 frames decode to something.
 */
export function spoil(packed: Buffer, packing: Packing, random: Random): Buffer {
  // Behind the longest header and before the longest trailer: inside the data of every format. A lenient decoder opens
  // an LZ4 frame that only lacks its end mark.
  const cut = 20 + random.below(packed.length - 32);
  if (packing === 'none' || random.below(2) === 0) return Buffer.from(packed.subarray(0, cut));
  const { at, bits } = forbidden[packing];
  const spoilt = Buffer.from(packed);
  const index = at < 0 ? packed.length + at : at;
  spoilt[index] = (spoilt[index] ?? 0) ^ bits;
  return spoilt;
}

// The magic number stays whole, so that the value is still taken for what it claims to be. Negative: from the end.
const forbidden: Readonly<Record<Exclude<Packing, 'none'>, { readonly at: number; readonly bits: number }>> =
  {
    lz4: { at: 4, bits: 0xc0 }, // FLG: version 01 becomes 10 (LZ4 frame format 1.6.4)
    gzip: { at: -8, bits: 0xff }, // CRC32 of the document (RFC 1952, 2.3.1)
    zstd: { at: 4, bits: 0x08 }, // frame header descriptor: reserved bit must be zero (RFC 8878, 3.1.1.1.1)
  };
