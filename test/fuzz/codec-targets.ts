// A fuzz target per codec: a CodecError, or bytes inside the limit that LZ4's reference opens alike.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { decompressFrameSync } from 'lz4-napi';
import type { Codec } from '../../lib/codec/codec.ts';
import { CodecError } from '../../lib/codec/codec.ts';
import { decompressLz4Text } from '../../lib/codec/lz4/text.ts';
import { open } from '../lib/codec/hostility.ts';
import { pack } from '../lib/codec/packer.ts';
import type { Target } from './fuzzing.ts';

const maxBytes = 65_536;
const maxSeedBytes = 16_384;
const folder = new URL('../vectors/', import.meta.url);

/** Opens what is nearly packed with that codec. */
export function toCodecTarget(codec: Codec): Target {
  return {
    seeds: seedsOf(codec),
    open(bytes) {
      const result = open(codec, bytes, maxBytes);
      if (codec === 'lz4') compareWithText(bytes, result);
      if (result instanceof CodecError) return [result.code];
      if (codec === 'lz4') compareWithReference(bytes, result);
      return ['opened'];
    },
  };
}

function seedsOf(codec: Codec): Buffer[] {
  const text = JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: `order ${id % 7}` })));
  const seeds = [0, 1, 300, text.length].map((length) => pack(codec, Buffer.from(text.slice(0, length))));
  const extension = { gzip: '.gz', zstd: '.zst', brotli: '.br' }[codec as string] ?? `.${codec}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(extension));
  return [...seeds, ...names.map((name) => readFileSync(new URL(name, folder)).subarray(0, maxSeedBytes))];
}

/** The short way to a text never opens what is refused, and opens the rest alike. */
function compareWithText(bytes: Buffer, ours: Buffer | CodecError): void {
  const found = decompressLz4Text(bytes.toString('base64'), maxBytes);
  if (found === undefined) return;
  assert.ok(!(ours instanceof CodecError), 'a text came out of what is refused');
  assert.equal(found.text, ours.toString());
  assert.deepEqual([found.decodedBytes, found.decompressedBytes], [bytes.length, ours.length]);
}

/** Where lz4-napi opens it too, its bytes (it stops after the first frame) are the start of ours. */
function compareWithReference(bytes: Buffer, ours: Buffer): void {
  let theirs: Buffer;
  try {
    theirs = decompressFrameSync(bytes);
  } catch {
    return; // it refuses skippable frames and others that are allowed
  }
  assert.ok(theirs.equals(ours.subarray(0, theirs.length)), 'lz4-napi opens it differently');
}
