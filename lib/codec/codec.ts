// The names of the codecs, the one error they all raise, and the shape each of them has: what the rest of this
// folder agrees on. Its own file so that a codec needs nothing of the others.

import type { Scratch } from './scratch.ts';

/**
 * A way a producer packs a value: `lz4` is the frame format (legacy frames too), `lz4-block` one bare block behind
 * its decompressed size as a little-endian uint32, `lz4-java` what lz4-java's `LZ4BlockOutputStream` writes, `deflate` a
 * stream without header (RFC 1951), `zlib` the one with (RFC 1950), `snappy` one bare block, `snappy-framed` its stream
 * format, `snappy-xerial` the framing of snappy-java.
 */
export type Codec =
  | 'lz4'
  | 'lz4-block'
  | 'lz4-java'
  | 'gzip'
  | 'zlib'
  | 'deflate'
  | 'zstd'
  | 'snappy'
  | 'snappy-framed'
  | 'snappy-xerial'
  | 'brotli';

/** Every codec, in the order in which documents list them. */
export const codecs: readonly Codec[] = [
  'lz4',
  'lz4-block',
  'lz4-java',
  'gzip',
  'zlib',
  'deflate',
  'zstd',
  'snappy',
  'snappy-framed',
  'snappy-xerial',
  'brotli',
];

/**
 * What is wrong with a packed value; none of these ever heals by trying again.
 * `TRUNCATED`: it ends early. `CORRUPT`: its structure breaks the format. `CHECKSUM`: a checksum it carries does not
 * match. `TRAILING_BYTES`: others follow its end, such as the zeros that pad a gzip file. `TOO_LARGE`: it would decompress
 * to more than the limit. `WINDOW_TOO_LARGE`: it refers back farther than 8 MB (zstd's `--long` and `--ultra`).
 * `NEEDS_DICTIONARY`: it was packed with one. `UNKNOWN_CODEC`: its content-encoding is not one of ours.
 * `CODEC_NOT_ALLOWED`: it is one of ours, but the definition does not list it.
 */
export type CodecErrorCode =
  | 'TRUNCATED'
  | 'CORRUPT'
  | 'CHECKSUM'
  | 'TRAILING_BYTES'
  | 'TOO_LARGE'
  | 'WINDOW_TOO_LARGE'
  | 'NEEDS_DICTIONARY'
  | 'UNKNOWN_CODEC'
  | 'CODEC_NOT_ALLOWED';

/** What a {@link CodecError} knows beside its message. */
export interface CodecErrorDetails {
  readonly codec: Codec | undefined;
  readonly compressedBytes: number;
  readonly maxBytes: number;
  readonly cause?: unknown;
}

const remedies: Readonly<Record<CodecErrorCode, string>> = {
  TRUNCATED: 'check that the producer writes the whole of it',
  CORRUPT: "check the producer's encoder",
  CHECKSUM: 'check what changes the bytes between encoder and topic',
  TRAILING_BYTES: 'let the producer send the stream alone, without padding',
  TOO_LARGE: 'raise limits.maxDecompressedBytesPerRecord or let the producer send less',
  WINDOW_TOO_LARGE: 'let the producer pack without --long and at level 19 or less',
  NEEDS_DICTIONARY: 'let the producer pack without a dictionary',
  UNKNOWN_CODEC: `let the producer name one of ${codecs.join(', ')}, or set the definition's compression to 'none', which passes over the header`,
  CODEC_NOT_ALLOWED: "list it in the definition's compression or let the producer choose another",
};

/**
 * A packed value that cannot be opened: says which codec, why, and how large it was, never what was in it. Numbers that its
 * bytes declare are left out of the message too: of a value that is no such packing they are its first letters.
 */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;
  /** The codec that refused it; undefined when none was chosen. */
  readonly codec: Codec | undefined;
  /** Length of the packed value in bytes. */
  readonly compressedBytes: number;
  /** The limit on its decompressed size that applied, in bytes. */
  readonly maxBytes: number;

  constructor(code: CodecErrorCode, what: string, details: CodecErrorDetails) {
    super(`${details.codec ?? 'value'}: ${what}; ${remedies[code]}`, { cause: details.cause });
    this.code = code;
    this.codec = details.codec;
    this.compressedBytes = details.compressedBytes;
    this.maxBytes = details.maxBytes;
  }
}

/** What a decoder is given beside the bytes: the limit, in bytes, and where to write. */
export interface Opening {
  readonly maxBytes: number;
  readonly scratch: Scratch;
}

/** One codec: both functions are synchronous and keep nothing. */
export interface Decoder {
  /** Decompresses into the scratch (or a fresh buffer) and never past `maxBytes`. @throws CodecError */
  decompress(bytes: Buffer, opening: Opening): Buffer;
  /**
   * At most how many bytes {@link Decoder.decompress} would give: exact where the format says or a dry run is cheap, else
   * an upper bound. Allocates nothing and never throws; malformed bytes give any number.
   */
  bound(bytes: Buffer): number;
}
