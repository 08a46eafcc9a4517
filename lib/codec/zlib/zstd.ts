// Zstandard: node:zlib decompresses one frame, ignores whatever follows it and does not look at the declared size before it
// starts. This file walks the frames and checks sizes first.
// Source: RFC 8878, sections 3.1.1 (frames) and 3.1.2 (skippable frames)

// As a whole: Node 20 has no such name to import, and runs all but zstd.
import type { Codec, CodecErrorCode, Decoder, Opening } from '../codec.ts';
import { CodecError } from '../codec.ts';
import type { NativeCodec } from './native.ts';
import { decompressNative, zlibModule } from './native.ts';
import { growScratch } from '../scratch.ts';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50; // its lowest four bits are free
const codec: Codec = 'zstd';
const native: NativeCodec = {
  codec,
  decompress: (bytes, options) => zlibModule().zstdDecompressSync(bytes, options),
  maxRatio: Infinity,
};
// Levels -1 to 19 need 2^23 = 8 MB on streams; `--ultra -22` and `--long` pipes are refused, for a window is memory too.
// Looked up here because node:zlib's own limit, one entry of `params`, costs 0.8 of 9 µs for each value of 800 bytes.
const maxWindowBytes = 8 * 1024 * 1024;
// A frame costs 16 µs however small it is: 6 MB of empty ones would hold the process for 10 s. Beyond the first ones,
// frames have to give as many bytes on average.
const freeFrames = 1024;
const minFrameBytes = 64;

/** Zstandard (`28 b5 2f fd`), also several and skippable frames; a checksum that is there is verified. */
export const zstd: Decoder = { decompress, bound };

function decompress(bytes: Buffer, opening: Opening): Buffer {
  const { scratch, maxBytes } = opening;
  let out = 0;
  let pos = 0;
  for (let frames = 0; ;) {
    const skipped = skippable(bytes, pos, opening);
    if (skipped === undefined) {
      if (frames++ >= freeFrames + out / minFrameBytes) {
        const what = `got ${frames} frames that give ${out} bytes, expected at least ${minFrameBytes} each`;
        throw fault('CORRUPT', what, bytes, opening);
      }
      if (windowBytes(bytes, pos) > maxWindowBytes) {
        const what = `needs a larger window than ${maxWindowBytes} bytes`;
        throw fault('WINDOW_TOO_LARGE', what, bytes, opening);
      }
      const expectedBytes = contentBytes(bytes, pos);
      if (expectedBytes !== undefined && out + expectedBytes > maxBytes) {
        const what = `declares more than ${maxBytes} decompressed bytes`;
        throw fault('TOO_LARGE', what, bytes, opening);
      }
      const rest = pos === 0 ? bytes : bytes.subarray(pos);
      const { buffer, usedBytes } = decompressNative(rest, native, {
        maxBytes: maxBytes - out,
        expectedBytes,
      });
      pos += usedBytes;
      if (out === 0 && pos === bytes.length) return buffer; // the usual case: one frame
      growScratch(scratch, out + buffer.length, out, maxBytes).set(buffer, out);
      out += buffer.length;
    } else {
      pos = skipped;
    }
    if (pos >= bytes.length) return scratch.reserve(out, out).subarray(0, out);
  }
}

function bound(bytes: Buffer): number {
  const declared =
    bytes.length >= 5 && bytes.readUInt32LE(0) === frameMagic ? contentBytes(bytes, 0) : undefined;
  return declared !== undefined && endOfFrame(bytes) === bytes.length ? declared : Infinity;
}

/** Position after the skippable frame at `pos`, or undefined when a frame of data starts there. @throws CodecError */
function skippable(bytes: Buffer, pos: number, opening: Opening): number | undefined {
  const left = bytes.length - pos;
  const magic = left < 4 ? 0 : bytes.readUInt32LE(pos);
  if (pos > 0 && magic !== frameMagic && (magic & 0xfffffff0) >>> 0 !== skippableMagic)
    throw fault('TRAILING_BYTES', `got ${left} bytes after the last frame, expected none`, bytes, opening);
  if (left < 5)
    throw fault('TRUNCATED', `got ${left} bytes where a frame starts, expected 9 or more`, bytes, opening);
  if (magic === frameMagic) return undefined;
  if ((magic & 0xfffffff0) >>> 0 !== skippableMagic)
    throw fault('CORRUPT', 'got no frame at its start, expected the magic number of one', bytes, opening);
  const next = left < 8 ? Infinity : pos + 8 + bytes.readUInt32LE(pos + 4);
  if (next > bytes.length) throw fault('TRUNCATED', 'a skippable frame ends early', bytes, opening);
  return next;
}

/** Frame_Content_Size of the frame at `pos`, or undefined when it says none or its header ends early. */
function contentBytes(bytes: Buffer, pos: number): number | undefined {
  const descriptor = bytes[pos + 4]!;
  const length = sizeBytes(descriptor);
  const at = pos + headerBytes(descriptor) - length;
  if (length === 0 || at + length > bytes.length) return undefined;
  if (length === 1) return bytes[at]!;
  if (length === 2) return bytes.readUInt16LE(at) + 256;
  return bytes.readUInt32LE(at) + (length === 8 ? bytes.readUInt32LE(at + 4) * 0x1_0000_0000 : 0);
}

/**
 * Window_Size of the frame at `pos`; 0 when it is a single segment, whose window is its content, or when its header ends
 * early. RFC 8878, 3.1.1.1.2.
 */
function windowBytes(bytes: Buffer, pos: number): number {
  if (pos + 6 > bytes.length || (bytes[pos + 4]! & 32) !== 0) return 0;
  const descriptor = bytes[pos + 5]!;
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Position after the first frame, by its block headers; beyond the end, or 0, when they make no sense. */
function endOfFrame(bytes: Buffer): number {
  const descriptor = bytes[4]!;
  let pos = headerBytes(descriptor);
  for (let last = false; !last;) {
    if (pos + 3 > bytes.length) return 0;
    const header = bytes.readUIntLE(pos, 3);
    last = (header & 1) === 1;
    pos += 3 + (((header >>> 1) & 3) === 1 ? 1 : header >>> 3); // a run (type 1) stores one byte
  }
  return pos + ((descriptor & 4) === 0 ? 0 : 4);
}

/** Length of magic number and frame header, from the frame header descriptor. */
function headerBytes(descriptor: number): number {
  const single = (descriptor & 32) !== 0;
  const dictionary = (1 << (descriptor & 3)) >> 1; // 0, 1, 2 or 4 bytes
  return 5 + (single ? 0 : 1) + dictionary + sizeBytes(descriptor);
}

/** Length of the field Frame_Content_Size, from the frame header descriptor. */
function sizeBytes(descriptor: number): number {
  const flag = descriptor >>> 6;
  return flag === 0 ? (descriptor >>> 5) & 1 : 1 << flag;
}

function fault(code: CodecErrorCode, what: string, bytes: Buffer, { maxBytes }: Opening): CodecError {
  return new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes });
}
