import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import type { Codec } from '../../../lib/codec/codec.ts';
import { CodecError, codecs } from '../../../lib/codec/codec.ts';
import { decompress } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';
import { open } from './hostility.ts';
import { pack } from './packer.ts';

const maxBytes = 200_000;
/** Codecs whose end is marked, so that no part of a value passes for the whole; the others end where the input does. */
const ended = new Set<Codec>(
  codecs.filter((codec) => codec !== 'snappy-framed' && codec !== 'snappy-xerial'),
);

/** Bytes with repetition in them, up to a few blocks long: words from a small dictionary, and noise. */
const values = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 12 }),
    fc.array(fc.nat(), { maxLength: 400 }),
    fc.integer({ min: 1, max: 30 }),
  )
  .map(([words, picks, times]) => {
    const once = Buffer.concat(picks.map((pick) => words[pick % words.length]!));
    return Buffer.concat(Array.from({ length: times }, () => once)).subarray(0, maxBytes);
  });

for (const codec of codecs) {
  test(`gives back any bytes packed in ${codec}`, () => {
    fc.assert(
      fc.property(values, (value) => {
        assert.deepEqual(open(codec, pack(codec, value), maxBytes), value);
      }),
      { numRuns: 60 },
    );
  });

  test(`answers any cut of ${codec} with a typed error`, () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, at) => {
        const packed = pack(codec, value);
        const cut = packed.subarray(0, at % packed.length);
        const result = open(codec, cut, maxBytes);
        if (ended.has(codec))
          assert.ok(result instanceof CodecError, `${cut.length} of ${packed.length} passed`);
        else if (!(result instanceof CodecError)) assert.deepEqual(result, value.subarray(0, result.length));
      }),
      { numRuns: 80 },
    );
  });

  test(`answers any flipped bit in ${codec} with bytes inside the limit or a typed error`, () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, bit) => {
        const packed = Buffer.from(pack(codec, value));
        const at = bit % (packed.length * 8);
        packed[at >>> 3]! ^= 1 << (at & 7);
        open(codec, packed, maxBytes);
      }),
      { numRuns: 150 },
    );
  });

  test(`answers any bytes given as ${codec} with bytes inside the limit or a typed error`, () => {
    const start = pack(codec, Buffer.from('{"a":1}'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), fc.nat(5000), (noise, kept, limit) => {
        open(codec, Buffer.concat([start.subarray(0, kept), noise]), limit);
      }),
      { numRuns: 150 },
    );
  });

  test(`refuses bytes after the end of ${codec}`, () => {
    const packed = pack(codec, Buffer.from(JSON.stringify(Array.from({ length: 99 }, (_, index) => index))));
    const result = open(codec, Buffer.concat([packed, Buffer.from('trailing')]), maxBytes);
    assert.ok(result instanceof CodecError);
  });
}

test('gives two values one after another in one scratch', () => {
  const options = { allowed: 'detect', maxBytes, scratch: createScratch(1) } as const;
  for (const codec of ['lz4', 'lz4-java', 'snappy-framed', 'snappy-xerial'] as const) {
    for (const length of [150_000, 10, 0, 70_000]) {
      const value = Buffer.from('0123456789'.repeat(length / 10));
      assert.deepEqual(decompress(pack(codec, value), options), value);
    }
  }
});

test('never takes JSON or other text for a packed value', () => {
  const options = { allowed: 'detect', maxBytes: 1_048_576, scratch: createScratch(1) } as const;
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'grapheme' }), fc.lorem()), (text) => {
      const bytes = Buffer.from(text);
      assert.equal(decompress(bytes, options), bytes);
    }),
    { numRuns: 500 },
  );
});
