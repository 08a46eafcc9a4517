// Growth that is nothing but a table: numbers in an array, a set or a map have no memory of their own, and their table is
// copied to a larger one now and then. Between two leaps nothing grows, so no window is steady.

import { minGrowthBytes, type Floor } from './live-set-series.ts';
import { leapsOf } from './level-shifts.ts';

/** A table that fills at a steady rate. */
export interface TableGrowth {
  readonly bytesPerInvocation: number;
  /** Between what the floors before and after the leaps allow. */
  readonly range: readonly [low: number, high: number];
  readonly sinceInvocation: number;
}

// Two leaps make a ratio, three a second one to compare it with; that there was one before says that it was no chance.
const minLeaps = 4;
// Maps and sets double, arrays grow by a half.
const [leastRatio, mostRatio] = [1.3, 2.3];
// A table that fills at a steady rate leaps after times that grow as it does. Beyond this it fills more and more slowly.
const timeTolerance = 1.25;
// What comes beside the table, as a share of all growth.
const mostBeside = 0.15;
// How long growth has to last to be told from a cache that fills. Maps and sets keep the places of what was deleted, and
// leap as if they held it: a cache that was full long ago may do so when twice as much has gone through it.
const leastFilling = (ratio: number): number => (ratio < 1.75 ? 80 : 140);

/** What a table has leapt by, between two floors. */
interface Leap {
  readonly bytes: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Finds a table that has grown by leaps, each larger than the one before by the same factor and after a time that is longer by
 * it, up to the newest of `floors` (oldest first); nothing once the next leap is overdue.
 */
export function findTableGrowth(floors: readonly Floor[]): TableGrowth | undefined {
  const leaps = leapsOf(floors).flatMap((bytes, i) => {
    const [before, after] = [floors[i]?.invocation, floors[i + 1]?.invocation];
    return bytes > 0 && before !== undefined && after !== undefined ? [{ bytes, before, after }] : [];
  });
  for (const latest of latestOf(leaps, minLeaps)) {
    const growth = growthOf(latest, floors);
    if (growth) return growth;
  }
  return undefined;
}

/** The last `count` of `leaps` in every way: a floor may lie within a leap, which is then two that follow each other. */
function latestOf(leaps: readonly Leap[], count: number): readonly (readonly Leap[])[] {
  const last = leaps.at(-1);
  if (count === 0) return [[]];
  if (!last) return [];
  const ways = latestOf(leaps.slice(0, -1), count - 1).map((way) => [...way, last]);
  const half = leaps.at(-2);
  if (half?.after !== last.before) return ways;
  const whole = { bytes: half.bytes + last.bytes, before: half.before, after: last.after };
  return [...ways, ...latestOf(leaps.slice(0, -2), count - 1).map((way) => [...way, whole])];
}

function growthOf(leaps: readonly Leap[], floors: readonly Floor[]): TableGrowth | undefined {
  const last = floors.at(-1);
  const [first, second, third, newest] = leaps;
  if (!last || !first || !second || !third || !newest) return undefined;
  const ratios = [third.bytes / second.bytes, newest.bytes / third.bytes];
  if (ratios.some((each) => each < leastRatio || each > mostRatio)) return undefined;
  // Early ones may have come together.
  if (first.bytes * mostRatio < second.bytes) return undefined;
  const ratio = Math.sqrt(newest.bytes / second.bytes);
  // Each leap came between two floors, so each time between leaps is known from below and from above.
  const later = { least: newest.before - third.after, most: newest.after - third.before };
  const earlier = { least: third.before - second.after, most: third.after - second.before };
  const slowest = later.most / Math.max(1, earlier.least);
  const fastest = later.least / earlier.most;
  if (fastest > ratio * timeTolerance || slowest < ratio / timeTolerance) return undefined;
  // What leaps is in proportion to how long the table has been filled.
  const gap = (newest.before + newest.after - second.before - second.after) / 2;
  const share = 1 - second.bytes / newest.bytes;
  // As it is if the newest leap came right after the floor before it, which may be long ago.
  const leastGap = gap - (newest.after - newest.before) / 2;
  if (leastGap / share < leastFilling(ratio)) return undefined;
  if (last.invocation - newest.after > later.most * ratio * timeTolerance) return undefined;
  const grown =
    last.bytes - (floors.find(({ invocation }) => invocation >= first.before)?.bytes ?? last.bytes);
  const leapt = first.bytes + second.bytes + third.bytes + newest.bytes;
  if (leapt < (1 - mostBeside) * grown) return undefined;
  const recent = third.bytes + newest.bytes;
  const bytesPerInvocation = recent / gap;
  if (bytesPerInvocation < 1.6 * minGrowthBytes) return undefined;
  return {
    bytesPerInvocation,
    range: [recent / (newest.after - second.before), recent / Math.max(1, newest.before - second.after)],
    sinceInvocation: Math.max(0, Math.round((newest.before + newest.after) / 2 - gap / share)),
  };
}
