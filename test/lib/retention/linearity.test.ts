import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { leastSquares, straightness } from '../../../lib/retention/linearity.ts';

const kb = 1024;

/** Floors every 6 invocations, with what `bytes` says. */
function toFloors(bytes: (invocation: number) => number, count = 15): Floor[] {
  return Array.from({ length: count }, (_, i) => ({ invocation: i * 6, work: i, bytes: bytes(i * 6) }));
}

/** A sum of steps between -100 and 100 KB, the same for the same seed (mulberry32). */
function toWalk(seed: number): (invocation: number) => number {
  let state = seed;
  const sums = [0];
  for (let i = 0; i < 100; i++) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const step = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
    sums.push((sums.at(-1) ?? 0) + step * 100 * kb);
  }
  return (invocation) => sums[Math.round(invocation / 6)] ?? 0;
}

suite('a straight line', () => {
  test('is likelier than a walk where memory grows steadily', () => {
    assert.ok(
      straightness(
        toFloors((i) => 20 * kb * i + (i % 4) * kb),
        84,
      ) > 20,
    );
  });

  test('is likelier beneath what is flushed', () => {
    assert.ok(
      straightness(
        toFloors((i) => 20 * kb * i + 60 * kb * (i % 5)),
        84,
      ) > 5,
    );
  });

  test('is likelier although one floor is off', () => {
    assert.ok(
      straightness(
        toFloors((i) => 20 * kb * i + (i === 48 ? 500 * kb : 0)),
        84,
      ) > 10,
    );
  });

  test('is hardly ever likelier than what wanders', () => {
    const found = Array.from({ length: 1000 }, (_, i) => straightness(toFloors(toWalk(i + 1)), 84));
    assert.ok(found.filter((value) => value > 10).length <= 10);
  });

  test('cannot be told from two floors', () => {
    assert.equal(
      straightness(
        toFloors((i) => i, 2),
        84,
      ),
      -Infinity,
    );
    assert.equal(straightness([], 84), -Infinity);
  });
});

test('least squares give the line that floors lie on', () => {
  const { slope, base } = leastSquares(toFloors((i) => 7 * i + 3));
  assert.ok(Math.abs(slope - 7) < 1e-9 && Math.abs(base - 3) < 1e-6);
  assert.deepEqual(leastSquares(toFloors(() => 5, 1)), { slope: 0, base: 5 });
});
