// Which codec packed a value: by the magic number in front of it, or by the producer's content-encoding header. Own
// file: it decides without decompressing, and what it must never do is take plain text for something packed.

import type { Codec } from './codec.ts';
import { CodecError, codecs } from './codec.ts';
import { isLz4Magic } from './lz4/header.ts';
import { isLz4Java } from './lz4/java.ts';
import { framedStart, isStart, xerialStart } from './snappy/stream.ts';

/** One layer of a packed value: a codec, or the transport coding base64. */
export type Coding = Codec | 'base64';

/** A layer, or, where its name stands for a family, what tells from the layer's own bytes which member it is. */
export type Layer = Coding | ((bytes: Buffer) => Codec);

const maxLayers = 2;
const maxNames = 8; // `identity` and empty names are no codings
const lz4FrameMagic = 0x184d2204;
const lz4LegacyMagic = 0x184c2102;
const zstdMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50; // its lowest four bits are free; shared by LZ4 and zstd

/** One list per codec, made once: opening a small value takes about a microsecond, and a list is part of that. */
export const alone: Readonly<Record<Codec, readonly Codec[]>> = Object.fromEntries(
  codecs.map((codec) => [codec, [codec]]),
) as unknown as Record<Codec, readonly Codec[]>;

/** What a content-encoding header may say. */
const encodings: ReadonlyMap<string, Layer | 'identity'> = new Map<string, Layer | 'identity'>([
  ['lz4', toLz4],
  ['lz4-frame', 'lz4'],
  ['lz4-block', 'lz4-block'],
  ['lz4-sized', 'lz4-block'],
  ['lz4-java', 'lz4-java'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zlib', 'zlib'],
  ['deflate', (bytes) => (isZlibHeader(bytes) ? 'zlib' : 'deflate')], // RFC 9110 means zlib, many producers mean raw
  ['deflate-raw', 'deflate'],
  ['zstd', 'zstd'],
  ['snappy', (bytes) => toSnappyStream(bytes) ?? 'snappy'],
  ['snappy-framed', 'snappy-framed'],
  ['x-snappy-framed', 'snappy-framed'],
  ['snappy-xerial', 'snappy-xerial'],
  ['br', 'brotli'],
  ['brotli', 'brotli'],
  ['base64', 'base64'],
  // What producers write who pack nothing: the names of HTTP, of MIME's transfer encodings, and of character sets.
  ...['identity', 'none', 'binary', '8bit', '7bit', 'utf-8', 'utf8', 'us-ascii', 'ascii'].map(
    (name) => [name, 'identity'] as const,
  ),
]);

/**
 * The layers around a value, outermost (first to undo) first; undefined when it is not packed. A content-encoding
 * decides when there is one: at most two, `gzip, base64` style, the last named being the outermost, in quotes or not;
 * empty names do not count, and a header of nothing else is none. Else the magic number does, and no JSON or other text has
 * one: they hold control characters, break UTF-8, or (lz4-java's letters) are followed by a header that makes sense.
 * @throws CodecError `UNKNOWN_CODEC`
 */
export function detectCodec(
  bytes: Buffer,
  contentEncoding?: string,
  maxBytes: number = Infinity,
): readonly Layer[] | undefined {
  if (contentEncoding === undefined || contentEncoding.trim() === '') {
    const codec = detectMagic(bytes);
    return codec === undefined ? undefined : alone[codec];
  }
  const layers = parseContentEncoding(contentEncoding);
  if (layers !== undefined) return layers.length === 0 ? undefined : layers;
  // The header is the producer's: its length may be told, its text not.
  const what = `got an unknown content-encoding of ${contentEncoding.length} characters`;
  throw new CodecError('UNKNOWN_CODEC', what, { codec: undefined, compressedBytes: bytes.length, maxBytes });
}

function parseContentEncoding(header: string): readonly Layer[] | undefined {
  const layers: Layer[] = [];
  const names = unquote(header)
    .toLowerCase()
    .split(',', maxNames + 1);
  if (names.length > maxNames) return undefined;
  for (const name of names.toReversed()) {
    const trimmed = unquote(name);
    if (trimmed === '') continue; // RFC 9110, 5.6.1: a recipient ignores them
    const layer = encodings.get(trimmed);
    if (layer === undefined) return undefined;
    if (layer !== 'identity') layers.push(layer);
  }
  return layers.length > maxLayers ? undefined : layers;
}

/** Without the quotes in which some producers, Spring's among them, write header values as JSON. */
function unquote(text: string): string {
  const trimmed = text.trim();
  const isQuoted = trimmed.length > 1 && /^["']/.test(trimmed) && trimmed.endsWith(trimmed[0]!);
  return isQuoted ? trimmed.slice(1, -1).trim() : trimmed;
}

/** A frame and lz4-java's stream have magic numbers; what has neither is taken for a block behind its size. */
function toLz4(bytes: Buffer): 'lz4' | 'lz4-block' | 'lz4-java' {
  if (isLz4Java(bytes)) return 'lz4-java';
  return bytes.length < 4 || isLz4Magic(bytes, 0) ? 'lz4' : 'lz4-block';
}

function detectMagic(bytes: Buffer): Codec | undefined {
  for (let at = 0; at + 4 <= bytes.length;) {
    const magic = bytes.readUInt32LE(at);
    if (magic === lz4FrameMagic || magic === lz4LegacyMagic) return 'lz4';
    if (magic === zstdMagic) return 'zstd';
    if ((magic & 0xfffffff0) >>> 0 !== skippableMagic) return at === 0 ? detectLongMagic(bytes) : 'zstd';
    if (at + 8 > bytes.length) return 'zstd';
    at += 8 + bytes.readUInt32LE(at + 4);
    if (at >= bytes.length) return 'zstd'; // nothing but skippable frames: either codec gives no bytes
  }
  return undefined;
}

/**
 * `1f 8b 08` is gzip whatever follows: `8b` continues no UTF-8 character after `1f`, so no text starts like this, and a
 * broken header is told as such instead of passing for a value that is not packed.
 */
function detectLongMagic(bytes: Buffer): Codec | undefined {
  const first = bytes[0];
  if (first === 0x1f) return bytes[1] === 0x8b && bytes[2] === 8 ? 'gzip' : undefined;
  if (first === 0x4c) return isLz4Java(bytes) ? 'lz4-java' : undefined;
  return first === 0x82 || first === 0xff ? toSnappyStream(bytes) : undefined;
}

function toSnappyStream(bytes: Buffer): 'snappy-framed' | 'snappy-xerial' | undefined {
  if (isStart(bytes, 0, xerialStart)) return 'snappy-xerial';
  return isStart(bytes, 0, framedStart) ? 'snappy-framed' : undefined;
}

/** RFC 1950, 2.2: method 8, window of at most 32 KB, and a check that makes the pair a multiple of 31. */
function isZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const [first, second] = [bytes[0]!, bytes[1]!];
  return (first & 15) === 8 && first >>> 4 <= 7 && (first * 256 + second) % 31 === 0;
}
