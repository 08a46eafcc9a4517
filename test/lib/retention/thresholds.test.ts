// Each number of the watch on a heap for which it was chosen: as it is the case comes out right, at half of it and at twice it
// does not. A number that can be changed by so much without anybody noticing should not be there.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { findGrowth } from '../../../lib/retention/growth.ts';
import { thresholds, type Thresholds } from '../../../lib/retention/thresholds.ts';
import { createRandom } from '../../../tools/traffic/random.ts';
import { kb, mb, watchHeap, type Watched } from './simulated-heap.ts';

type Case = (limits: Thresholds) => boolean;

const watch = (limits: Thresholds, options: { limitMb?: number } = {}): Watched =>
  watchHeap({ thresholds: limits, ...options });
/** When a leak of so many KB an invocation is found that begins after so many. */
const foundAt = (watched: Watched, leakKb: number, quiet = 0): number => {
  watched.run(quiet, () => (watched.heap.young += 20 * kb));
  return watched.run(3000, () => (watched.heap.alive += leakKb * kb))?.at ?? Infinity;
};
/** Whether a cache of so many MB that fills in so many invocations is passed over. */
const isSilent = (watched: Watched, megabytes: number, invocations: number): boolean =>
  watched.run(800, (i) => {
    if (i <= invocations) watched.heap.alive += (megabytes * mb) / invocations;
  }) === undefined;
/** What a consumer whose garbage is old costs, in microseconds an invocation. */
const costOf = (watched: Watched, invocations: number, oldKb: number): number => {
  watched.run(invocations, () => {
    watched.heap.old += oldKb * kb;
    if (watched.heap.old > 11 * mb) watched.heap.old = 0;
  });
  return watched.spentUs() / invocations;
};
/** When a leak is found beside that. */
const foundBeside = (watched: Watched, invocations: number, oldKb: number, leakKb: number): number => {
  costOf(watched, invocations, oldKb);
  return (
    watched.run(2000, () => {
      watched.heap.alive += leakKb * kb;
      watched.heap.old += oldKb * kb;
      if (watched.heap.old > 11 * mb) watched.heap.old = 0;
    })?.at ?? Infinity
  );
};

const cases: Readonly<Record<keyof Thresholds, Case>> = {
  lookInterval(limits) {
    const quiet = watch(limits);
    quiet.run(2000, () => (quiet.heap.young += 200 * kb));
    return quiet.collections.minor <= 130 && foundAt(watch(limits), 500, 1000) <= 45;
  },
  lookShare(limits) {
    const quiet = watch(limits);
    quiet.run(60, () => (quiet.heap.young += 500 * kb));
    return quiet.collections.minor <= 11 && foundAt(watch(limits), 3000, 5) <= 7;
  },
  collectShare(limits) {
    const watched = watch(limits);
    return foundAt(watched, 58) <= 120 && watched.collections.major <= 10;
  },
  garbageShare: (limits) =>
    costOf(watch(limits), 1500, 60) <= 130 && foundBeside(watch(limits), 600, 60, 40) <= 290,
  leastPoints(limits) {
    return series(limits, 8, 0) && !series(limits, 7, 0);
  },
  leastConfidence(limits) {
    return series(limits, 12, 0) && !series(limits, 12, 4 * mb);
  },
  leastInvocations: (limits) => isSilent(watch(limits), 15, 58) && foundAt(watch(limits), 70) <= 125,
  gateBytes: (limits) => isSilent(watch(limits), 3.5, 140) && foundAt(watch(limits), 30) <= 200,
  gateShare(limits) {
    const large = { limitMb: 2048 };
    return isSilent(watch(limits, large), 75, 110) && foundAt(watch(limits, large), 900) <= 150;
  },
  outsideGates(limits) {
    const pools = watch(limits);
    const isPassedOver =
      pools.run(800, (i) => void (pools.heap.outside += i <= 130 ? 120 * kb : 0)) === undefined;
    const native = watch(limits);
    return (
      isPassedOver &&
      native.run(1000, () => void (native.heap.outside += 175 * kb)) !== undefined &&
      native.heap.outside < 68 * mb
    );
  },
  urgentShare: (limits) => isSilent(watch(limits), 17, 40) && foundAt(watch(limits), 970) <= 30,
  horizonInvocations(limits) {
    const slow = watch(limits);
    return (
      slow.run(600, () => void (slow.heap.alive += 8.5 * kb)) === undefined &&
      foundAt(watch(limits), 17) <= 600
    );
  },
  sampledInvocations(limits) {
    const watched = watch(limits);
    foundAt(watched, 58);
    const after = foundAt(watched, 58);
    return after > 25 && after < 65;
  },
  sayAgainInvocations(limits) {
    const watched = watch(limits);
    foundAt(watched, 16);
    foundAt(watched, 16);
    const after = foundAt(watched, 16);
    return after > 300 && after < 800;
  },
};

/** Whether growth is found in so many points of a line with so much noise. */
function series(limits: Thresholds, count: number, noiseBytes: number): boolean {
  const random = createRandom(1);
  const points = Array.from({ length: count }, (_, i) => ({
    invocation: 1 + 30 * i,
    bytes: 10 * mb + i * (noiseBytes > 0 ? mb / 2 : mb) + (i > 0 ? random.below(Math.max(1, noiseBytes)) : 0),
  }));
  return findGrowth(points, 50 * mb, limits) !== undefined;
}

describe('the threshold', () => {
  for (const [name, holds] of Object.entries(cases)) {
    const key = name as keyof Thresholds;
    test(`${name} is right as it is, and neither half nor twice of it is`, () => {
      assert.equal(holds(thresholds), true, `as it is, ${thresholds[key]}`);
      assert.equal(holds({ ...thresholds, [key]: thresholds[key] / 2 }), false, 'at half');
      assert.equal(holds({ ...thresholds, [key]: thresholds[key] * 2 }), false, 'at twice');
    });
  }

  test('there are no more than fifteen', () => assert.ok(Object.keys(thresholds).length <= 15));
});
