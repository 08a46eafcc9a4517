// The one way this folder calls node:zlib: synchronously, with an output limit, and refusing bytes after the end, which
// node:zlib ignores for all but gzip. Own file: gzip, zlib, deflate, zstd and brotli share it.

import type { BrotliOptions, ZlibOptions, ZstdOptions } from 'node:zlib';
import type { Codec, CodecErrorCode, Opening } from './codec.ts';
import { CodecError } from './codec.ts';
import { growScratch } from './scratch.ts';

/**
 * What of a stream of node:zlib is used here. Its `...Sync` functions make the same stream, call the same method (which
 * the type declarations do not know) and keep the stream to themselves: of one that fails, nobody can give the memory back.
 */
export interface NativeStream {
  /** Decompresses all of `bytes` at once. */
  _processChunk(bytes: Buffer, flush: number): Buffer;
  /** The first output chunk. */
  _outBuffer: Buffer;
  /** How many of the given bytes were used. */
  readonly bytesWritten: number;
}

/** A codec and the function of node:zlib that makes its stream. */
export interface NativeCodec {
  readonly codec: Codec;
  readonly create: (options: ZlibOptions & BrotliOptions & ZstdOptions) => object;
  /** What that stream is told when the bytes are everything. */
  readonly finish: number;
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

const minChunkBytes = 1024;
const roomBytes = 288;
// A chunk of half of Node's pool or more has memory of its own, which moveToScratch gives back. Below 24 KB that costs
// more than it brings: 5 to 8 % of the time of a value of 8 KB, for 70 instead of 100 MB at the peak of a tight loop.
const ownChunkBytes = 32_768;
const pooledBytes = 24_576;
// What a refused call has decompressed is beyond reach, and V8 lets that grow to half of its heap's limit: 115 MB at the
// peak of a 128 MB function, 75 with a collection for every 16 MB. A minor one does not reach node:zlib's streams.
const maxLostBytes = 16 * 1024 * 1024;
let lostBytes = 0;
const nothing = Buffer.alloc(0);
const maxChunkBytes = 2 * 1024 * 1024;
const presumedRatio = 6; // JSON deflates to a third or a sixth; a wrong guess costs a second chunk and their joining

/**
 * Decompresses the first stream in `bytes` to at most `maxBytes`; the result is a slice of Node's pool or has memory of its
 * own, see {@link hasOwnMemory}. @throws CodecError; what node:zlib throws when memory is short
 */
export function decompressNative(
  bytes: Buffer,
  { codec, create, finish, maxRatio }: NativeCodec,
  { maxBytes, expectedBytes }: NativeLimits,
): NativeResult {
  // An output chunk as long as the output saves node:zlib its copying (256 KB: 0.7 of the time that its 16 KB chunks
  // take) and, for small values, memory. The room behind lets it see the end of the stream in the same step,
  // and zlib keep to its fast path, which wants 258 bytes of room.
  const presumed = Math.min(expectedBytes ?? bytes.length * presumedRatio, maxBytes) + roomBytes;
  const least = presumed > pooledBytes ? ownChunkBytes : minChunkBytes;
  const chunkSize = Math.min(Math.max(presumed, least), maxChunkBytes) | ownMark;
  let stream: NativeStream | undefined;
  try {
    stream = create({ maxOutputLength: Math.max(maxBytes, 1), chunkSize }) as NativeStream;
    const buffer = stream._processChunk(bytes, finish);
    if (buffer.length > maxBytes) throw Object.assign(new RangeError('limit 0'), { code: tooLarge });
    return { buffer, usedBytes: stream.bytesWritten };
  } catch (cause) {
    lose(stream, Math.min(maxBytes, bytes.length * maxRatio) - chunkSize);
    if (isShortage(cause)) throw cause;
    const code = toCode(cause);
    const what =
      code === 'TOO_LARGE'
        ? `decompresses to more than ${maxBytes} bytes`
        : `cannot be decompressed, ${reason(cause)}`;
    throw new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes, cause });
  }
}

