import assert from 'node:assert/strict';
import { test } from 'node:test';

import { outsideBytes, toGauges, usedBytes } from '../../../lib/memory/memory-usage.ts';

const mb = 1_048_576;
const reading = { heapUsed: 10, heapResident: 14, external: 5, arrayBuffers: 3, rss: 60 };

test('what is used is the heap and the larger account of what lies outside of it', () => {
  assert.equal(usedBytes(reading), 15);
  assert.equal(usedBytes({ ...reading, arrayBuffers: 8 }), 18);
});

test('what is resident beside the heap and what it holds is outside of V8', () => {
  assert.equal(outsideBytes(reading), 41);
  assert.equal(outsideBytes({ ...reading, rss: 10 }), 0);
});

test('the gauges of this process see a heap, a buffer, a Blob and code', () => {
  const { read, codeBytes } = toGauges({});
  const before = read();
  assert.ok(before.heapResident > mb && before.rss > before.heapResident);
  const buffer = Buffer.alloc(32 * mb, 1);
  const buffered = read();
  assert.ok(usedBytes(buffered) - usedBytes(before) > 16 * mb);
  // Node counts a Blob among array buffers, V8 nowhere.
  const blob = new Blob([buffer]);
  assert.ok(read().arrayBuffers - buffered.arrayBuffers >= blob.size);
  assert.ok(usedBytes(read()) - usedBytes(buffered) > 8 * mb);
  assert.ok(codeBytes() > 100_000 && codeBytes() < before.heapUsed);
});

test('a heap that is only thought of has no code', () => {
  assert.equal(toGauges({ read: () => reading }).codeBytes(), 0);
  assert.equal(toGauges({ read: () => reading, codeBytes: () => 7 }).codeBytes(), 7);
});
