import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { findGrowth, toGate } from '../../../lib/retention/growth.ts';
import { thresholds } from '../../../lib/retention/thresholds.ts';
import { mb } from './simulated-heap.ts';

/** Growth of so many MB in equal steps over so many invocations, with so many MB left. */
const find = (grownMb: number, invocations: number, leftMb: number, points = 10) =>
  findGrowth(
    Array.from({ length: points }, (_, i) => ({
      invocation: 50 + Math.round((i * invocations) / (points - 1)),
      bytes: (20 + (i * grownMb) / (points - 1)) * mb,
    })),
    leftMb * mb,
    thresholds,
  );

test('growth says its rate, what is left, since when, and what it has taken', () => {
  const growth = find(10, 200, 50);
  assert.ok(growth);
  assert.ok(Math.abs(growth.bytesPerInvocation - (10 / 200) * mb) < 1000);
  assert.ok(Math.abs(growth.invocationsLeft - 1000) < 20);
  assert.deepEqual([growth.sinceInvocation, growth.grownBytes], [50, 10 * mb]);
  assert.ok(growth.range[0] <= growth.bytesPerInvocation && growth.range[1] >= growth.bytesPerInvocation);
});

test('the gate is 4 MB, or 5 % of a large memory', () => {
  assert.equal(toGate(50 * mb, thresholds), 4 * mb);
  assert.equal(toGate(1000 * mb, thresholds), 50 * mb);
  assert.equal(find(3.9, 200, 50), undefined);
  assert.ok(find(4, 200, 50));
  assert.equal(find(9, 120, 200), undefined);
  assert.ok(find(11, 120, 200));
});

test('growth that is new counts once it has taken a third of what was free', () => {
  assert.equal(find(24, 60, 50), undefined);
  assert.ok(find(26, 60, 50));
});

test('growth whose end is far is not said', () => {
  assert.ok(find(5, 400, 45));
  assert.equal(find(5, 400, 60), undefined);
});

test('what was given back has not grown', () => {
  const points = [90, 95, 100, 105, 20, 21, 20.5, 21, 20.7, 21.1, 20.9, 21];
  const found = findGrowth(
    points.map((bytes, i) => ({ invocation: i * 30, bytes: bytes * mb })),
    50 * mb,
    thresholds,
  );
  assert.equal(found, undefined);
});

describe('too few points', () => {
  test('say nothing', () => {
    assert.equal(find(10, 200, 50, 7), undefined);
    assert.ok(find(10, 200, 50, 8));
    assert.equal(findGrowth([], 50 * mb, thresholds), undefined);
  });
});
