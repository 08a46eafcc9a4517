// Growth without its leaps. A table that is full is copied to one of twice the size, so that a steady leak of small entries
// rises slowly, leaps, and rises slowly again: neither a straight line nor a constant rate, until the leaps are taken out.

import { median, minGrowthBytes, type Floor } from './live-set-series.ts';

/** Floors whose leaps have been taken out. */
export interface Leapless {
  readonly floors: readonly Floor[];
  /**
   * What a table that doubles takes per invocation, in bytes: such a table leaps once in the later half of its time, by what
   * it has been filled with meanwhile. 0 where the leaps are not those of a table.
   */
  readonly tableRate: (length: number) => number;
}

// In standard deviations of the other steps: what only wanders does not come near it.
const minDeviations = 6;
// A normal distribution's standard deviation is this times its median deviation.
const deviationsPerMedian = 1.4826;
// A floor is off by what it came by and went by, but for this share.
const spikeTolerance = 0.25;
const minLeapBytes = 5 * minGrowthBytes;
// How large a table's leap was before, as a share of the one that followed: maps double, arrays grow by a half.
const leastBefore = 0.33;
const mostBefore = 0.75;

/** What has leapt from each of `floors` (oldest first) to the next, beyond the growth between the others; 0 for most. */
export function leapsOf(floors: readonly Floor[]): readonly number[] {
  const steps = floors.slice(1).map((floor, i) => stepBetween(floors[i] ?? floor, floor));
  const rate = median(steps.map(({ bytes, gap }) => bytes / gap));
  const excesses = steps.map(({ bytes, gap }) => bytes - rate * gap);
  const deviation =
    deviationsPerMedian * median(excesses.map((excess, i) => Math.abs(excess) / root(steps[i])));
  const steadied = withoutSpikes(excesses);
  const leaps = steadied.map((excess, i) => {
    // What the next floor does not show any more has not leapt.
    const lasting = Math.min(excess, excess + (steadied[i + 1] ?? 0));
    return lasting >= Math.max(minLeapBytes, minDeviations * deviation * root(steps[i])) ? lasting : 0;
  });
  // Each smaller than the one before, without a pause, are no leaps but growth that slows down.
  const isSlowing = (i: number): boolean => (leaps[i] ?? 0) > 0 && (leaps[i - 1] ?? 0) > (leaps[i] ?? 0);
  return leaps.map((bytes, i) => (isSlowing(i) || isSlowing(i + 1) ? 0 : bytes));
}

/** Where one step makes good the one before it, a single floor was off, and nothing has leapt. */
function withoutSpikes(excesses: readonly number[]): readonly number[] {
  const rest = [...excesses];
  for (let i = 1; i < rest.length; i++) {
    const [into = 0, out = 0] = [rest[i - 1], rest[i]];
    if (into * out < 0 && Math.abs(into + out) <= spikeTolerance * Math.min(Math.abs(into), Math.abs(out)))
      rest[i - 1] = rest[i] = (into + out) / 2;
  }
  return rest;
}

/**
 * Takes each leap out of all floors after it (oldest first), but for what would have grown meanwhile anyway. Undefined
 * where nothing has leapt.
 */
export function withoutLeaps(floors: readonly Floor[]): Leapless | undefined {
  const leaps = leapsOf(floors);
  if (leaps.every((bytes) => bytes === 0)) return undefined;
  let taken = 0;
  const rest = floors.map((floor, i) => {
    taken += leaps[i - 1] ?? 0;
    return { ...floor, bytes: floor.bytes - taken };
  });
  return { floors: rest, tableRate: (length) => tableRate(floors, leaps, length) };
}

/** `leaps` has what has leapt from each of `floors` to the next. */
function tableRate(floors: readonly Floor[], leaps: readonly number[], length: number): number {
  const end = floors.at(-1)?.invocation ?? 0;
  const half = floors.findIndex(({ invocation }) => invocation > end - length / 2);
  const late = leaps.slice(Math.max(0, half - 1)).reduce((sum, bytes) => sum + bytes, 0);
  const before = Math.max(0, ...leaps.slice(0, Math.max(0, half - 1)));
  return before >= leastBefore * late && before <= mostBefore * late ? late / (length / 2) : 0;
}

interface Step {
  readonly bytes: number;
  readonly gap: number;
}

function stepBetween(from: Floor, to: Floor): Step {
  return { bytes: to.bytes - from.bytes, gap: Math.max(0.01, to.invocation - from.invocation) };
}

/** A walk goes as far as the root of its time. */
function root(step: Step | undefined): number {
  return Math.sqrt(step?.gap ?? 1);
}
