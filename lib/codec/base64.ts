// base64 around a packed value, as in `content-encoding: gzip, base64`. Own file: node's decoder skips what is no
// base64, and here that has to be an error.

import { CodecError } from './codec.ts';

/**
 * The bytes that base64 text (RFC 4648, either alphabet, padded or not) stands for. Line ends, which `base64` and MIME
 * put into it, are passed over. @throws CodecError `CORRUPT`, `TOO_LARGE`
 */
export function parseBase64(text: Buffer, maxBytes: number): Buffer {
  const bytes = text.includes(10) ? Buffer.from(text.filter((byte) => byte !== 10 && byte !== 13)) : text;
  let digits = bytes.length;
  while (digits > 0 && bytes.length - digits < 2 && bytes[digits - 1] === 0x3d) digits--;
  const size = Math.floor((digits * 3) / 4);
  const details = { codec: undefined, compressedBytes: text.length, maxBytes };
  if (size > maxBytes)
    throw new CodecError('TOO_LARGE', `got base64 of ${size} bytes, expected at most ${maxBytes}`, details);
  const decoded = Buffer.from(bytes.toString('latin1', 0, digits), 'base64');
  if (digits % 4 !== 1 && decoded.length === size) return decoded;
  const what = `got text that is not base64, ${bytes.length} characters`;
  throw new CodecError('CORRUPT', what, details);
}
