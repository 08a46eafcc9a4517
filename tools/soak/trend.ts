// Whether a series of floors is flat, levels off or grows, and how sure that is. Pure arithmetic, apart from what measures:
// docs/guides/soak.md tells the method to users, and tests try it on series whose answer is known.
import { createRandom, type Random } from '../traffic/random.ts';

/** What becomes of memory: `levelling` has grown and stopped, or is slowing down to a stop. */
export type TrendKind = 'flat' | 'levelling' | 'growing';

/** The answer. */
export interface Trend {
  readonly kind: TrendKind;
  /** Probability that this is the right one of the three, 0..1, as far as the noise of the series goes. */
  readonly confidence: number;
  /** Growth in the second half, or on the plateau that it ends with; bytes per invocation, negative when it shrinks. */
  readonly bytesPerInvocation: number;
  /** Its 95 % interval. */
  readonly range: readonly [low: number, high: number];
  /** Growth below this is none that matters, bytes per invocation. */
  readonly threshold: number;
  /**
   * Whether memory is sure to grow, and would reach its limit, by more than half of a threshold that is so high only because the
   * soak was short: in so few invocations a small leak and code that is being compiled look alike.
   */
  readonly isTooShort: boolean;
  /** Floors that the answer rests on, warm-up left out. */
  readonly floors: number;
}

/** One measurement. */
export interface Point {
  readonly invocation: number;
  readonly bytes: number;
}

// Code is compiled and caches of V8's own fill: the first floors always rise.
const warmUpShare = 0.05;
const warmUpFloors = 2;
const maxWindows = 60;
const minWindows = 6;
/** Floors without which there is no verdict. */
export const leastFloors: number = warmUpFloors + minWindows;
const resamples = 400;
/** A plateau's floors differ by this share of all that the soak has grown: steady growth stays in that for 6 % of it. */
const plateauHeight = 0.06;
/** Least share of the soak that a plateau lasts; least of its windows; how many times as long as any halt before it. */
const plateauShare = 0.15;
const plateauWindows = 4;
const plateauTimes = 3;
// 95 %: the usual bar, for growth as for its end.
const sure = 0.95;
/** Default of what may rise over half a soak. Node itself does: compiled code, inline caches, hidden classes. Measured: 0.3 MB. */
const floorAllowanceBytes = 512 * 1024;
/** What compiled code and filled caches of a real consumer took over its first 500 invocations: 1.3 MB measured. */
const warmUpBytes = 2 * 1024 * 1024;
/** Growth that would take more invocations than this to reach the limit is none: no environment lives as long. */
const horizonInvocations = 100_000;

/**
 * Judges a series of floors, oldest first, of a process that has `headroomBytes` left to its limit; undefined for fewer
 * floors than can tell anything (8).
 *
 * Windows of floors give their minima, so that a buffer which is filled and flushed shows its lowest level only. Theil-Sen
 * slopes of both halves, and a moving-block bootstrap of their residuals, give the growth and its uncertainty. A rise of less
 * than `allowanceBytes` over the second half is none; 0.5 MB unless told.
 */
export function judgeTrend(
  points: readonly Point[],
  headroomBytes: number,
  allowanceBytes: number = floorAllowanceBytes,
): Trend | undefined {
  const warm = points.slice(Math.max(warmUpFloors, Math.floor(points.length * warmUpShare)));
  if (warm.length < minWindows) return undefined;
  const series = toWindowMinima(warm);
  const half = Math.floor(series.length / 2);
  const [head, tail] = [series.slice(0, half), series.slice(half)];
  const trend = judgeHalves({ head, tail, headroomBytes, allowanceBytes, floors: warm.length });
  return trend.bytesPerInvocation > trend.threshold ? (judgePlateau(series, trend) ?? trend) : trend;
}

/** A cache that was full late in the soak: its end no longer rises. Steps of a leak that comes in lumps are no plateau. */
function judgePlateau(series: readonly Point[], growing: Trend): Trend | undefined {
  const height = plateauHeight * ((series.at(-1)?.bytes ?? 0) - (series[0]?.bytes ?? 0));
  const runs = series.map((_, end) => toRunLength(series.slice(0, end + 1), height));
  const length = runs.at(-1) ?? 0;
  const longestBefore = runs.slice(0, -length).reduce((most, run) => Math.max(most, run), 1);
  const least = Math.max(plateauWindows, plateauShare * series.length, plateauTimes * longestBefore);
  if (length < least) return undefined;
  const plateau = series.slice(-length);
  const slopes = resampleSlopes(plateau, createRandom(858));
  const confidence = share(slopes, (slope) => slope < growing.bytesPerInvocation / 2);
  if (confidence < sure) return undefined;
  return {
    ...growing,
    kind: 'levelling',
    confidence,
    bytesPerInvocation: toSlope(plateau),
    range: toRange(slopes),
  };
}

