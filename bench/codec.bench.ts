// What opening a value costs, per codec and size: the primitive called directly (baseline), ours, and the peer where there
// is one. Usage: node bench/codec.bench.ts [codec] [--save]; --save writes bench/results/codec.json.

import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as zlib from 'node:zlib';
import { decompressFrameSync, uncompressSync } from 'lz4-napi';
import snappyjs from 'snappyjs';
import type { Codec } from '../lib/codec/codec.ts';
import { codecs } from '../lib/codec/codec.ts';
import { decompress } from '../lib/codec/decompress.ts';
import { createScratch } from '../lib/codec/scratch.ts';
import { pack } from '../test/lib/codec/packer.ts';
import { saveResult } from './report.ts';
import { takeTurns, type Turns } from './turns.ts';

const sizes = [200, 800, 8_192, 262_144, 1_048_576];
const maxBytes = 1_100_000;
const valuesPerSize = 32;

interface Primitive {
  readonly name: string;
  readonly call: (bytes: Buffer) => Buffer | Promise<Buffer>;
}

/** As kafkajs-lz4 1.2.1 exports it. */
type KafkajsCodec = new () => { codec(): { decompress(bytes: Buffer): Promise<Buffer> } };

/**
 * What a handler would call by hand. Nothing on npm opens lz4-java's blocks, and of the snappy formats the peers know the
 * bare block only: those rows stand alone.
 */
const primitives: Readonly<Partial<Record<Codec, Primitive>>> = {
  lz4: { name: 'lz4-napi decompressFrameSync', call: decompressFrameSync },
  'lz4-block': { name: 'lz4-napi uncompressSync', call: uncompressSync },
  gzip: { name: 'node:zlib gunzipSync', call: (bytes) => zlib.gunzipSync(bytes) },
  zlib: { name: 'node:zlib inflateSync', call: (bytes) => zlib.inflateSync(bytes) },
  deflate: { name: 'node:zlib inflateRawSync', call: (bytes) => zlib.inflateRawSync(bytes) },
  zstd: { name: 'node:zlib zstdDecompressSync', call: (bytes) => zlib.zstdDecompressSync(bytes) },
  snappy: { name: 'snappyjs uncompress', call: (bytes) => snappyjs.uncompress(bytes) },
  brotli: { name: 'node:zlib brotliDecompressSync', call: (bytes) => zlib.brotliDecompressSync(bytes) },
};

interface Row extends Turns {
  readonly codec: Codec;
  readonly bytes: number;
  readonly packedBytes: number;
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

/**
 * The codec that kafkajs users add, where it is installed. Its decoder, `lz4` 0.6.5, is compiled when it is installed and
 * for that Node only, so it is no dependency of this project.
 */
function loadKafkajsLz4(): Primitive | undefined {
  try {
    const Lz4Codec = createRequire(import.meta.url)('kafkajs-lz4') as KafkajsCodec;
    const codec = new Lz4Codec().codec();
    return { name: 'kafkajs-lz4 decompress', call: (bytes) => codec.decompress(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    console.log(
      `kafkajs-lz4 is left out, got ${code}, expected it to load; see decision 1 for how to install it`,
    );
    return undefined;
  }
}

async function measure(codec: Codec, bytes: number): Promise<Row[]> {
  const values = Array.from({ length: bytes > 100_000 ? 4 : valuesPerSize }, (_, seed) =>
    toDocument(bytes, seed),
  );
  const packed = values.map((value) => pack(codec, value));
  const scratch = createScratch(maxBytes);
  let turn = 0;
  const next = (): Buffer => packed[turn++ % packed.length]!;
  const options = { allowed: [codec], maxBytes, scratch };
  const peers = [primitives[codec], codec === 'lz4' ? kafkajsLz4 : undefined].filter(
    (each) => each !== undefined,
  );
  const candidates = peers.map(({ name, call }) => ({ name, run: () => call(next()) }));
  const ours = { name: 'tailrace decompress', run: () => decompress(next(), options) };
  const packedBytes = Math.round(packed.reduce((sum, each) => sum + each.length, 0) / packed.length);
  const turns = await takeTurns([...candidates, ours]);
  return turns.map((each) => ({ codec, bytes, packedBytes, ...each }));
}

const { values: options, positionals } = parseArgs({
  options: { save: { type: 'boolean' } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? codecs : codecs.filter((codec) => positionals.includes(codec));
const kafkajsLz4 = chosen.includes('lz4') ? loadKafkajsLz4() : undefined;
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
if (options.save === true) saveResult('codec', { rows });
