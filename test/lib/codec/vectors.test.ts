import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { test } from 'node:test';
import type { Codec } from '../../../lib/codec/codec.ts';
import { codecs } from '../../../lib/codec/codec.ts';
import { detectCodec } from '../../../lib/codec/detect.ts';
import { decompress, decompressedSize } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';

const folder = new URL('../../vectors/', import.meta.url);
const suffixes = new Map<string, Codec>([
  ['.br', 'brotli'],
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ...codecs.map((codec): [string, Codec] => [`.${codec}`, codec]),
]);
const announced = new Set<Codec>(['lz4', 'lz4-java', 'gzip', 'zstd', 'snappy-framed', 'snappy-xerial']);
const sums = new Map(
  readFileSync(new URL('inputs.sha256', folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => [line.slice(65), line.slice(0, 64)]),
);

function inputOf(name: string): string {
  if (name.startsWith('two-')) return 'small twice';
  return name.startsWith('skippable-') ? 'small' : name.slice(0, name.indexOf('-'));
}

for (const name of readdirSync(folder)) {
  const codec = suffixes.get(extname(name));
  if (codec === undefined) continue;
  test(`opens ${name} byte by byte as it was packed`, () => {
    const bytes = readFileSync(new URL(name, folder));
    const options = { allowed: [codec], maxBytes: 1_048_576, scratch: createScratch() };
    const view = decompress(bytes, options);
    assert.equal(createHash('sha256').update(view).digest('hex'), sums.get(inputOf(name)));
    const bound = decompressedSize(bytes, options);
    assert.ok(bound >= view.length, `${bound} bytes are budgeted for ${view.length}`);
    if (codec.startsWith('lz4') || codec.startsWith('snappy')) assert.equal(bound, view.length);
    assert.deepEqual(detectCodec(bytes), announced.has(codec) ? [codec] : undefined);
  });
}

test('has a vector for every codec', () => {
  const present = new Set(readdirSync(folder).map((name) => suffixes.get(extname(name))));
  assert.deepEqual(
    codecs.filter((codec) => !present.has(codec)),
    [],
  );
});
