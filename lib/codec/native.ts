// The one way this folder calls node:zlib: synchronously, with an output limit, and refusing bytes after the end, which
// node:zlib ignores for all but gzip. Own file: gzip, zlib, deflate, zstd and brotli share it.

import type { BrotliOptions, ZlibOptions, ZstdOptions } from 'node:zlib';
import type { Codec, CodecErrorCode } from './codec.ts';
import { CodecError } from './codec.ts';

/** A synchronous inflating function of node:zlib. */
export type NativeInflate = (bytes: Buffer, options: ZlibOptions & BrotliOptions & ZstdOptions) => Buffer;

/** What one native call needs to know. */
export interface NativeCall {
  readonly codec: Codec;
  readonly call: NativeInflate;
  readonly maxBytes: number;
  /** Presumed inflated size in bytes, from a header or trailer that may lie; only speeds the call up. */
  readonly expectedBytes: number | undefined;
  readonly params?: Readonly<Record<number, number>>;
}

/** Result of one native call. */
export interface NativeResult {
  readonly buffer: Buffer;
  /** How many of the given bytes were used. */
  readonly usedBytes: number;
}

const minChunkBytes = 1024;
const maxChunkBytes = 1024 * 1024;

/** Inflates the first stream in `bytes` to at most `maxBytes`. @throws CodecError */
export function inflateNative(
  bytes: Buffer,
  { codec, call, maxBytes, expectedBytes, params }: NativeCall,
): NativeResult {
  // An output chunk as long as the output saves node:zlib its copying: 1,020 instead of 1,530 µs for 1 MB of gzip
  // (2026). One byte more lets it see the end of the stream in the same step.
  const chunkSize =
    expectedBytes === undefined
      ? undefined
      : Math.min(Math.max(Math.min(expectedBytes, maxBytes) + 1, minChunkBytes), maxChunkBytes);
  try {
    const options = { info: true, maxOutputLength: Math.max(maxBytes, 1), chunkSize, params };
    // With `info` node:zlib gives this object; its type declarations do not know.
    const result = call(bytes, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (result.buffer.length > maxBytes) throw new RangeError('limit 0');
    return { buffer: result.buffer, usedBytes: result.engine.bytesWritten };
  } catch (cause) {
    const code = toCode(cause);
    const what =
      code === 'TOO_LARGE'
        ? `inflates to more than ${maxBytes} bytes`
        : `cannot be inflated, ${reason(cause)}`;
    throw new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes, cause });
  }
}

/** Like {@link inflateNative}, but the stream has to be all of `bytes`. @throws CodecError */
export function inflateWhole(bytes: Buffer, call: NativeCall): Buffer {
  const { buffer, usedBytes } = inflateNative(bytes, call);
  if (usedBytes === bytes.length) return buffer;
  const what = `got ${bytes.length - usedBytes} bytes after the end of the stream, expected none`;
  throw new CodecError('CORRUPT', what, {
    codec: call.codec,
    compressedBytes: bytes.length,
    maxBytes: call.maxBytes,
  });
}

function toCode(cause: unknown): CodecErrorCode {
  if (cause instanceof RangeError) return 'TOO_LARGE'; // ERR_BUFFER_TOO_LARGE
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'Z_BUF_ERROR') return 'TRUNCATED';
  if (code === 'ZSTD_error_checksum_wrong') return 'CHECKSUM';
  if (message === 'incorrect data check' || message === 'incorrect length check') return 'CHECKSUM';
  return 'CORRUPT';
}

/** node:zlib's own words; they are fixed texts and carry nothing of the payload. */
function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.toLowerCase() : 'for no reason given';
}
