// The two ways of packing more than one snappy block: the official stream format, and the one of snappy-java (Xerial)
// that Kafka's JVM producers write. Own file: chunks and checksums, no decoding.
// Sources: https://github.com/google/snappy/blob/main/framing_format.txt,
// https://github.com/xerial/snappy-java/blob/main/src/main/java/org/xerial/snappy/SnappyOutputStream.java
//
//   framed: ff 06 00 00 "sNaPpY" | chunks: type | length, 3 little-endian | [masked CRC-32C, 4 | data]
//   xerial: 82 "SNAPPY" 00 | version, 4 | compatible version, 4 | chunks: length, 4 big-endian | bare block

import type { Codec, CodecErrorCode, Decoder, Opening } from '../codec.ts';
import { CodecError } from '../codec.ts';
import { crc32c } from './crc32c.ts';
import { growScratch } from '../scratch.ts';
import { decompressSnappy, parseSnappySize, snappyBound } from './block.ts';

const maxChunkBytes = 65_536;
/** What a framed stream starts with. */
export const framedStart: Buffer = Buffer.from('ff060000734e61507059', 'hex');
/** What a Xerial stream starts with. */
export const xerialStart: Buffer = Buffer.from('82534e4150505900', 'hex');
const xerialHeaderBytes = 16;

/** Snappy's stream format (`ff 06 00 00 "sNaPpY"`), also several streams; every chunk's CRC-32C is verified. */
export const snappyFramed: Decoder = {
  decompress(bytes, opening) {
    const stream = { codec: 'snappy-framed' as const, bytes, opening };
    if (!isStart(bytes, 0, framedStart)) throw startFault(stream, framedStart);
    let out = 0;
    for (let pos = framedStart.length; pos < bytes.length;) {
      if (pos + 4 > bytes.length) throw fault(stream, 'TRUNCATED', 'a chunk header ends early');
      const type = bytes[pos]!;
      const next = pos + 4 + bytes.readUIntLE(pos + 1, 3);
      if (next > bytes.length) throw fault(stream, 'TRUNCATED', 'a chunk ends early');
      if (type < 2) out = decompressChunk(stream, { from: pos + 4, to: next, stored: type === 1, out });
      else if (type < 0x80) throw fault(stream, 'CORRUPT', 'got a chunk of a reserved type');
      else if (type === 0xff && !isStart(bytes, pos, framedStart)) throw startFault(stream, framedStart);
      pos = next;
    }
    return opening.scratch.reserve(out, out).subarray(0, out);
  },
  bound(bytes) {
    let size = 0;
    for (let pos = framedStart.length; pos + 4 <= bytes.length;) {
      const next = Math.min(pos + 4 + bytes.readUIntLE(pos + 1, 3), bytes.length);
      if (bytes[pos] === 0 && next > pos + 8) size += snappyBound(bytes, pos + 8, next);
      if (bytes[pos] === 1) size += Math.max(next - pos - 8, 0); // a checksum stands in front of the data
      pos = next;
    }
    return size;
  },
};

/** The framing of snappy-java (`82 "SNAPPY" 00`), also several streams; it has no checksum. */
export const snappyXerial: Decoder = {
  decompress(bytes, opening) {
    const stream = { codec: 'snappy-xerial' as const, bytes, opening };
    if (!isStart(bytes, 0, xerialStart)) throw startFault(stream, xerialStart);
    let out = 0;
    for (let pos = 0; pos < bytes.length;) {
      if (isStart(bytes, pos, xerialStart)) {
        pos += xerialHeaderBytes;
        if (pos > bytes.length) throw fault(stream, 'TRUNCATED', 'the header ends early');
        continue;
      }
      const from = pos + 4;
      const to = from > bytes.length ? Infinity : from + bytes.readUInt32BE(pos);
      if (to > bytes.length) throw fault(stream, 'TRUNCATED', 'a chunk ends early');
      out = decompressBlock(stream, { from, to, out });
      pos = to;
    }
    return opening.scratch.reserve(out, out).subarray(0, out);
  },
  bound(bytes) {
    let size = 0;
    for (let pos = 0; pos + 4 <= bytes.length;) {
      if (isStart(bytes, pos, xerialStart)) {
        pos += xerialHeaderBytes;
        continue;
      }
      const next = Math.min(pos + 4 + bytes.readUInt32BE(pos), bytes.length);
      size += snappyBound(bytes, pos + 4, next);
      pos = next;
    }
    return size;
  },
};

interface Stream {
  readonly codec: Codec;
  readonly bytes: Buffer;
  readonly opening: Opening;
}

interface Chunk {
  readonly from: number;
  readonly to: number;
  /** End of what stands in the scratch. */
  readonly out: number;
}

function decompressChunk(stream: Stream, chunk: Chunk & { readonly stored: boolean }): number {
  const { bytes, opening } = stream;
  const { from, to, stored, out } = chunk;
  if (to - from < 4) throw fault(stream, 'CORRUPT', 'got a chunk without room for its checksum');
  const end = stored
    ? copyStored(stream, { from: from + 4, to, out })
    : decompressBlock(stream, { from: from + 4, to, out });
  if (end - out > maxChunkBytes) {
    throw fault(
      stream,
      'CORRUPT',
      `got a chunk of ${end - out} decompressed bytes, expected at most ${maxChunkBytes}`,
    );
  }
  const crc = crc32c(opening.scratch.reserve(end, end), out, end);
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  if (masked !== bytes.readUInt32LE(from))
    throw fault(stream, 'CHECKSUM', 'a chunk does not match its checksum');
  return end;
}

function copyStored(stream: Stream, { from, to, out }: Chunk): number {
  const { bytes, opening } = stream;
  const end = out + to - from;
  if (end > opening.maxBytes)
    throw fault(stream, 'TOO_LARGE', `decompresses to more than ${opening.maxBytes} bytes`);
  bytes.copy(growScratch(opening.scratch, end, out, opening.maxBytes), out, from, to);
  return end;
}

function decompressBlock({ codec, bytes, opening }: Stream, { from, to, out }: Chunk): number {
  const block = { codec, from, to, at: out, limit: opening.maxBytes };
  const size = parseSnappySize(bytes, block);
  return decompressSnappy(bytes, growScratch(opening.scratch, out + size, out, opening.maxBytes), block);
}

/** True when `start` stands at `pos`. */
export function isStart(bytes: Buffer, pos: number, start: Buffer): boolean {
  const end = pos + start.length;
  return end <= bytes.length && bytes.compare(start, 0, start.length, pos, end) === 0;
}

function startFault(stream: Stream, start: Buffer): CodecError {
  const short = stream.bytes.length < start.length;
  return fault(stream, short ? 'TRUNCATED' : 'CORRUPT', 'got no stream header, expected one');
}

function fault({ codec, bytes, opening }: Stream, code: CodecErrorCode, what: string): CodecError {
  return new CodecError(code, what, { codec, compressedBytes: bytes.length, maxBytes: opening.maxBytes });
}
