import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import {
  covers,
  floorsWithin,
  grownSince,
  largestFall,
  median,
  ratesOf,
  recentGrowth,
  valueAt,
  type Floor,
} from '../../../lib/retention/live-set-series.ts';

const kb = 1024;
/** Floors every 10 invocations from the first on, with so many KB. */
const toFloors = (kilobytes: readonly number[]): Floor[] =>
  kilobytes.map((count, i) => ({ invocation: i * 10, work: i * 200, bytes: count * kb }));

suite('floors', () => {
  test('reach back as far as the oldest of them', () => {
    const floors = toFloors([0, 0, 0]);
    assert.equal(covers(floors, 20), true);
    assert.equal(covers(floors, 21), false);
    assert.equal(covers([], 0), false);
    assert.deepEqual(
      floorsWithin(floors, 10).map((floor) => floor.invocation),
      [10, 20],
    );
  });

  test('lie on lines between their neighbours', () => {
    const floors = toFloors([0, 100]);
    assert.equal(valueAt(floors, 5, 'bytes'), 50 * kb);
    assert.equal(valueAt(floors, 5, 'work'), 100);
    assert.equal(valueAt(floors, 99, 'bytes'), 100 * kb);
    assert.equal(valueAt([], 5, 'bytes'), 0);
  });

  test('count as growth only where later ones are not below them', () => {
    const floors = toFloors([0, 900, 200, 900, 400]);
    assert.equal(grownSince(floors, 0), 400 * kb);
    const rates = ratesOf(floors, 40, 2).map((rate) => Math.round(rate / kb));
    assert.deepEqual(rates, [10, 10]);
    assert.equal(largestFall(floors, 40), 700 * kb);
    assert.equal(largestFall(floors, 10), 500 * kb);
  });

  test('have grown by the mean since an earlier invocation, or not at all', () => {
    const floors = [0, 10, 20].map((invocation) => ({ invocation, work: 0, bytes: invocation * invocation }));
    assert.equal(recentGrowth(floors, 10), 30);
    assert.equal(recentGrowth(floors, 100), 20);
    assert.equal(recentGrowth(floors.slice(0, 1), 10), 0);
    assert.equal(recentGrowth([], 10), 0);
  });
});

test('the median is the middle, or between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), 0);
});
