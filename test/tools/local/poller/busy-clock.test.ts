import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBusyClock } from '../../../../tools/local/poller/busy-clock.ts';

test('a busy clock gives the busy share since it was last asked', () => {
  let nowMs = 100;
  const clock = createBusyClock(() => nowMs);
  assert.equal(clock.take(), 0, 'no time has passed');
  clock.set(true);
  nowMs += 30;
  clock.set(true);
  nowMs += 30;
  clock.set(false);
  nowMs += 40;
  assert.equal(clock.take(), 0.6);
  nowMs += 10;
  assert.equal(clock.take(), 0);
  clock.set(true);
  nowMs += 10;
  assert.equal(clock.take(), 1);
  nowMs += 10;
  assert.equal(clock.take(), 1, 'it stays busy');
});
