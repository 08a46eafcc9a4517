import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { choosePollers, toPollerBounds } from '../../../../tools/local/poller/poller-scaling.ts';

const bounds = { min: 1, max: 12 };
const behind = { pollers: 2, lag: 1000, committed: 999, busy: 0.8 };
const idle = { pollers: 8, lag: 0, committed: 0, busy: 0.4 };

describe('the number of pollers', () => {
  for (const [what, load, expected] of [
    ['doubles when a busy mapping falls behind', behind, 4],
    ['stays when the pace clears the lag until the next look', { ...behind, committed: 1000 }, 2],
    ['stays when more pollers would wait as well', { ...behind, busy: 0.79 }, 2],
    ['stops at the most', { ...behind, pollers: 7 }, 12],
    ['halves when half of it would do', idle, 4],
    ['halves upwards', { ...idle, pollers: 3 }, 2],
    ['stays while half of it would be too busy', { ...idle, busy: 0.41 }, 8],
    ['stays while there is a lag to clear', { ...idle, lag: 1 }, 8],
    ['stops at the least', { ...idle, pollers: 1 }, 1],
    ['comes down at once when the topic is smaller than it was', { ...behind, pollers: 20 }, 12],
  ] as const) {
    test(what, () => {
      assert.equal(choosePollers(load, bounds), expected);
    });
  }

  test('is bounded by what is provisioned, and by the partitions', () => {
    assert.deepEqual(toPollerBounds({ minPollers: 3, maxPollers: 8 }, 12), { min: 3, max: 8 });
    assert.deepEqual(toPollerBounds({ minPollers: 3, maxPollers: 8 }, 2), { min: 2, max: 2 });
    assert.deepEqual(toPollerBounds(undefined, 12), { min: 1, max: 12 });
    assert.deepEqual(toPollerBounds(undefined, 0), { min: 1, max: 1 });
  });

  test('comes to rest under any load that does not change, inside the bounds', () => {
    fc.assert(
      fc.property(
        fc.record({
          partitions: fc.integer({ min: 1, max: 300 }),
          minPollers: fc.integer({ min: 1, max: 200 }),
          more: fc.integer({ min: 0, max: 300 }),
          start: fc.integer({ min: 1, max: 300 }),
          // Records that arrive and that one poller can do, per look.
          arriving: fc.integer({ min: 0, max: 100_000 }),
          pace: fc.integer({ min: 1, max: 1000 }),
        }),
        ({ partitions, minPollers, more, start, arriving, pace }) => {
          const limits = toPollerBounds({ minPollers, maxPollers: minPollers + more }, partitions);
          let pollers = start;
          let lag = 0;
          const seen: number[] = [];
          for (let look = 0; look < 400; look++) {
            const committed = Math.min(lag + arriving, pollers * pace);
            const busy = committed / (pollers * pace);
            lag += arriving - committed;
            pollers = choosePollers({ pollers, lag, committed, busy }, limits);
            assert.ok(pollers >= limits.min && pollers <= limits.max);
            seen.push(pollers);
          }
          const keepsUp = pollers * pace >= arriving;
          assert.ok(keepsUp || pollers === limits.max, `${pollers} of ${limits.max} although the lag grows`);
          if (lag === 0) assert.equal(new Set(seen.slice(-100)).size, 1, seen.slice(-20).join(' '));
        },
      ),
    );
  });
});
