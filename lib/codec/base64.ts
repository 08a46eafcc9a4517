// base64 around a packed value, as in `content-encoding: gzip, base64`. Own file: node's decoder skips what is no
// base64, and here that has to be an error.

import type { Decoder } from './codec.ts';
import { CodecError } from './codec.ts';
import { growScratch } from './scratch.ts';

// A multiple of four. One string for a text of 1.2 MB lives until V8's next full collection: 160 MB at the peak.
const pieceChars = 32_768;
const [lineFeed, carriageReturn, padding] = [10, 13, 0x3d];

/**
 * The bytes that base64 text (RFC 4648, either alphabet, padded or not) stands for. Line ends, which `base64` and MIME
 * put into it, are passed over.
 */
export const base64: Decoder = {
  decompress(bytes, { maxBytes, scratch }) {
    const text = bytes.includes(lineFeed) ? withoutLineEnds(bytes) : bytes;
    let digits = text.length;
    while (digits > 0 && text.length - digits < 2 && text[digits - 1] === padding) digits--;
    const size = Math.floor((digits * 3) / 4);
    const details = { codec: undefined, compressedBytes: bytes.length, maxBytes };
    if (size > maxBytes)
      throw new CodecError('TOO_LARGE', `got base64 of ${size} bytes, expected at most ${maxBytes}`, details);
    const area = growScratch(scratch, size, 0, maxBytes);
    let written = 0;
    for (let at = 0; at < digits; at += pieceChars) {
      const piece = text.toString('latin1', at, Math.min(at + pieceChars, digits));
      written += area.write(piece, written, size - written, 'base64');
    }
    if (digits % 4 !== 1 && written === size) return area.subarray(0, size);
    const what = `got text that is not base64, ${bytes.length} characters`;
    throw new CodecError('CORRUPT', what, details);
  },
  bound: (bytes) => Math.ceil((bytes.length * 3) / 4),
};

function withoutLineEnds(bytes: Buffer): Buffer {
  return Buffer.from(bytes.filter((byte) => byte !== lineFeed && byte !== carriageReturn));
}
