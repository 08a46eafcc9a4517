import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { isLevelling } from '../../../lib/retention/saturation.ts';

const mb = 1e6;

/** Floors every 6 invocations up to invocation 84. */
function toFloors(bytes: (invocation: number) => number): Floor[] {
  return Array.from({ length: 15 }, (_, i) => ({ invocation: i * 6, work: i, bytes: bytes(i * 6) }));
}
const approach = (i: number): number => 20 * mb * (1 - Math.exp(-i / 100));

suite('growth', () => {
  test('levels off where it approaches a size that fits', () => {
    assert.equal(isLevelling(toFloors(approach), 84, 100 * mb), true);
  });

  test('does not count as levelling off where what it approaches does not fit', () => {
    assert.equal(isLevelling(toFloors(approach), 84, 2 * mb), false);
  });

  test('levels off in spite of a table that doubles at the end', () => {
    const floors = toFloors((i) => approach(i) + (i >= 84 ? 3 * mb : 0));
    assert.equal(isLevelling(floors, 84, 100 * mb), true);
  });

  test('levels off in spite of one floor that is off', () => {
    // A cache of random keys: the floor of invocation 44 was taken when 300 KB of something else were there.
    const kilobytes = [
      [4, 21_512],
      [14, 22_710],
      [24, 23_710],
      [34, 24_561],
      [44, 25_454],
      [49, 25_536],
      [52, 25_699],
      [55, 25_830],
      [58, 25_991],
      [61, 26_143],
      [64, 26_305],
      [67, 26_431],
      [70, 26_673],
      [73, 26_791],
      [76, 26_909],
      [79, 27_014],
      [82, 27_121],
      [85, 27_207],
    ] as const;
    const floors = kilobytes.map(([invocation, kb]) => ({ invocation, work: invocation, bytes: kb * 1024 }));
    assert.equal(isLevelling(floors, 80, 400 * mb), true);
  });

  test('does not level off while it is steady', () => {
    assert.equal(
      isLevelling(
        toFloors((i) => 0.1 * mb * i),
        84,
        100 * mb,
      ),
      false,
    );
  });

  test('does not level off after a cache that has filled beside it', () => {
    const floors = toFloors((i) => 0.1 * mb * Math.min(i, 24) + 0.02 * mb * i);
    assert.equal(isLevelling(floors, 84, 100 * mb), false);
  });
});
