import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { withoutLeaps } from '../../../lib/retention/level-shifts.ts';

const kb = 1024;

/** Floors every 6 invocations from 0 to 90, with what `bytes` says and a little noise. */
function toFloors(bytes: (invocation: number) => number): Floor[] {
  return Array.from({ length: 16 }, (_, i) => ({
    invocation: i * 6,
    work: i,
    bytes: bytes(i * 6) + (i % 3) * kb,
  }));
}

/** What is left at the newest floor. */
function restOf(floors: readonly Floor[]): number {
  return (withoutLeaps(floors)?.floors.at(-1)?.bytes ?? 0) / kb;
}

suite('without its leaps', () => {
  test('a table that doubles leaves what its entries take', () => {
    const floors = toFloors((i) => 12 * kb * i + (i >= 30 ? 300 * kb : 0) + (i >= 60 ? 600 * kb : 0));
    assert.ok(Math.abs(restOf(floors) - 12 * 90) < 20);
    const rate = (withoutLeaps(floors)?.tableRate(90) ?? 0) / kb;
    assert.ok(Math.abs(rate - 600 / 45) < 1, 'by the later leap alone, in half of the time');
  });

  test('leaps that do not double are no table', () => {
    const floors = toFloors((i) => 12 * kb * i + (i >= 30 ? 600 * kb : 0) + (i >= 60 ? 600 * kb : 0));
    assert.ok(Math.abs(restOf(floors) - 12 * 90) < 20);
    assert.equal(withoutLeaps(floors)?.tableRate(90), 0);
  });

  test('steady growth has none', () => {
    const floors = toFloors((i) => 25 * kb * i);
    assert.equal(withoutLeaps(floors), undefined);
  });

  test('what wanders has none', () => {
    const steps = [3, -2, 5, -4, 1, 4, -5, 2, -1, -3, 5, 2, -4, 3, 1];
    const sums = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step * 100 * kb, 0));
    const floors = toFloors((i) => sums[i / 6 - 1] ?? 0);
    assert.equal(withoutLeaps(floors), undefined);
  });

  test('a single floor that is too low is not followed by a leap', () => {
    const dip = toFloors((i) => 12 * kb * i - (i === 42 ? 400 * kb : 0));
    assert.equal(withoutLeaps(dip), undefined);
  });

  test('growth that slows down step by step has none', () => {
    const floors = toFloors((i) => 2000 * kb * (1 - Math.exp(-i / 6)) + 12 * kb * i);
    assert.equal(withoutLeaps(floors), undefined);
  });

  test('a single floor that is off is no leap, and what is flushed is not taken out', () => {
    const spike = toFloors((i) => 12 * kb * i + (i === 42 ? 400 * kb : 0));
    assert.equal(withoutLeaps(spike), undefined);
    const flushed = toFloors((i) => 12 * kb * i - (i >= 42 ? 400 * kb : 0));
    assert.equal(withoutLeaps(flushed), undefined);
  });

  test('no floors have none', () => {
    assert.equal(withoutLeaps([]), undefined);
  });
});
