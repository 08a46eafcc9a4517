// What opening a value costs, per codec and size: the primitive called directly (baseline), ours, and the peer where there
// is one. Usage: node bench/codec.bench.ts [codec] [--save]; --save writes bench/results/codec.json.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import * as zlib from 'node:zlib';
import { decompressFrameSync, uncompressSync } from 'lz4-napi';
import snappyjs from 'snappyjs';
import { Bench } from 'tinybench';
import type { Codec } from '../lib/codec/codec.ts';
import { codecs } from '../lib/codec/codec.ts';
import { inflate } from '../lib/codec/inflate.ts';
import { createScratch } from '../lib/codec/scratch.ts';
import { pack } from '../test/codec/packer.ts';

const sizes = [200, 800, 8_192, 262_144, 1_048_576];
const maxBytes = 1_100_000;
const valuesPerSize = 32;
// The candidates take many short turns, for on a shared machine any of them can be slow. A turn counts by its mean: what
// a call leaves to the garbage collector is part of its cost. Of the turns, and of their ratios, the median counts.
const rounds = 24;

/**
 * What a handler would call by hand. Nothing on npm opens lz4-java's blocks, and of the snappy formats the peers know the
 * bare block only: those rows stand alone.
 */
const primitives: Readonly<Partial<Record<Codec, { name: string; call: (bytes: Buffer) => Buffer }>>> = {
  lz4: { name: 'lz4-napi decompressFrameSync', call: decompressFrameSync },
  'lz4-block': { name: 'lz4-napi uncompressSync', call: uncompressSync },
  gzip: { name: 'node:zlib gunzipSync', call: (bytes) => zlib.gunzipSync(bytes) },
  zlib: { name: 'node:zlib inflateSync', call: (bytes) => zlib.inflateSync(bytes) },
  deflate: { name: 'node:zlib inflateRawSync', call: (bytes) => zlib.inflateRawSync(bytes) },
  zstd: { name: 'node:zlib zstdDecompressSync', call: (bytes) => zlib.zstdDecompressSync(bytes) },
  snappy: { name: 'snappyjs uncompress', call: (bytes) => snappyjs.uncompress(bytes) },
  brotli: { name: 'node:zlib brotliDecompressSync', call: (bytes) => zlib.brotliDecompressSync(bytes) },
};

interface Row {
  readonly codec: Codec;
  readonly bytes: number;
  readonly packedBytes: number;
  readonly name: string;
  /** The median over all turns of the mean time of a call. */
  readonly medianUs: number;
  /** Against the first row of the same codec and size, round by round. */
  readonly ratio: number;
}

/** An order document of about `size` bytes; the same seed gives the same document. */
function toDocument(size: number, seed: number): Buffer {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const words =
    'pending shipped returned express standard gift Zurich Paris Oslo blue green large small'.split(' ');
  const items: unknown[] = [];
  for (let bytes = 60; bytes < size;) {
    const item = {
      sku: Math.floor(random() * 1e10).toString(36),
      name: `${words[Math.floor(random() * words.length)]} ${words[Math.floor(random() * words.length)]}`,
      price: Math.floor(random() * 1e5) / 100,
      quantity: 1 + Math.floor(random() * 9),
    };
    bytes += JSON.stringify(item).length + 1;
    items.push(item);
  }
  return Buffer.from(JSON.stringify({ orderId: `o-${seed}`, at: '2026-07-01T12:00:00.000Z', items }));
}

async function measure(codec: Codec, bytes: number): Promise<Row[]> {
  const values = Array.from({ length: bytes > 100_000 ? 4 : valuesPerSize }, (_, seed) =>
    toDocument(bytes, seed),
  );
  const packed = values.map((value) => pack(codec, value));
  const scratch = createScratch(maxBytes);
  const primitive = primitives[codec];
  let turn = 0;
  const next = (): Buffer => packed[turn++ % packed.length]!;
  const ours = (): number => inflate(next(), { allowed: [codec], maxBytes, scratch }).length;
  const candidates = [
    ...(primitive === undefined ? [] : [{ name: primitive.name, run: () => primitive.call(next()).length }]),
    { name: 'tailrace inflate', run: ours },
  ];
  const turns = candidates.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    const bench = new Bench({ time: 30, warmupTime: round === 0 ? 80 : 5 });
    // Every other round the other way round: the second of two also pays for what the first leaves to collect.
    for (const { name, run } of round % 2 === 0 ? candidates : candidates.toReversed()) bench.add(name, run);
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (result.state !== 'completed') throw new Error(`${name} did not complete: ${result.state}`);
      turns[candidates.findIndex((each) => each.name === name)]!.push(result.latency.mean * 1000);
    }
  }
  const packedBytes = Math.round(packed.reduce((sum, each) => sum + each.length, 0) / packed.length);
  return candidates.map(({ name }, index) => {
    const ratio = median(turns[index]!.map((us, round) => us / turns[0]![round]!));
    const medianUs = Number(median(turns[index]!).toFixed(2));
    return { codec, bytes, packedBytes, name, medianUs, ratio: Number(ratio.toFixed(2)) };
  });
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

const { values: options, positionals } = parseArgs({
  options: { save: { type: 'boolean' } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? codecs : codecs.filter((codec) => positionals.includes(codec));
const rows: Row[] = [];
for (const codec of chosen) {
  for (const bytes of sizes) {
    for (const row of await measure(codec, bytes)) {
      rows.push(row);
      const cells = [row.codec.padEnd(14), String(row.bytes).padStart(9), row.name.padEnd(34)];
      console.log(...cells, `${row.medianUs.toFixed(2)} µs`.padStart(13), `${row.ratio.toFixed(2)}x`);
    }
  }
}
if (options.save === true) {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 10);
  const folder = new URL('results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const report = {
    bench: 'codec',
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    date,
    commit,
    rows,
  };
  writeFileSync(new URL('codec.json', folder), `${JSON.stringify(report, undefined, 2)}\n`);
}
