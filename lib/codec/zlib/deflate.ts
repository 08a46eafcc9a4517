// The three wrappings of deflate: gzip, zlib and none. Own file: they differ in a header and in what they can say about
// their size.

import type { Decoder } from '../codec.ts';
import type { NativeCodec } from './native.ts';
import { decompressWhole, zlibModule } from './native.ts';

// A bit of deflate gives at most 258 bytes: https://zlib.net/zlib_tech.html, "Maximum Compression Factor"
const maxRatio = 1032;

const nativeGzip: NativeCodec = {
  codec: 'gzip',
  decompress: (bytes, options) => zlibModule().gunzipSync(bytes, options),
  maxRatio,
};
const nativeZlib: NativeCodec = {
  codec: 'zlib',
  decompress: (bytes, options) => zlibModule().inflateSync(bytes, options),
  maxRatio,
};
const nativeDeflate: NativeCodec = {
  codec: 'deflate',
  decompress: (bytes, options) => zlibModule().inflateRawSync(bytes, options),
  maxRatio,
};

/**
 * gzip (`1f 8b`), also several members one after another; CRC and length are verified. Zeros after the last member, with
 * which tapes were filled up, are refused like any other bytes there: a Kafka value has a length of its own.
 */
export const gzip: Decoder = {
  decompress(bytes, opening) {
    // The trailer's length is that of the last member, and hostile producers lie in it.
    const size = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
    const isLikely = size <= Math.min(opening.maxBytes, bytes.length * maxRatio) && size * 2 > bytes.length;
    return decompressWhole(bytes, nativeGzip, opening, isLikely ? size : undefined);
  },
  bound,
};

/** zlib (RFC 1950, what HTTP calls `deflate`); its checksum is verified. */
export const zlib: Decoder = {
  decompress: (bytes, opening) => decompressWhole(bytes, nativeZlib, opening),
  bound,
};

/** Raw deflate (RFC 1951): no magic number, no checksum. */
export const deflate: Decoder = {
  decompress: (bytes, opening) => decompressWhole(bytes, nativeDeflate, opening),
  bound,
};

function bound(bytes: Buffer): number {
  return bytes.length * maxRatio;
}