/** Like {@link decompressNative}, but the stream has to be all of `bytes`; gives a view that is valid like the scratch's. */
export function decompressWhole(
  bytes: Buffer,
  native: NativeCodec,
  { scratch, maxBytes }: Opening,
  expectedBytes?: number,
): Buffer {
  const { buffer, usedBytes } = decompressNative(bytes, native, { maxBytes, expectedBytes });
  if (usedBytes === bytes.length) {
    if (!hasOwnMemory(buffer)) return buffer;
    const size = moveToScratch(scratch, buffer, 0, maxBytes);
    return scratch.reserve(size, size).subarray(0, size);
  }
  giveBack(buffer);
  const what = `got ${bytes.length - usedBytes} bytes after the end of the stream, expected none`;
  throw new CodecError('CORRUPT', what, { codec: native.codec, compressedBytes: bytes.length, maxBytes });
}

/**
 * Puts a native result into the scratch at `out`, gives its memory back where it has any of its own, and gives the end.
 * Left to some later collection, such results are 110 to 119 MB at the peak of a 128 MB function that opens values of
 * 200 KB or 1 MB, instead of 57 (Node 24, 2026-11); the copy is 5 % of the time.
 */
export function moveToScratch(
  scratch: Opening['scratch'],
  result: Buffer,
  out: number,
  maxBytes: number,
): number {
  const end = out + result.length;
  growScratch(scratch, end, out, maxBytes).set(result, out);
  giveBack(result);
  return end;
}

function giveBack(result: Buffer): void {
  if (hasOwnMemory(result)) (result.buffer as ArrayBuffer).transfer(0);
}

/** Chunks have an odd size: so one that is all there is behind a buffer is told from Node's pool of small buffers. */
const ownMark = 1;

/** True when nothing else lies in the memory of a native result: a slice of the pool must never be given back. */
export function hasOwnMemory(result: Buffer): boolean {
  return (result.buffer.byteLength & ownMark) !== 0;
}

/**
 * Gives back the first chunk of a refused call, which node:zlib holds until the event loop turns: a thousand values that
 * fail after 1 MB, opened without a turn between them, held 1 GB (Node 24, 2026-11). What further chunks may have left
 * behind is counted, and collected where Node runs with `--expose-gc`, as on Lambda.
 */
function lose(stream: NativeStream | undefined, furtherBytes: number): void {
  if (stream !== undefined) {
    giveBack(stream._outBuffer);
    stream._outBuffer = nothing; // a slice of the pool would hold 64 KiB
  }
  lostBytes += Math.max(furtherBytes, 0);
  if (lostBytes < maxLostBytes) return;
  lostBytes = 0;
  globalThis.gc?.();
}

/** What node:zlib says of an output beyond its limit. */
const tooLarge = 'ERR_BUFFER_TOO_LARGE';

/**
 * True when memory was short, which says nothing about the value: it passes as it is, and the record comes again. The codes
 * are zlib's (`Z_MEM_ERROR`), zstd's (`ZSTD_error_memory_allocation`), brotli's (`..._ERROR_ALLOC_...`) and Node's own.
 */
function isShortage(cause: unknown): boolean {
  const { code = '' } = cause as { code?: string };
  if (cause instanceof RangeError) return code !== tooLarge;
  return /Z_MEM_ERROR|memory_allocation|_ALLOC_|INITIALIZATION_FAILED/.test(code);
}

function toCode(cause: unknown): CodecErrorCode {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === tooLarge) return 'TOO_LARGE';
  if (code === 'Z_BUF_ERROR') return 'TRUNCATED';
  if (code === 'ZSTD_error_checksum_wrong') return 'CHECKSUM';
  if (message === 'incorrect data check' || message === 'incorrect length check') return 'CHECKSUM';
  return 'CORRUPT';
}

/** node:zlib's own words; they are fixed texts and carry nothing of the payload. */
function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.toLowerCase() : 'for no reason given';
}
