// The one way this folder calls node:zlib: synchronously, with an output limit, and refusing bytes after the end, which
// node:zlib ignores for all but gzip. Own file: gzip, zlib, deflate, zstd and brotli share it.

import type * as Zlib from 'node:zlib';
import type { BrotliOptions, ZlibOptions, ZstdOptions } from 'node:zlib';
import type { Codec, CodecErrorCode, Opening } from '../codec.ts';
import { CodecError } from '../codec.ts';

/** What node:zlib's synchronous functions give with `info: true`. */
interface NativeInfo {
  readonly buffer: Buffer;
  /** `bytesWritten`: how many of the given bytes were used. */
  readonly engine: { readonly bytesWritten: number };
}

/** A codec and how node:zlib decompresses it, such as by `gunzipSync`. */
export interface NativeCodec {
  readonly codec: Codec;
  readonly decompress: (bytes: Buffer, options: ZlibOptions & BrotliOptions & ZstdOptions) => unknown;
  /** At most how many bytes one packed byte can stand for. */
  readonly maxRatio: number;
}

/** What one native call needs to know. */
export interface NativeLimits {
  readonly maxBytes: number;
  /** Presumed decompressed size in bytes, from a header or trailer that may lie; only speeds the call up. */
  readonly expectedBytes: number | undefined;
}

/** Result of one native call. */
export interface NativeResult {
  readonly buffer: Buffer;
  /** How many of the given bytes were used. */
  readonly usedBytes: number;
}

let loaded: typeof Zlib | undefined;

/** node:zlib, loaded with the first value that it opens: 2 to 3 ms of processor time (Node 24.21, 2026-11) of every cold start. */
export function zlibModule(): typeof Zlib {
  return (loaded ??= process.getBuiltinModule('node:zlib'));
}

const minChunkBytes = 1024;
const maxChunkBytes = 2 * 1024 * 1024;
const roomBytes = 288;
const presumedRatio = 6; // JSON deflates to a third or a sixth; a wrong guess costs a second chunk and their joining

/**
 * Decompresses the first stream in `bytes` to at most `maxBytes`, into memory of its own or a slice of Node's pool.
 * @throws CodecError; what node:zlib throws when memory is short or the call is wrong
 */
export function decompressNative(
  bytes: Buffer,
  { codec, decompress, maxRatio }: NativeCodec,
  { maxBytes, expectedBytes }: NativeLimits,
): NativeResult {
  // An output chunk as long as the output saves node:zlib its copying (256 KB: 0.7 of the time that its 16 KB chunks
  // take) and, for small values, memory. The room behind lets it see the end of the stream in the same step,
  // and zlib keep to its fast path, which wants 258 bytes of room.
  const presumed = Math.min(expectedBytes ?? bytes.length * presumedRatio, maxBytes) + roomBytes;
  const chunkSize = Math.min(Math.max(presumed, minChunkBytes), toMaxChunkBytes());
  const options = { info: true, maxOutputLength: Math.max(maxBytes, 1), chunkSize };
  let code: CodecErrorCode;
  let cause: unknown;
  try {
    const { buffer, engine } = decompress(bytes, options) as NativeInfo;
    if (buffer.length <= maxBytes) return { buffer, usedBytes: engine.bytesWritten };
    code = 'TOO_LARGE'; // one byte, where none is allowed
  } catch (error) {
    const blamed = toCode(error);
    if (blamed === undefined) throw error;
    code = blamed;
    cause = error;
  }
  collectLost(Math.min(maxBytes, bytes.length * maxRatio));
  hold(chunkSize);
  const what =
    code === 'TOO_LARGE'
      ? `decompresses to more than ${maxBytes} bytes`
      : `cannot be decompressed, ${reasonOf(cause)}`;
  throw new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes, cause });
}

/** Like {@link decompressNative}, but the stream has to be all of `bytes`. */
export function decompressWhole(
  bytes: Buffer,
  native: NativeCodec,
  { maxBytes }: Opening,
  expectedBytes?: number,
): Buffer {
  const { buffer, usedBytes } = decompressNative(bytes, native, { maxBytes, expectedBytes });
  if (usedBytes === bytes.length) return buffer;
  const what = `got ${bytes.length - usedBytes} bytes after the end of the stream, expected none`;
  throw new CodecError('TRAILING_BYTES', what, {
    codec: native.codec,
    compressedBytes: bytes.length,
    maxBytes,
  });
}

// What a refused call has decompressed is beyond reach, and V8 lets that grow to half of its heap's limit: 116 to 122 MB at the
// peak of a 128 MB function, 79 to 97 with a collection for every 16 MB. A minor one does not reach node:zlib's streams.
const maxLostBytes = 16 * 1024 * 1024;
let lostBytes = 0;

/** Counts what refused calls leave behind, and collects it where Node runs with `--expose-gc`, as on Lambda. */
function collectLost(bytes: number): void {
  lostBytes += bytes;
  if (lostBytes < maxLostBytes) return;
  lostBytes = 0;
  globalThis.gc?.();
}

// The stream of a refused call, and with it its last output chunk, is held by a tick that is due, its `error` event. A thousand
// values that fail at their end, opened without a turn between them, held 200 MB; with small chunks beyond the first ones, 80.
const maxHeldBytes = 4 * 1024 * 1024;
const smallChunkBytes = 16 * 1024;
let heldBytes = 0;

function hold(chunkBytes: number): void {
  if (heldBytes === 0) {
    process.nextTick(() => {
      heldBytes = 0;
    });
  }
  heldBytes += chunkBytes;
}

function toMaxChunkBytes(): number {
  return heldBytes < maxHeldBytes ? maxChunkBytes : smallChunkBytes;
}

/**
 * What the bytes are to blame for, by the codes of zlib (`Z_...`), zstd (`ZSTD_error_...`), brotli (`ERR__ERROR_...`) and Node;
 * undefined for everything else. Short memory says nothing about the value, a TypeError is a mistake of ours: they pass as
 * they are, and the record comes again.
 */
function toCode(error: unknown): CodecErrorCode | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const { code, message } = error;
  if (/memory_allocation|_ALLOC_/.test(code)) return undefined;
  switch (code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return 'TOO_LARGE';
    case 'Z_BUF_ERROR':
      return 'TRUNCATED';
    case 'Z_NEED_DICT':
    case 'ZSTD_error_dictionary_wrong':
      return 'NEEDS_DICTIONARY';
    case 'ZSTD_error_frameParameter_windowTooLarge':
      return 'WINDOW_TOO_LARGE';
    case 'ZSTD_error_checksum_wrong':
      return 'CHECKSUM';
    case 'Z_DATA_ERROR':
      return /^incorrect (?:data|length) check$/.test(message) ? 'CHECKSUM' : 'CORRUPT';
    default:
      return /^ZSTD_error_|^ERR__ERROR_/.test(code) ? 'CORRUPT' : undefined;
  }
}

/** node:zlib's own words; they are fixed texts and carry nothing of the payload. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.toLowerCase() : 'for no reason given';
}
