// Brotli: no magic number and no checksum, so only a content-encoding or a definition can name it.

import type { Decoder } from '../codec.ts';
import type { NativeCodec } from './native.ts';
import { decompressWhole, zlibModule } from './native.ts';

const native: NativeCodec = {
  codec: 'brotli',
  decompress: (bytes, options) => zlibModule().brotliDecompressSync(bytes, options),
  maxRatio: Infinity,
};

/**
 * Brotli (RFC 7932), without the large-window extension. Its decoder fills its window before it gives a byte away, so a
 * bomb costs up to 16 MB of native memory and 14 ms (Node 24, 2026) beside the limit, until the call returns.
 */
export const brotli: Decoder = {
  decompress: (bytes, opening) => decompressWhole(bytes, native, opening),
  // A few bytes can stand for 16 MB: there is no bound worth naming but the limit.
  bound: () => Infinity,
};
