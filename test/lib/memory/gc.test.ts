import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findCollector } from '../../../lib/memory/gc.ts';

const collector = findCollector();

test('what a full collection leaves outside the heap is what is alive', () => {
  assert.ok(collector);
  collector.major();
  const before = process.memoryUsage().external;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 5; i++) Buffer.alloc(102_400, 'x').toString('latin1');
    collector.major();
    const left = process.memoryUsage().external - before;
    assert.ok(left < 102_400, `${left} bytes of dead buffers are counted`);
  }
});

test('the collector is found once', () => {
  assert.equal(findCollector(), collector);
});
