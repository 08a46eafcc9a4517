// Whether growth slows down, as that of a cache does which meets more and more of its keys again. Its own file because it
// is the one question that speaks for a consumer that still grows.

import { floorsWithin, median, minGrowthBytes, ratesOf, valueAt, type Floor } from './live-set-series.ts';

// Code is compiled in the first invocations of an environment, so that a leak looks steeper there.
const startUp = 16;
// How much of a growth rate must be lost, over all and in the later part, for it to count as slowing down.
const minFallShare = 0.22;
const minLateFallShare = 0.12;
const minLateFallBytes = 0.3 * minGrowthBytes;
// How far a floor is off that may be left out: by so much, and so many times as far as the middle one of them.
const minOddBytes = 5 * minGrowthBytes;
const minOddness = 4;

/**
 * Whether the growth of the last `length` invocations slows down, towards something that fits `headroomBytes`. No floor
 * decides it alone: one leap at the end, a table that doubles, changes nothing, nor does one that is off.
 */
export function isLevelling(floors: readonly Floor[], length: number, headroomBytes: number): boolean {
  if (slowsDown(floors, length, headroomBytes)) return true;
  if (leapt(floors, length) && slowsDown(floors.slice(0, -1), length, headroomBytes)) return true;
  const rest = withoutOddest(floors, length);
  return rest !== undefined && slowsDown(rest, length, headroomBytes);
}

/** The floors without the one that is furthest from the line through its neighbours; undefined where none is far. */
function withoutOddest(floors: readonly Floor[], length: number): readonly Floor[] | undefined {
  const within = floorsWithin(floors, length);
  const offs = within.map((floor, i) => {
    const [before, after] = [within[i - 1], within[i + 1]];
    return before && after ? Math.abs(floor.bytes - valueAt([before, after], floor.invocation, 'bytes')) : 0;
  });
  const most = Math.max(0, ...offs);
  if (most < minOddBytes || most < minOddness * median(offs)) return undefined;
  const oddest = within[offs.indexOf(most)];
  return floors.filter((floor) => floor !== oddest);
}

/** Whether the newest part of the window has grown no slower than the later half of it did. */
function leapt(floors: readonly Floor[], length: number): boolean {
  const late = ratesOf(floors, length, 14).slice(-7);
  return (late.at(-1) ?? 0) > 0.9 * median(late);
}

/**
 * Mann-Kendall's test (rates fall more often than chance would have it) and Theil-Sen's slope (by how much): neither
 * minds that a hash table doubles now and then. The later three fifths must show it as well: after a start that was steep
 * for another reason the rest may be as steady as a leak.
 */
function slowsDown(floors: readonly Floor[], window: number, headroomBytes: number): boolean {
  const end = floors.at(-1)?.invocation ?? 0;
  const length = Math.min(window, end - startUp);
  // As many rates as there are floors for: of 28 a leap spoils one, of 7 it spoils the test.
  const perPart = Math.floor(floorsWithin(floors, length).length / 7);
  const rates = ratesOf(floors, length, 7 * Math.min(4, Math.max(length < 60 ? 1 : 2, perPart)));
  const late = rates.slice(Math.floor(rates.length * 0.4));
  const fall = fallOf(rates);
  // What loses most of its rate in one window goes on losing, or else a cache has filled beside it.
  const minLateScore = (rates[0] ?? 0) > 1.8 * median(late) ? 1.8 : 1;
  if (fallScore(rates) < 1.7 || fallScore(late) < minLateScore) return false;
  const lateFall = fallOf(late);
  if (fall.share < minFallShare || lateFall.share < minLateFallShare) return false;
  if (lateFall.perRate * (late.length - 1) < minLateFallBytes) return false;
  if (fall.end <= 0) return true;
  // An exponential approach still has its rate times its time constant before it.
  return ((fall.end * fall.end) / fall.perRate) * (length / rates.length) < headroomBytes;
}

/** The line through falling rates: its end, its fall from one rate to the next, and over all as a share of its start. */
function fallOf(rates: readonly number[]): {
  readonly end: number;
  readonly perRate: number;
  readonly share: number;
} {
  const perRate = -median(slopes(rates));
  const whole = perRate * (rates.length - 1);
  const end = median(rates) - whole / 2;
  return { end, perRate, share: whole / (end + whole) };
}

/** Mann-Kendall's statistic in standard deviations, positive where `rates` fall. */
function fallScore(rates: readonly number[]): number {
  const n = rates.length;
  const falls = slopes(rates).reduce((sum, slope) => sum - Math.sign(slope), 0);
  return falls / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
}

function slopes(rates: readonly number[]): number[] {
  return rates.flatMap((rate, i) => rates.slice(i + 1).map((later, j) => (later - rate) / (j + 1)));
}
