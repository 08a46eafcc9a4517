// Whether memory that is still alive after an invocation keeps growing, or only fills up. Pure arithmetic on floors, apart
// from the watch that measures them, so that every shape of growth can be tried without a process.

import {
  covers,
  floorsWithin,
  grownSince,
  largestFall,
  median,
  minGrowthBytes,
  ratesOf,
  valueAt,
  type Floor,
} from './live-set-series.ts';
import { withoutLeaps } from './level-shifts.ts';
import { isLevelling } from './saturation.ts';
import { withoutSaw } from './sawtooth.ts';
import { leastSquares, straightness } from './linearity.ts';
import { findTableGrowth } from './hash-table-growth.ts';

/** Growth that neither stops nor slows down. */
export interface Growth {
  /** Mean over the window that showed it. */
  readonly bytesPerInvocation: number;
  /** The 95 % interval of that mean, from how much the parts of the window differ. */
  readonly range: readonly [low: number, high: number];
  /** First invocation of that window. */
  readonly sinceInvocation: number;
}

// What is asked of growth is that it lasts: a cache that fills and levels off within the window is never reported. 80 leaves
// time to be sure within 100 invocations. The longer windows find what leaks in bursts, a large record now and then.
const windows = [80, 168, 336];
// When a buffer was flushed is known but roughly, and so when growth beside it began.
const sawWindow = 90;
// With less than this many invocations left at the rate seen, half a window must do, or the process dies unreported.
const urgentWindow = 42;
// Each part of a window must grow by itself. Seven: a cache that fills in 74 of 80 invocations
// leaves the last one growing at half the rate of the others.
const partCount = 7;
// Floors that are far apart say too little about whether growth was steady between them.
const minFloors = (length: number): number => (length === urgentWindow ? 5 : 7);
// For how much of a window there must have been growth at its late rate. A cache that fills in 74 of 80 has less.
const minAgeShare = 0.95;
// The last parts of the shortest window must grow by nearly what is to be found within 100 invocations. Less, down to
// `minGrowthBytes`, takes a longer window: many caches that fill slowly have slowed down by then.
const minLateBytes = (length: number): number => (length <= 80 ? 1.6 * minGrowthBytes : minGrowthBytes);
// How much likelier a straight line must be than a walk, as a logarithm: more the more often there was a chance to err.
const minStraightness = (invocation: number): number => 10 + Math.log(Math.max(1, invocation / 100));
// In which last shares of a window: what comes before them may have been a cache that filled at the same time.
const straightShares = [1, 0.8, 0.65];
// What comes and goes may be on its way up. What grows leaves that behind, what it gave back long ago included.
const minTimesFall = 2;
// What a start leaves behind, and V8 drops with its first full collections (up to 4 MB of code), does not come again.
const startUp = 16;

/** How many invocations back floors are of use. */
export const longestWindow: number = windows.at(-1) ?? 0;

/**
 * Finds growth that lasted up to the newest of `floors` (oldest first), or nothing.
 *
 * `headroomBytes` is what is left until the limit: growth that has halved what there was is reported on less evidence,
 * and growth that slows down is let pass only when what it is heading for fits.
 */
export function findGrowth(floors: readonly Floor[], headroomBytes: number): Growth | undefined {
  const urgent = growthWithin(floors, urgentWindow, headroomBytes);
  if (urgent && headroomBytes <= urgent.bytesPerInvocation * urgentWindow) return urgent;
  const leapless = withoutLeaps(floors);
  for (const length of windows) {
    const growth =
      growthWithin(floors, length, headroomBytes) ??
      growthWithin(stretchedByWork(floors, length), length, headroomBytes) ??
      growthWithin(leapless?.floors ?? [], length, headroomBytes, {
        tableRate: leapless?.tableRate(length),
      }) ??
      growthBesideSaw(floors, length, headroomBytes);
    if (growth) return growth;
  }
  return findTableGrowth(floors);
}

