// Mutates packed values of one codec for a given time and stops at the first that is not answered with a typed error or
// with bytes inside the limit. Usage: node test/fuzz/codec.ts <codec> [seconds, default 10] [seed]

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { decompressFrameSync } from 'lz4-napi';
import type { Codec } from '../../lib/codec/codec.ts';
import { CodecError, codecs } from '../../lib/codec/codec.ts';
import { open } from '../codec/hostility.ts';
import { pack } from '../codec/packer.ts';

const maxBytes = 65_536;
const maxInputBytes = 16_384;
const edges = [0, 1, 15, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const folder = new URL('../vectors/', import.meta.url);

/** A repeatable source of numbers below a bound (xorshift32). */
type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function seedsOf(codec: Codec): Buffer[] {
  const text = JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: `order ${id % 7}` })));
  const seeds = [0, 1, 300, text.length].map((length) => pack(codec, Buffer.from(text.slice(0, length))));
  const extension = { gzip: '.gz', zstd: '.zst', brotli: '.br' }[codec as string] ?? `.${codec}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(extension));
  return [...seeds, ...names.map((name) => readFileSync(new URL(name, folder)).subarray(0, maxInputBytes))];
}

function mutate(seed: Buffer, other: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(seed);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(bytes.length + 1);
    const kind = random(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(random(other.length + 1))]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)]);
    else if (kind === 3 && bytes.length - at >= 4) bytes.writeUInt32LE(edges[random(edges.length)]!, at);
    else if (at < bytes.length) bytes[at] = kind === 4 ? bytes[at]! ^ (1 << random(8)) : random(256);
  }
  return bytes.subarray(0, maxInputBytes);
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

/** Opens a value and says how long it took, ms of this process on a processor: a wall clock runs on for others too. */
function openTimed(codec: Codec, bytes: Buffer): readonly [result: ReturnType<typeof open>, tookMs: number] {
  const started = process.cpuUsage();
  const result = open(codec, bytes, maxBytes);
  const { user, system } = process.cpuUsage(started);
  return [result, (user + system) / 1000];
}

function fuzz(codec: Codec, seconds: number, seed: number): void {
  const random = createRandom(seed);
  const seeds = seedsOf(codec);
  const codes: Record<string, number> = {};
  const end = Date.now() + seconds * 1000;
  let runs = 0;
  for (; Date.now() < end; runs++) {
    const bytes = mutate(seeds[random(seeds.length)]!, seeds[random(seeds.length)]!, random);
    try {
      const [result, tookMs] = openTimed(codec, bytes);
      // A collection, or the system giving memory, may fall into a call; a value that hangs hangs again.
      if (tookMs >= 1000) assert.ok(openTimed(codec, bytes)[1] < 1000, `took ${tookMs.toFixed()} ms, twice`);
      const outcome = result instanceof CodecError ? result.code : 'opened';
      codes[outcome] = (codes[outcome] ?? 0) + 1;
      if (codec === 'lz4' && !(result instanceof CodecError)) compareWithReference(bytes, result);
    } catch (error) {
      console.error(`${codec}: run ${runs} of seed ${seed} fails on (base64) ${bytes.toString('base64')}`);
      throw error;
    }
  }
  console.log(`${codec}: ${runs} runs with seed ${seed}, ${JSON.stringify(codes)}`);
}

const [name, seconds = '10', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const codec = codecs.find((each) => each === name);
if (codec === undefined || !(Number(seconds) > 0) || !Number.isInteger(Number(seed))) {
  console.error(`usage: node test/fuzz/codec.ts <${codecs.join(' | ')}> [seconds] [seed]`);
  process.exitCode = 2;
} else {
  fuzz(codec, Number(seconds), Number(seed));
}
