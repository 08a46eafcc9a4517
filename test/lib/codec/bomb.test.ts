import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { build } from 'esbuild';
import { compressFrameSync, compressSync } from 'lz4-napi';
import { noise } from '../../support/noise.ts';
import type { CodecErrorCode } from '../../../lib/codec/codec.ts';
import { codecs } from '../../../lib/codec/codec.ts';
import type { BombCase, BombReport } from './bomb-child.ts';
import { pack, packBomb, packBrotli } from './packer.ts';

const limitMb = 128;
const maxBytes = 131_072;
const manyTimes = 1000;
const goodValue = Buffer.from(
  JSON.stringify(Array.from({ length: 40 }, (_, id) => ({ id, name: `order ${id}` }))),
);

interface Bomb {
  readonly name: string;
  readonly contentEncoding: string;
  readonly bomb: Buffer;
  readonly good: Buffer;
  readonly code: CodecErrorCode;
  readonly times?: number;
}

function createBombs(): Bomb[] {
  const code: CodecErrorCode = 'TOO_LARGE';
  const zeros = Buffer.alloc(16_000_000);
  const simple = codecs.map((codec) => {
    const contentEncoding = codec === 'deflate' ? 'deflate-raw' : codec;
    return {
      name: codec,
      contentEncoding,
      bomb: packBomb(codec, 8_192),
      good: pack(codec, goodValue),
      code,
    };
  });
  const silent = toZstdRuns(4096);
  const lying = Buffer.concat([Buffer.from('ffffffff', 'hex'), compressSync(zeros.subarray(0, 1_000_000))]);
  return [
    ...simple,
    {
      name: 'zstd that does not declare its size',
      contentEncoding: 'zstd',
      bomb: silent,
      good: pack('zstd', goodValue),
      code,
    },
    {
      name: 'lz4-block that lies',
      contentEncoding: 'lz4-block',
      bomb: lying,
      good: pack('lz4-block', goodValue),
      code: 'CORRUPT',
    },
    {
      name: 'brotli with the widest window',
      contentEncoding: 'br',
      bomb: packBrotli(zeros, 24),
      good: packBrotli(goodValue, 24),
      code,
      times: 50,
    },
    ...toLateFailures(),
    {
      name: 'lz4 in lz4',
      contentEncoding: 'lz4, lz4',
      bomb: compressFrameSync(compressFrameSync(zeros)),
      good: compressFrameSync(compressFrameSync(goodValue)),
      code,
    },
    {
      name: 'zstd in gzip',
      contentEncoding: 'zstd, gzip',
      bomb: zlib.gzipSync(zlib.zstdCompressSync(zeros)),
      good: zlib.gzipSync(zlib.zstdCompressSync(goodValue)),
      code,
    },
  ];
}

/** Values that node:zlib decompresses nearly to the limit and then refuses; what such a call took must not wait for a turn. */
function toLateFailures(): Bomb[] {
  const value = noise(maxBytes - 100);
  const good = pack('zlib', goodValue);
  const cut = zlib.deflateSync(value).subarray(0, -1);
  const goodBrotli = pack('brotli', goodValue);
  const cutBrotli = packBrotli(value, 18).subarray(0, -1);
  const wrong = zlib.gzipSync(value);
  wrong[wrong.length - 8]! ^= 1;
  return [
    { name: 'zlib cut at its end', contentEncoding: 'zlib', bomb: cut, good, code: 'TRUNCATED' },
    {
      name: 'brotli cut at its end',
      contentEncoding: 'br',
      bomb: cutBrotli,
      good: goodBrotli,
      code: 'TRUNCATED',
    },
    {
      name: 'gzip with a wrong checksum',
      contentEncoding: 'gzip',
      bomb: wrong,
      good: pack('gzip', goodValue),
      code: 'CHECKSUM',
    },
    {
      name: 'zlib cut at its end, in zstd',
      contentEncoding: 'zlib, zstd',
      bomb: zlib.zstdCompressSync(cut),
      good: zlib.zstdCompressSync(good),
      code: 'TRUNCATED',
    },
  ];
}

/** A zstd frame of runs of 128 KiB, four bytes each, without a content size (RFC 8878, 3.1.1). */
function toZstdRuns(runs: number): Buffer {
  const bytes = Buffer.alloc(6 + runs * 4);
  bytes.write('28b52ffd0058', 'hex');
  for (let run = 0; run < runs; run++) {
    const last = run === runs - 1 ? 1 : 0;
    bytes.writeUIntLE((131_072 << 3) | (1 << 1) | last, 6 + run * 4, 3);
  }
  return bytes;
}

/** The child as one JavaScript file: type stripping alone costs tens of megabytes, which are not the codecs'. */
async function buildChild(folder: string): Promise<string> {
  const outfile = join(folder, 'bomb-child.mjs');
  const entryPoints = [new URL('bomb-child.ts', import.meta.url).pathname];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  return outfile;
}

let folder: string;
let child: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-bomb-'));
  child = await buildChild(folder);
});

after(() => rm(folder, { recursive: true }));

async function run({ contentEncoding, bomb, good, times = manyTimes }: Bomb): Promise<BombReport> {
  const file = join(folder, 'bomb.json');
  const packed = { bomb: bomb.toString('base64'), good: good.toString('base64') };
  const bombCase: BombCase = { contentEncoding, ...packed, goodBytes: goodValue.length, maxBytes, times };
  await writeFile(file, JSON.stringify(bombCase));
  // What Lambda is presumed to pass at this size: a tenth off for what is no heap, and a collector to be called.
  const memory = [
    `--max-old-space-size=${limitMb - Math.ceil(limitMb / 10)}`,
    `--max-semi-space-size=${Math.floor(limitMb / 20)}`,
    '--expose-gc',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...memory, child, file], {
    timeout: 300_000, // for one that hangs: on a busy machine one that does not took a minute
  });
  return JSON.parse(stdout) as BombReport;
}

for (const bomb of createBombs()) {
  const { times = manyTimes } = bomb;
  test(`survives ${times} bombs in ${limitMb} MB and opens the good values between them: ${bomb.name}`, async () => {
    const { codes, opened, peakMb, scratchBytes } = await run(bomb);
    assert.deepEqual(codes, { [bomb.code]: times });
    assert.equal(opened, times);
    assert.ok(peakMb < limitMb, `${peakMb} MB at the peak`);
    assert.ok(scratchBytes <= maxBytes + 4096, `${scratchBytes} bytes of scratch`);
  });
}
