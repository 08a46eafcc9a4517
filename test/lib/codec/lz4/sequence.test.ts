import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import type { BlockSpan } from '../../../../lib/codec/lz4/sequence.ts';
import { blockBroken, blockFull, decodeBlock, measureBlock } from '../../../../lib/codec/lz4/sequence.ts';
import { buildLz4Module } from '../../../../tools/wasm/lz4.ts';
import { decodeBlockPlainly } from './reference.ts';

const canary = 0xa5;
const guardBytes = 64;

/** One sequence to be written into a block; the distance is taken modulo what there is to reach. */
interface Sequence {
  readonly literals: number;
  readonly match: number;
  readonly distance: number;
}

/** Lengths around the borders of nibbles, copies, lengths in bytes, and the module's window. */
const lengths = fc.oneof(
  { weight: 12, arbitrary: fc.nat(40) },
  { weight: 3, arbitrary: fc.integer({ min: 240, max: 560 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 120_000, max: 140_000 }) },
);
const sequences = fc.array(
  fc.record({
    literals: lengths,
    match: lengths,
    distance: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 65_535 })),
  }),
  { maxLength: 60 },
);

function toLength(length: number): number[] {
  return length < 15
    ? []
    : [...Array.from({ length: Math.floor((length - 15) / 255) }, () => 255), (length - 15) % 255];
}

/** A well-formed block behind `before` bytes that it may reach; `ending` literals are its end. */
function toBlock(list: readonly Sequence[], before: number, ending = 5): Buffer {
  const parts: Buffer[] = [];
  let size = before;
  for (const [index, { literals, match, distance }] of [
    ...list,
    { literals: ending, match: 0, distance: 0 },
  ].entries()) {
    // Without a byte to reach a sequence needs a literal first.
    const count = size === 0 ? Math.max(literals, 1) : literals;
    const noise = Buffer.from(Array.from({ length: Math.min(count, 997) }, (_, at) => at * 31 + index * 7));
    const isLast = index === list.length;
    const token = (Math.min(count, 15) << 4) | (isLast ? 0 : Math.min(match, 15));
    parts.push(Buffer.from([token, ...toLength(count)]), Buffer.alloc(count, noise));
    size += count;
    if (isLast) break;
    const reach = 1 + ((distance - 1) % Math.min(size, 65_535));
    parts.push(Buffer.from([reach & 255, reach >>> 8, ...toLength(match)]));
    size += match + 4;
  }
  return Buffer.concat(parts);
}

/** Decodes with both, into areas with a guard behind the limit, and expects the same of them. */
function compare(block: Buffer, span: Omit<BlockSpan, 'from' | 'to'>): number {
  const { at, limit } = span;
  const whole = { ...span, from: 3, to: 3 + block.length };
  const source = Buffer.concat([Buffer.alloc(3, canary), block, Buffer.alloc(3, canary)]);
  const areas = [decodeBlockPlainly, decodeBlock].map((decode) => {
    const area = Buffer.alloc(limit + guardBytes, canary);
    for (let index = 0; index < at; index++) area[index] = index * 7 + (index >>> 8);
    return { area, end: decode(source, area, whole) };
  });
  const [plain, fast] = areas as [(typeof areas)[0], (typeof areas)[0]];
  assert.equal(fast.end, plain.end);
  assert.ok(
    fast.area.subarray(limit).every((byte) => byte === canary),
    'bytes past the limit were written',
  );
  const end = Math.max(fast.end, at);
  assert.ok(fast.area.subarray(0, end).equals(plain.area.subarray(0, end)), 'the bytes differ');
  return fast.end;
}

test('runs the module that its source builds', async () => {
  const committed = readFileSync(new URL('../../../../lib/codec/lz4/module.ts', import.meta.url), 'utf8');
  assert.equal(committed, await buildLz4Module());
});

