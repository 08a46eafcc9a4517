// Packs bytes in every codec the way producers do: the reference side of the codec tests, benches and fuzz targets.

import * as zlib from 'node:zlib';
import { compressFrameSync, compressSync } from 'lz4-napi';
import type { Codec } from '../../lib/codec/codec.ts';

const packers: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  lz4: (bytes) => compressFrameSync(bytes),
  'lz4-block': (bytes) => compressSync(bytes),
  gzip: (bytes) => zlib.gzipSync(bytes),
  zlib: (bytes) => zlib.deflateSync(bytes),
  deflate: (bytes) => zlib.deflateRawSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  brotli: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

/** Packs `bytes` in one codec. */
export function pack(codec: Codec, bytes: Buffer): Buffer {
  return packers[codec](bytes);
}
