import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createFullness, type Fullness } from '../../../lib/memory/fullness.ts';

const mb = 1_048_576;

/** Judges a function of 128 MB, of which 20 are kept free, after each of these: invocations, resident MB, live MB. */
function statesOf(
  occupancies: readonly (readonly [invocations: number, residentMb: number, liveMb: number])[],
  mayEnd = true,
): readonly Fullness[] {
  const fullness = createFullness(128 * mb, 20 * mb, mayEnd);
  return occupancies.map(([invocations, residentMb, liveMb]) => {
    fullness.judge({ invocations, residentBytes: residentMb * mb, liveBytes: liveMb * mb });
    return fullness.state;
  });
}

describe('an environment above the mark', () => {
  test('is full when an eighth of the margin has come within 100 invocations', () => {
    assert.deepEqual(
      statesOf([
        [50, 109, 60],
        [150, 112, 62.4],
        [150, 112, 62.6],
      ]),
      ['tight', 'tight', 'full'],
    );
  });

  test('is not full while it grows more slowly than that', () => {
    const slowly = Array.from({ length: 4 }, (_, i) => [50 + 101 * i, 109 + 2 * i, 60 + 2.6 * i] as const);
    assert.deepEqual(statesOf(slowly), ['tight', 'tight', 'tight', 'tight']);
  });

  test('is full half a margin from the limit, however slowly it got there', () => {
    assert.deepEqual(
      statesOf([
        [50, 118, 60],
        [500, 118.1, 60],
      ]),
      ['tight', 'full'],
    );
  });

  test('is too small in its first ten invocations, and from then on', () => {
    assert.deepEqual(
      statesOf([
        [9, 119, 60],
        [10, 119, 70],
      ]),
      ['too-small', 'too-small'],
    );
    assert.deepEqual(
      statesOf([
        [9, 110, 60],
        [10, 111, 70],
      ]),
      ['tight', 'full'],
    );
  });

  test('keeps a margin free, a quarter of it once it is tight, and none where a fresh one would be the same', () => {
    const fullness = createFullness(128 * mb, 20 * mb, true);
    const marks = [fullness.markBytes / mb];
    for (const [residentMb, invocations] of [
      [109, 50],
      [119, 9],
    ] as const) {
      fullness.judge({ invocations, residentBytes: residentMb * mb, liveBytes: 60 * mb });
      marks.push(fullness.markBytes / mb);
    }
    assert.deepEqual(marks, [108, 123, 128]);
  });

  test('is never full where it may not end', () => {
    assert.deepEqual(
      statesOf(
        [
          [50, 110, 60],
          [60, 112, 70],
          [70, 119, 80],
        ],
        false,
      ),
      ['tight', 'tight', 'too-small'],
    );
  });

  test('starts anew once there was room', () => {
    const fullness = createFullness(128 * mb, 20 * mb, true);
    fullness.judge({ invocations: 50, residentBytes: 110 * mb, liveBytes: 60 * mb });
    assert.equal(fullness.markBytes, 123 * mb);
    fullness.clear();
    assert.deepEqual([fullness.state, fullness.markBytes], ['roomy', 108 * mb]);
    fullness.judge({ invocations: 60, residentBytes: 110 * mb, liveBytes: 70 * mb });
    assert.equal(fullness.state, 'tight');
  });
});
