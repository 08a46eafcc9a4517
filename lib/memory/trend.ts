// Whether memory that is still alive after an invocation keeps growing, or only fills up. Pure arithmetic on floors, apart
// from the watch that measures them, so that every shape of growth can be tried without a process.

/** Bytes that were alive after an invocation; exact after a full collection, else from above. */
export interface Floor {
  /** Counted from 1. */
  readonly invocation: number;
  /** Records of all invocations up to this one. */
  readonly work: number;
  readonly bytes: number;
}

/** Growth that neither stops nor slows down. */
export interface Growth {
  /** Mean over the window that showed it. */
  readonly bytesPerInvocation: number;
  /** The 95 % interval of that mean, from how much the parts of the window differ. */
  readonly range: readonly [low: number, high: number];
  /** First invocation of that window. */
  readonly sinceInvocation: number;
}

/** Growth below this is nobody's: compiled code and V8's own tables grow by a few KB per invocation for a while. */
export const minGrowthBytes = 10_240;

// What is asked of growth is that it lasts: a cache that fills and levels off within the window is never reported. 84 holds
// whole periods of most of what fills and is flushed, 78 leaves time to spare where the first floor came late. The longer
// windows find what leaks in bursts, a large record now and then.
const windows = [78, 84, 168, 336];
// With less than this many invocations left at the rate seen, half a window must do, or the process dies unreported.
const urgentWindow = 42;
// Each part of a window must grow by itself. Seven: a cache that fills in 72 of 78 invocations
// leaves the last one growing at less than half the rate of the others.
const partCount = 7;
// Floors that are far apart say too little about whether growth was steady between them.
const minFloors = (length: number): number => (length === urgentWindow ? 5 : 7);
// For how much of a window there must have been growth at its late rate. A cache that fills in 72 of 78 has less.
const minAgeShare = 0.95;
// How much of a growth rate must be lost, over all and in the later two thirds, for it to count as slowing down.
const minFallShare = 0.12;
const minLateFallShare = 0.08;

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
  for (const length of windows) {
    const growth =
      growthWithin(floors, length, headroomBytes) ??
      growthWithin(stretchedByWork(floors, length), length, headroomBytes);
    if (growth) return growth;
  }
  return undefined;
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

/** Growth per invocation over the last `length` invocations, or since the oldest floor; 0 where there is none. */
export function recentGrowth(floors: readonly Floor[], length: number): number {
  const last = floors.at(-1);
  if (!last) return 0;
  const from = Math.max(last.invocation - length, floors[0]?.invocation ?? 0);
  if (from >= last.invocation) return 0;
  return Math.max(0, (last.bytes - valueAt(floors, from, 'bytes')) / (last.invocation - from));
}

function growthWithin(floors: readonly Floor[], length: number, headroomBytes: number): Growth | undefined {
  const last = floors.at(-1);
  if (!last || !covers(floors, length) || countWithin(floors, length) < minFloors(length)) return undefined;
  const rates = ratesOf(floors, length, partCount);
  if (rates.some((rate) => rate < minGrowthBytes)) return undefined;
  // The parts in which a cache begins to fill and is full grow a little, too.
  const steady = median(rates.slice(-4)) / 2;
  if ((rates[0] ?? 0) < steady || (rates.at(-1) ?? 0) < steady) return undefined;
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / partCount;
  // It may have begun later than the last floor before it: at that rate it has grown for this long.
  // What comes and goes may be on its way up. What grows leaves that behind.
  if (mean * length < 2 * largestFall(floors, length)) return undefined;
  // It may have begun later than the window: at its late rate it has taken this long.
  const age = grownSince(floors, last.invocation - length) / (2 * steady);
  if (age < minAgeShare * length) return undefined;
  for (const context of [1, 1.5, 2, 3, 4].map((times) => times * length))
    if (context <= longestWindow && covers(floors, context) && isLevelling(floors, context, headroomBytes))
      return undefined;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (partCount - 1);
  // Student's t for 6 degrees of freedom.
  const half = 2.447 * Math.sqrt(variance / partCount);
  return {
    bytesPerInvocation: mean,
    range: [mean - half, mean + half],
    sinceInvocation: last.invocation - length,
  };
}

