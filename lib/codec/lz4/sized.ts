// A bare LZ4 block behind its decompressed size: what lz4-napi's `compress`, python's `lz4.block` and others write. The
// native decoder believes the size: four bytes `ff` make it touch 4 GB or end the process. Own file: no frame around it.

import type { CodecErrorCode, Decoder } from '../codec.ts';
import { CodecError } from '../codec.ts';
import { blockBroken, blockFull, decodeBlock } from './sequence.ts';

// The format's best: 255 bytes of a match for one byte of length.
const maxRatio = 255;

/** One LZ4 block behind its decompressed size (little-endian uint32); no magic number, no checksum. */
export const lz4Sized: Decoder = {
  decompress(bytes, { maxBytes, scratch }) {
    const fault = (code: CodecErrorCode, what: string): CodecError =>
      new CodecError(code, what, { codec: 'lz4-block', compressedBytes: bytes.length, maxBytes });
    if (bytes.length < 5) throw fault('TRUNCATED', `got ${bytes.length} bytes, expected 5 or more`);
    const size = bytes.readUInt32LE(0);
    if (size > (bytes.length - 4) * maxRatio) {
      throw fault('CORRUPT', `declares more decompressed bytes than ${bytes.length} bytes can hold`);
    }
    if (size > maxBytes) throw fault('TOO_LARGE', `declares more than ${maxBytes} decompressed bytes`);
    const area = scratch.reserve(size);
    const end = decodeBlock(bytes, area, { from: 4, to: bytes.length, at: 0, floor: 0, limit: size });
    if (end === blockBroken) throw fault('CORRUPT', 'a length or a distance points outside of the block');
    if (end === blockFull) throw fault('CORRUPT', 'decompresses to more bytes than it declares');
    if (end < size) throw fault('TRUNCATED', `got ${end} decompressed bytes, fewer than it declares`);
    return area.subarray(0, size);
  },
  bound: (bytes) => (bytes.length < 5 ? 0 : Math.min(bytes.readUInt32LE(0), (bytes.length - 4) * maxRatio)),
};
