import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { withoutSaw } from '../../../lib/retention/sawtooth.ts';

const kb = 1024;

/** Floors every 6 invocations from 0 to 120, with what `bytes` says and a little noise. */
function toFloors(bytes: (invocation: number) => number): Floor[] {
  return Array.from({ length: 21 }, (_, i) => ({
    invocation: i * 6,
    work: i,
    bytes: bytes(i * 6) + (i % 3) * kb,
  }));
}

/** What a buffer holds that takes 50 KB an invocation and is flushed with each 30th. */
function buffered(invocation: number): number {
  return 50 * kb * (invocation % 30);
}

/** Growth per invocation without the saw, in KB, over the invocations from `from` to `to`. */
function rateWithoutSaw(floors: readonly Floor[], from: number, to: number): number {
  const rest = withoutSaw(floors, 80) ?? [];
  return ((rest[to / 6]?.bytes ?? NaN) - (rest[from / 6]?.bytes ?? NaN)) / (to - from) / kb;
}

suite('without a saw', () => {
  test('a buffer beside a leak leaves the leak', () => {
    const floors = toFloors((i) => 25 * kb * i + buffered(i));
    assert.ok(Math.abs(rateWithoutSaw(floors, 0, 120) - 25) < 2);
    for (let from = 0; from < 120; from += 24)
      assert.ok(Math.abs(rateWithoutSaw(floors, from, from + 24) - 25) < 2);
  });

  test('what begins to grow within the window has not grown before', () => {
    const floors = toFloors((i) => 50 * kb * Math.max(0, i - 60) + buffered(i));
    assert.ok(Math.abs(rateWithoutSaw(floors, 0, 60)) < 6);
    assert.ok(rateWithoutSaw(floors, 60, 120) > 40);
  });

  for (const [name, bytes] of [
    ['a buffer that leaves nothing behind', buffered],
    ['growth without a buffer', (i: number) => 25 * kb * i],
    ['a single flush', (i: number) => 25 * kb * i + (i < 90 ? 50 * kb * i : 0)],
    [
      'two buffers that are flushed in turns of their own',
      (i: number) => 25 * kb * i + buffered(i) + 35 * kb * ((i + 11) % 19),
    ],
    ['leaps up and down', (i: number) => 25 * kb * i + ((i * 7919) % 11) * 400 * kb],
  ] as const) {
    test(`${name} is no leak beside a saw`, () => {
      assert.equal(withoutSaw(toFloors(bytes), 80), undefined);
    });
  }
});
