// The test files that zstd, brotli and snappy keep for their own decoders; test/vectors/official/sums.txt says what each
// has to give.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { test } from 'node:test';
import type { Codec } from '../../../lib/codec/codec.ts';
import { CodecError } from '../../../lib/codec/codec.ts';
import { decompress } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';

const folder = new URL('../../vectors/official/', import.meta.url);
const codecs: Readonly<Record<string, Codec>> = { '.zst': 'zstd', '.br': 'brotli', '.snappy': 'snappy' };
const lines = readFileSync(new URL('sums.txt', folder), 'utf8').trim().split('\n');
const sums = new Map(lines.map((line) => line.split(' ').toReversed() as [name: string, sum: string]));

function open(name: string): Buffer {
  const options = { allowed: [codecs[extname(name)]!], maxBytes: 1_048_576, scratch: createScratch() };
  return decompress(readFileSync(new URL(name, folder)), options);
}

for (const [name, sum] of sums) {
  if (sum === 'refused') {
    test(`refuses the official ${name}`, () => {
      assert.throws(() => open(name), CodecError);
    });
  } else {
    test(`opens the official ${name}`, () => {
      assert.equal(createHash('sha256').update(open(name)).digest('hex'), sum);
    });
  }
}

test('knows of every official file', () => {
  const present = readdirSync(folder).filter((name) => extname(name) in codecs);
  assert.deepEqual(present.toSorted(), [...sums.keys()].toSorted());
});