function growthBesideSaw(
  floors: readonly Floor[],
  length: number,
  headroomBytes: number,
): Growth | undefined {
  const rest = withoutSaw(floors, length) ?? [];
  return growthWithin(rest, Math.max(length, sawWindow), headroomBytes, { hasFlushes: false });
}

/**
 * The floors with their invocations moved so that each record takes the same time and the last `length` invocations take
 * what they took: where events differ in size, what leaks with their records comes in leaps, and so is steady again.
 */
function stretchedByWork(floors: readonly Floor[], length: number): Floor[] {
  const last = floors.at(-1);
  if (!last || !covers(floors, length)) return [];
  const workDone = last.work - valueAt(floors, last.invocation - length, 'work');
  const step = workDone > 0 ? length / workDone : 0;
  return floors.map((floor) => ({ ...floor, invocation: last.invocation - (last.work - floor.work) * step }));
}

function growthWithin(
  floors: readonly Floor[],
  length: number,
  headroomBytes: number,
  { tableRate = 0, hasFlushes = true }: { tableRate?: number | undefined; hasFlushes?: boolean } = {},
): Growth | undefined {
  const last = floors.at(-1);
  if (!last || !covers(floors, length)) return undefined;
  if (floorsWithin(floors, length).length < minFloors(length)) return undefined;
  const rates = ratesOf(floors, length, partCount);
  const mean = meanOf(rates) + tableRate;
  const late = meanOf(rates.slice(-3)) + tableRate;
  if (mean < minGrowthBytes || late < minLateBytes(length)) return undefined;
  const running = floors.filter(({ invocation }) => invocation > startUp);
  if (mean * length < minTimesFall * largestFall(running, longestWindow)) return undefined;
  const minRate = minGrowthBytes - Math.min(tableRate, minGrowthBytes / 2);
  const isSteadily = isSteady(floors, length, rates, minRate);
  if (!isSteadily && !(hasFlushes && isSteadyOnAverage(floors, length))) return undefined;
  if (
    straightShares.every((share) => straightness(floors, share * length) < minStraightness(last.invocation))
  )
    return undefined;
  for (const context of [1, 1.5, 2, 3, 4].map((times) => times * length))
    if (context <= longestWindow && covers(floors, context) && isLevelling(floors, context, headroomBytes))
      return undefined;
  const variance = rates.reduce((sum, rate) => sum + (rate + tableRate - mean) ** 2, 0) / (partCount - 1);
  // Student's t for 6 degrees of freedom.
  const half = 2.447 * Math.sqrt(variance / partCount);
  return {
    bytesPerInvocation: mean,
    range: [mean - half, mean + half],
    sinceInvocation: last.invocation - length,
  };
}

/** Whether each part has grown by `minRate`, at about the same rate, and the window is no longer than that rate explains. */
function isSteady(
  floors: readonly Floor[],
  length: number,
  rates: readonly number[],
  minRate: number,
): boolean {
  if (rates.some((rate) => rate < minRate)) return false;
  // The parts in which a cache begins to fill and is full grow a little, too.
  const steady = median(rates.slice(-4)) / 2;
  if ((rates[0] ?? 0) < steady || (rates.at(-1) ?? 0) < steady) return false;
  // It may have begun later than the window: at its late rate it has taken this long.
  const end = floors.at(-1)?.invocation ?? 0;
  return grownSince(floors, end - length) / (2 * steady) >= minAgeShare * length;
}

/** The same where a part is too short to tell, beneath something that fills and is flushed: lines through halves of it. */
function isSteadyOnAverage(floors: readonly Floor[], length: number): boolean {
  const fall = largestFall(floors, length);
  if (fall < 5 * minGrowthBytes) return false;
  const within = floorsWithin(floors, length);
  const whole = leastSquares(within).slope;
  if (whole < minGrowthBytes || whole * length < 3 * fall) return false;
  const end = floors.at(-1)?.invocation ?? 0;
  return [0, 0.25, 0.5].every((from) => {
    const [first, last] = [end - length * (1 - from), end - length * (0.5 - from)];
    const half = within.filter(({ invocation }) => invocation >= first && invocation <= last);
    return leastSquares(half).slope > whole / 3;
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
