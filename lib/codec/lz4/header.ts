// The header of an LZ4 frame, and which magic numbers start one. Own file: finding the codec of a value needs it without
// decompressing, and the frame's rules are enough for a file of their own.
//
//   magic 04224d18 | flags | block size | [content size, 8] | [dictionary, 4] | header checksum, 1

import type { CodecErrorCode, Opening } from '../codec.ts';
import { CodecError } from '../codec.ts';
import { xxhash32 } from './xxhash32.ts';

const frameMagic = 0x184d2204;
const legacyMagic = 0x184c2102;
const skippableMagic = 0x184d2a50; // its lowest four bits are free
const legacyBlockBytes = 8 * 1024 * 1024;

/** What the header of one frame says; a legacy frame (`lz4 -l`) has none and says the same each time. */
export interface Lz4Header {
  readonly kind: 'frame' | 'legacy';
  /** First byte after the header. */
  readonly body: number;
  readonly blockBytes: number;
  readonly independent: boolean;
  readonly blockCheck: boolean;
  readonly contentCheck: boolean;
  /** Declared decompressed size, or undefined. */
  readonly contentBytes: number | undefined;
}

/** True when an LZ4 frame, a legacy one or a skippable one starts at `pos`, by its magic number alone. */
export function isLz4Magic(bytes: Buffer, pos: number): boolean {
  if (pos + 4 > bytes.length) return false;
  const word = bytes.readUInt32LE(pos);
  return word === frameMagic || word === legacyMagic || (word & 0xfffffff0) >>> 0 === skippableMagic;
}

/** Makes the error of an LZ4 frame. */
export function lz4Fault(
  code: CodecErrorCode,
  what: string,
  bytes: Buffer,
  { maxBytes }: Pick<Opening, 'maxBytes'>,
): CodecError {
  return new CodecError(code, what, { codec: 'lz4', compressedBytes: bytes.length, maxBytes });
}

/**
 * Reads the header at `pos`, of what ends at `to` (default: with `bytes`); for a skippable frame gives the position after it
 * instead. @throws CodecError
 */
export function parseLz4Header(
  bytes: Buffer,
  pos: number,
  opening: Pick<Opening, 'maxBytes'>,
  to: number = bytes.length,
): Lz4Header | number {
  const left = to - pos;
  if (pos > 0 && !isLz4Magic(bytes, pos))
    throw lz4Fault('TRAILING_BYTES', `got ${left} bytes after the last frame, expected none`, bytes, opening);
  if (left < 4)
    throw lz4Fault('TRUNCATED', `got ${left} bytes where a frame starts, expected 7 or more`, bytes, opening);
  const magic = bytes.readUInt32LE(pos);
  if (magic === legacyMagic) {
    const none = { independent: true, blockCheck: false, contentCheck: false, contentBytes: undefined };
    return { kind: 'legacy', body: pos + 4, blockBytes: legacyBlockBytes, ...none };
  }
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
    const next = left < 8 ? Infinity : pos + 8 + bytes.readUInt32LE(pos + 4);
    if (next > to) throw lz4Fault('TRUNCATED', 'a skippable frame ends early', bytes, opening);
    return next;
  }
  if (magic !== frameMagic)
    throw lz4Fault('CORRUPT', 'got no frame at its start, expected the magic number of one', bytes, opening);
  if (left < 7)
    throw lz4Fault('TRUNCATED', `got a header of ${left} bytes, expected 7 or more`, bytes, opening);
  const flags = bytes[pos + 4]!;
  const size = bytes[pos + 5]!;
  if (flags >>> 6 !== 1) throw lz4Fault('CORRUPT', 'got another version than 1', bytes, opening);
  if ((flags & 2) !== 0 || (size & 0x8f) !== 0 || size < 0x40) {
    throw lz4Fault('CORRUPT', 'got reserved bits in the header, expected 0', bytes, opening);
  }
  if ((flags & 1) !== 0)
    throw lz4Fault('NEEDS_DICTIONARY', 'needs a dictionary, expected none', bytes, opening);
  const check = pos + 6 + ((flags & 8) === 0 ? 0 : 8);
  if (check >= to) throw lz4Fault('TRUNCATED', 'the header ends early', bytes, opening);
  if (((xxhash32(bytes, pos + 4, check) >>> 8) & 0xff) !== bytes[check]) {
    throw lz4Fault('CHECKSUM', 'the header does not match its checksum', bytes, opening);
  }
  return {
    kind: 'frame',
    body: check + 1,
    blockBytes: 1 << (8 + 2 * (size >>> 4)),
    independent: (flags & 32) !== 0,
    blockCheck: (flags & 16) !== 0,
    contentCheck: (flags & 4) !== 0,
    contentBytes:
      (flags & 8) === 0
        ? undefined
        : bytes.readUInt32LE(pos + 6) + bytes.readUInt32LE(pos + 10) * 0x1_0000_0000,
  };
}
