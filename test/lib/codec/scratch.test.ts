import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScratch, growScratch } from '../../../lib/codec/scratch.ts';

test('takes no memory before its first use', () => {
  const scratch = createScratch(10_000);
  assert.equal(scratch.capacity, 0);
  assert.equal(scratch.reserve(1).length, 10_000);
});

test('gives the same area again as long as it is long enough', () => {
  const scratch = createScratch(10_000);
  assert.equal(scratch.reserve(10_000), scratch.reserve(1));
  const area = scratch.reserve(1);
  const longer = area.length + 1;
  assert.notEqual(scratch.reserve(longer), area);
  assert.ok(scratch.capacity >= longer);
});

test('keeps the asked-for bytes when it grows', () => {
  const scratch = createScratch(8);
  scratch.reserve(8).write('abcdefgh');
  assert.equal(scratch.reserve(100_000, 5).toString('latin1', 0, 5), 'abcde');
});

test('shares no memory with the pool of small buffers', () => {
  assert.equal(createScratch(4096).reserve(1).buffer.byteLength, 4096);
});

test('lets go of an area over the bound, and only of that', () => {
  const scratch = createScratch(4096);
  scratch.reserve(5000);
  scratch.shrink(scratch.capacity);
  assert.ok(scratch.capacity >= 5000);
  scratch.shrink(scratch.capacity - 1);
  assert.equal(scratch.capacity, 0);
  assert.equal(scratch.reserve(1).length, 4096);
});

test('doubles for a value of many blocks, but not past its limit', () => {
  const scratch = createScratch(65_536);
  scratch.reserve(1);
  assert.equal(growScratch(scratch, 65_537, 0, 1_000_000).length, 131_072);
  assert.equal(growScratch(scratch, 131_073, 0, 135_168).length, 135_168);
});
