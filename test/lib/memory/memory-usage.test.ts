import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toGauges } from '../../../lib/memory/memory-usage.ts';

test('the gauges of a process count what it allocates and what it computes', () => {
  const { usedBytes, read, cpuUs } = toGauges({});
  const startUs = cpuUs();
  const kept = Buffer.alloc(50_000_000, 1);
  assert.ok(usedBytes() >= kept.length);
  assert.ok(read().external >= kept.length);
  const isLater = (): boolean => cpuUs() > startUs;
  for (const deadline = Date.now() + 5000; !isLater() && Date.now() < deadline;) kept.fill(2);
  assert.ok(isLater());
});

test('compiled code is counted by itself', () => {
  const { codeBytes, usedBytes } = toGauges({});
  assert.ok(codeBytes() > 10_000 && codeBytes() < usedBytes());
});

test('a gauge that is given is used', () => {
  assert.equal(toGauges({ usedBytes: () => 7 }).usedBytes(), 7);
  assert.equal(toGauges({ usedBytes: () => 7 }).codeBytes(), 0, 'it has none of ours');
});