/** How many of the last points lie within this height. */
function toRunLength(points: readonly Point[], height: number): number {
  let [low, high] = [Infinity, -Infinity];
  const from = points.findLastIndex(({ bytes }) => {
    [low, high] = [Math.min(low, bytes), Math.max(high, bytes)];
    return high - low > height;
  });
  return points.length - 1 - from;
}

interface Halves {
  readonly head: readonly Point[];
  readonly tail: readonly Point[];
  readonly headroomBytes: number;
  readonly allowanceBytes: number;
  readonly floors: number;
}

function judgeHalves({ head, tail, headroomBytes, allowanceBytes, floors }: Halves): Trend {
  const span = toSpan(tail);
  const threshold = Math.max(headroomBytes / horizonInvocations, allowanceBytes / span);
  const random = createRandom(858);
  const tailSlopes = resampleSlopes(tail, random);
  const headSlopes = resampleSlopes(head, random);
  const growing = share(tailSlopes, (slope) => slope > threshold);
  const beyondWarmUp = Math.max(threshold, warmUpBytes / toSpan(head));
  const grewBefore = share(headSlopes, (slope) => slope > beyondWarmUp);
  const slowing = share(tailSlopes, (slope, index) => slope < (headSlopes[index] ?? 0) / 2);
  const kind =
    growing < sure ? (grewBefore >= sure ? 'levelling' : 'flat') : slowing >= sure ? 'levelling' : 'growing';
  const confidence = kind === 'growing' ? growing * (1 - slowing) : growing < sure ? 1 - growing : slowing;
  const range = toRange(tailSlopes);
  const least = headroomBytes / horizonInvocations;
  return {
    kind,
    confidence,
    bytesPerInvocation: toSlope(tail),
    range,
    threshold,
    isTooShort: kind === 'flat' && threshold > least && range[0] > Math.max(least, threshold / 2),
    floors,
  };
}

/** The interval that 95 % of the slopes lie in. */
function toRange(slopes: readonly number[]): readonly [low: number, high: number] {
  const sorted = slopes.toSorted((a, b) => a - b);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** The lowest point of each of at most 60 windows of equal length, at its place. */
function toWindowMinima(points: readonly Point[]): readonly Point[] {
  const length = Math.ceil(points.length / maxWindows);
  const lowest: Point[] = [];
  for (let from = 0; from < points.length; from += length)
    lowest.push(
      points.slice(from, from + length).reduce((low, point) => (point.bytes < low.bytes ? point : low)),
    );
  return lowest;
}

function toSpan(points: readonly Point[]): number {
  return Math.max(1, (points.at(-1)?.invocation ?? 0) - (points[0]?.invocation ?? 0));
}

/** Theil-Sen: the median slope of all pairs; up to 29 % of the points may be anything. */
function toSlope(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, left] of points.entries()) {
    for (const right of points.slice(index + 1))
      slopes.push((right.bytes - left.bytes) / (right.invocation - left.invocation));
  }
  return quantile(
    slopes.toSorted((a, b) => a - b),
    0.5,
  );
}

// Neighbouring floors resemble each other, so residuals are drawn in blocks (Kuensch 1989), n^(1/3) long.
function resampleSlopes(points: readonly Point[], random: Random): readonly number[] {
  const slope = toSlope(points);
  const offset = quantile(
    points.map(({ invocation, bytes }) => bytes - slope * invocation).toSorted((a, b) => a - b),
    0.5,
  );
  const residuals = points.map(({ invocation, bytes }) => bytes - slope * invocation - offset);
  const block = Math.ceil(Math.cbrt(points.length));
  return Array.from({ length: resamples }, () => {
    let at = 0;
    const drawn = points.map(({ invocation }, index) => {
      at = index % block === 0 ? random.below(residuals.length - block + 1) : at + 1;
      return { invocation, bytes: slope * invocation + offset + (residuals[at] ?? 0) };
    });
    return toSlope(drawn);
  });
}

function share(slopes: readonly number[], holds: (slope: number, index: number) => boolean): number {
  return slopes.filter(holds).length / slopes.length;
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}
