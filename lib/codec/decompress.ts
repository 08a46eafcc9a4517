// The way in: one call that opens whatever a producer packed, within a limit, or says why not. Own file: the only one
// that knows all codecs.

import { base64 } from './base64.ts';
import { brotli } from './zlib/brotli.ts';
import type { Codec, Decoder } from './codec.ts';
import { CodecError } from './codec.ts';
import { deflate, gzip, zlib } from './zlib/deflate.ts';
import type { Coding, Layer } from './detect.ts';
import { alone, detectCodec } from './detect.ts';
import { lz4Frame } from './lz4/frame.ts';
import { lz4Java } from './lz4/java.ts';
import { lz4Sized } from './lz4/sized.ts';
import type { Scratch } from './scratch.ts';
import { snappyFramed, snappyXerial } from './snappy/stream.ts';
import { snappy } from './snappy/block.ts';
import { zstd } from './zlib/zstd.ts';

/** How to open one value. */
export interface DecompressOptions {
  /**
   * `detect`: whatever the content-encoding or else the magic number says. `header`: whatever the content-encoding
   * says, for values that may start with any bytes. `none`: nothing is opened. A list: only these, found as by `detect`;
   * when it names exactly one codec without a magic number, that is what a value without content-encoding and without the
   * magic number of another listed codec is taken for.
   */
  readonly allowed: 'detect' | 'header' | 'none' | readonly Codec[];
  /** The record's `content-encoding` header, if it has one. */
  readonly contentEncoding?: string | undefined;
  /** The limit on the decompressed size, in bytes; it holds for values that are not packed, too. */
  readonly maxBytes: number;
  readonly scratch: Scratch;
}

const decoders: Readonly<Record<Coding, Decoder>> = {
  base64,
  lz4: lz4Frame,
  'lz4-block': lz4Sized,
  'lz4-java': lz4Java,
  gzip,
  zlib,
  deflate,
  zstd,
  snappy,
  'snappy-framed': snappyFramed,
  'snappy-xerial': snappyXerial,
  brotli,
};

/** The codecs that no magic number announces. */
const unannounced: ReadonlySet<Codec> = new Set<Codec>(['lz4-block', 'zlib', 'deflate', 'snappy', 'brotli']);

/**
 * Opens a value: gives a view that is valid until the next call with the same scratch, or the very `bytes`, untouched
 * and uncopied, when they are not packed. `bytes` must not lie in the scratch itself.
 * @throws CodecError with any of its codes
 */
export function decompress(bytes: Buffer, options: DecompressOptions): Buffer {
  const { maxBytes, scratch } = options;
  const layers = layersOf(bytes, options);
  let value = bytes;
  for (let depth = 0; depth < layers.length; depth++) {
    const inner = layers[depth + 1];
    // What lies between two layers is the input of the second, so it is not where that one writes.
    const opening =
      inner === undefined ? options : { scratch: scratch.between, maxBytes: toLayerBytes(maxBytes, inner) };
    value = decoders[toCoding(layers[depth]!, value, options)].decompress(value, opening);
    if (inner !== undefined) value = moveInto(scratch.between, value);
  }
  if (value.length <= maxBytes) return value;
  const what = `got ${value.length} bytes, expected at most ${maxBytes}`;
  throw new CodecError('TOO_LARGE', what, { codec: undefined, compressedBytes: bytes.length, maxBytes });
}

/**
 * How many bytes {@link decompress} will hold for a value, at most `maxBytes`: exact where the format declares it or a dry
 * run over its tokens is cheap (LZ4, snappy, zstd with a size), else an upper bound. Allocates nothing, never throws.
 */
export function decompressedSize(bytes: Buffer, options: Omit<DecompressOptions, 'scratch'>): number {
  let layers: readonly Layer[];
  let coding: Coding | undefined;
  try {
    layers = layersOf(bytes, options);
    coding = layers[0] && toCoding(layers[0], bytes, options);
  } catch {
    return 0; // decompressing refuses it before it takes any memory
  }
  if (layers.length > 1) return options.maxBytes;
  if (coding === undefined) return Math.min(bytes.length, options.maxBytes);
  return Math.min(decoders[coding].bound(bytes), options.maxBytes);
}

const nothing: readonly Layer[] = [];

type DetectOptions = Omit<DecompressOptions, 'scratch'>;

function layersOf(bytes: Buffer, options: DetectOptions): readonly Layer[] {
  const { allowed, contentEncoding, maxBytes } = options;
  if (allowed === 'none' || (allowed === 'header' && !contentEncoding?.trim())) return nothing;
  const layers = detectCodec(bytes, contentEncoding, maxBytes) ?? nothing;
  if (allowed === 'detect' || allowed === 'header') return layers;
  const refused = toRefused(layers, allowed);
  if (refused === undefined && layers.length > 0) return layers;
  const presumed = !contentEncoding?.trim() && bytes.length > 0 ? presumedCodec(allowed) : undefined;
  if (presumed !== undefined) return alone[presumed];
  if (refused === undefined) return layers;
  throw notAllowed(refused, allowed, bytes, maxBytes);
}

/** The first codec that the list does not allow; a loop, because a closure here is 1 % of opening a small value. */
function toRefused(layers: readonly Layer[], allowed: readonly Codec[]): Codec | undefined {
  for (const layer of layers) {
    if (typeof layer === 'string' && layer !== 'base64' && !allowed.includes(layer)) return layer;
  }
  return undefined;
}

/** The coding of a layer, whose bytes are needed where a name stands for a family. */
function toCoding(layer: Layer, bytes: Buffer, { allowed, maxBytes }: DetectOptions): Coding {
  if (typeof layer === 'string') return layer;
  const codec = layer(bytes);
  if (typeof allowed === 'string' || allowed.includes(codec)) return codec;
  throw notAllowed(codec, allowed, bytes, maxBytes);
}

function notAllowed(codec: Codec, allowed: readonly Codec[], bytes: Buffer, maxBytes: number): CodecError {
  const what = `got ${codec}, expected ${allowed.join(', ')}`;
  return new CodecError('CODEC_NOT_ALLOWED', what, { codec, compressedBytes: bytes.length, maxBytes });
}

/** What bytes without a magic number are taken for: the only codec of the list that has none, if it is the only one. */
function presumedCodec(allowed: readonly Codec[]): Codec | undefined {
  let presumed: Codec | undefined;
  for (const codec of allowed) {
    if (!unannounced.has(codec)) continue;
    if (presumed !== undefined) return undefined;
    presumed = codec;
  }
  return presumed;
}

/** What lies between two layers shall lie in the scratch: node:zlib holds the input of a call that it refused for a while. */
function moveInto(scratch: Scratch, value: Buffer): Buffer {
  const area = scratch.reserve(value.length, value.length);
  if (value.buffer === area.buffer) return value;
  value.copy(area);
  return area.subarray(0, value.length);
}

/** What may lie around a value of the limit's size: noise grows a little when it is packed, and base64 adds a third. */
function toLayerBytes(maxBytes: number, inner: Layer): number {
  return Math.ceil(maxBytes * (inner === 'base64' ? 1.4 : 1.03)) + 1024;
}