function countWithin(floors: readonly Floor[], length: number): number {
  const end = floors.at(-1)?.invocation ?? 0;
  return floors.filter((floor) => floor.invocation >= end - length).length;
}

function covers(floors: readonly Floor[], length: number): boolean {
  const [first, last] = [floors[0], floors.at(-1)];
  // A stretched window ends where it began but for rounding.
  return first !== undefined && last !== undefined && first.invocation <= last.invocation - length + 1e-6;
}

/**
 * Whether growth slows down, as that of a cache does which meets more and more of its keys again.
 *
 * Mann-Kendall's test (rates fall more often than chance would have it) and Theil-Sen's slope (by how much): neither
 * minds that a hash table doubles now and then. The later two thirds must show it as well: after a start that was steep
 * for another reason the rest may be as steady as a leak.
 */
function isLevelling(floors: readonly Floor[], length: number, headroomBytes: number): boolean {
  const rates = ratesOf(floors, length, length === urgentWindow ? partCount : 2 * partCount);
  const late = rates.slice(Math.floor(rates.length / 3));
  const score = fallScore(rates);
  // 2.5 is more than a steep start gives that is over: then one leap at the end, a table that doubles, changes nothing.
  if (score < 2.05 || (score < 2.5 && fallScore(late) < 1)) return false;
  const fall = fallOf(rates);
  const lateFall = fallOf(late);
  if (fall.share < minFallShare || lateFall.share < minLateFallShare) return false;
  if (lateFall.perRate * (late.length - 1) < minGrowthBytes / 4) return false;
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

/** Growth per invocation in each of `count` equal parts of the last `length` invocations, of what was not given back since. */
function ratesOf(floors: readonly Floor[], length: number, count: number): number[] {
  const kept = neverGivenBack(floors);
  const end = kept.at(-1)?.invocation ?? 0;
  const step = length / count;
  const borders = Array.from({ length: count + 1 }, (_, i) =>
    valueAt(kept, end - length + i * step, 'bytes'),
  );
  return borders.slice(1).map((bytes, i) => (bytes - (borders[i] ?? bytes)) / step);
}

/** What was not given back: floors that later ones are not below, but for little; the others tell of what is gone. */
function neverGivenBack(floors: readonly Floor[]): Floor[] {
  const kept: Floor[] = [];
  let lowest = Infinity;
  const last = floors.at(-1)?.bytes ?? 0;
  for (const floor of floors.toReversed()) {
    lowest = Math.min(lowest, floor.bytes);
    // Compiled code and tables come and go as well.
    const tolerance = Math.max(5 * minGrowthBytes, 0.02 * (last - lowest));
    if (floor.bytes <= lowest + tolerance) kept.push({ ...floor, bytes: lowest });
  }
  return kept.toReversed();
}

/** Bytes that came since the last floor before `invocation`. */
function grownSince(floors: readonly Floor[], invocation: number): number {
  const kept = neverGivenBack(floors);
  const before = kept.findLast((floor) => floor.invocation <= invocation) ?? kept[0];
  return (kept.at(-1)?.bytes ?? 0) - (before?.bytes ?? 0);
}

/** The most that was given back within the last `length` invocations. */
function largestFall(floors: readonly Floor[], length: number): number {
  const end = floors.at(-1)?.invocation ?? 0;
  let lowest = Infinity;
  let fall = 0;
  for (const floor of floors.toReversed()) {
    if (floor.invocation < end - length) break;
    lowest = Math.min(lowest, floor.bytes);
    fall = Math.max(fall, floor.bytes - lowest);
  }
  return fall;
}

/** What it was at an invocation between the oldest and the newest floor, on the line between its neighbours. */
function valueAt(floors: readonly Floor[], invocation: number, of: 'bytes' | 'work'): number {
  const after = floors.findIndex((floor) => floor.invocation >= invocation);
  const next = floors[after] ?? floors.at(-1);
  const previous = floors[after - 1] ?? next;
  if (!next || !previous) return 0;
  const gap = next.invocation - previous.invocation;
  const share = gap === 0 ? 1 : (invocation - previous.invocation) / gap;
  return previous[of] + share * (next[of] - previous[of]);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