test('says the same as a plain decoder of short blocks, wherever they end, are limited or reach', () => {
  const short = fc.record({
    literals: fc.nat(17),
    match: fc.nat(17),
    distance: fc.integer({ min: 1, max: 40 }),
  });
  const list = fc.array(short, { minLength: 1, maxLength: 4 });
  const block = fc.tuple(list, fc.nat(20)).map(([sequences, ending]) => toBlock(sequences, 60, ending));
  fc.assert(
    fc.property(block, fc.nat(60), fc.nat(40), fc.nat(20), (bytes, floor, less, cut) => {
      const limit = 60 + measureBlock(bytes, 0, bytes.length);
      compare(bytes, { at: 60, floor, limit });
      compare(bytes, { at: 60, floor: 0, limit: Math.max(limit - less, 60) });
      compare(bytes.subarray(0, Math.max(bytes.length - cut, 0)), { at: 60, floor: 0, limit });
    }),
    { numRuns: 4000 },
  );
});

test('says the same as a plain decoder of a block of the longest fast sequences, at every cut and limit', () => {
  const longest = [20, 9, 1].map((distance) => ({ literals: 14, match: 14, distance }));
  for (let ending = 0; ending <= 17; ending++) {
    const block = toBlock(longest, 60, ending);
    const size = measureBlock(block, 0, block.length);
    // Shorter and shorter, so that what is missing still stands in the module's memory.
    for (let length = block.length; length >= 0; length--) {
      compare(block.subarray(0, length), { at: 60, floor: 0, limit: 60 + size });
    }
    for (let limit = 60 + size; limit >= 60; limit--) compare(block, { at: 60, floor: 0, limit });
  }
});

test('decodes any block as a plain decoder does, at its limit and below', () => {
  fc.assert(
    fc.property(sequences, fc.nat(70_000), fc.nat(70_000), fc.nat(), (list, at, floor, less) => {
      const lowest = Math.min(floor, at);
      const block = toBlock(list, at - lowest);
      const size = measureBlock(block, 0, block.length);
      assert.equal(compare(block, { at, floor: lowest, limit: at + size }), at + size);
      assert.equal(compare(block, { at, floor: lowest, limit: at + (less % size) }), blockFull);
    }),
    { numRuns: 60 },
  );
});

test('says the same as a plain decoder of any cut, flipped or overwritten block', () => {
  const change = fc.record({
    at: fc.nat(),
    byte: fc.constantFrom(0, 1, 15, 16, 127, 240, 254, 255),
    cut: fc.nat(9),
  });
  fc.assert(
    fc.property(
      sequences,
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.nat(300_000),
      (list, changes, more) => {
        let block = toBlock(list, 100);
        for (const { at, byte, cut } of changes) {
          block[at % block.length] = byte;
          if (cut === 0) block = block.subarray(0, 1 + (at % block.length));
        }
        compare(block, { at: 100, floor: 0, limit: 100 + more });
      },
    ),
    { numRuns: 200 },
  );
});

test('goes on where the window of input ends, whichever byte of a sequence that is', () => {
  // A run of literals that ends shortly before or after the 64 KB of input, then all kinds of sequences.
  const tail: Sequence[] = [
    { literals: 3, match: 2, distance: 3 },
    { literals: 300, match: 700, distance: 65_000 },
    { literals: 0, match: 20, distance: 1 },
  ];
  for (let literals = 65_536 - 345; literals < 65_536; literals++) {
    const block = toBlock([{ literals, match: 0, distance: 9 }, ...tail], 0);
    const size = measureBlock(block, 0, block.length);
    assert.equal(compare(block, { at: 0, floor: 0, limit: size }), size);
  }
});

test('goes on where the window of output ends, for every distance up to 40', () => {
  for (let distance = 1; distance <= 40; distance++) {
    const block = toBlock(
      [
        { literals: 40, match: 130_000 + distance, distance },
        { literals: 9, match: 300_000, distance },
      ],
      0,
    );
    const size = measureBlock(block, 0, block.length);
    assert.equal(compare(block, { at: 0, floor: 0, limit: size }), size);
  }
});

test('takes a length of more than 2^32 for what it is', () => {
  const many = Buffer.alloc(17_000_000, 255);
  assert.equal(
    compare(Buffer.concat([Buffer.from([0xf0]), many]), { at: 0, floor: 0, limit: 1000 }),
    blockBroken,
  );
  const match = Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), many, Buffer.from([0, 0])]);
  assert.equal(compare(match, { at: 0, floor: 0, limit: 1000 }), blockFull);
});
