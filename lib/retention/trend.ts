// Whether a series of measurements rises, and how fast: Theil-Sen's slope and Mann-Kendall's test. Pure arithmetic, which
// neither a few outliers nor the shape of the noise can mislead; the watch uses it in production and `tailrace soak` on more
// points.

/** Memory that was alive after an invocation. */
export interface Point {
  /** Counted from 1. */
  readonly invocation: number;
  readonly bytes: number;
}

/** What becomes of memory: `levelling` has grown and stopped, or is slowing down to a stop. */
export type TrendKind = 'flat' | 'levelling' | 'growing';

/** How a series goes on. */
export interface Trend {
  readonly kind: TrendKind;
  /** Probability that this is the right one of the three, 0..1, as far as the noise of the series goes. */
  readonly confidence: number;
  /** Bytes per invocation in the later half; negative when it shrinks. */
  readonly slope: number;
  /** Its 95 % interval. */
  readonly range: readonly [low: number, high: number];
}

/**
 * Judges a series, oldest point first. Growth of less than `leastSlope` bytes per invocation is none. `sure` is how sure a
 * growing or levelling series must be, 0..1.
 */
export function judgeTrend(points: readonly Point[], leastSlope: number, sure: number): Trend {
  const [early = [], late = []] = toParts(points, 2);
  const slope = medianSlope(late);
  const range = slopeRange(late);
  const grows = Math.min(rises(points, leastSlope), rises(late, leastSlope));
  const grew = rises(early, leastSlope);
  if (grows >= sure && !isSlowing(points)) return { kind: 'growing', confidence: grows, slope, range };
  if (Math.max(grows, grew) >= sure)
    return { kind: 'levelling', confidence: Math.max(grew, 1 - grows), slope, range };
  return { kind: 'flat', confidence: 1 - grows, slope, range };
}

/** How much slower each third must be than the one before where growth comes to an end: a cache of random keys, for one. */
const slowing = 0.8;

function isSlowing(points: readonly Point[]): boolean {
  const [first = 0, second = 0, third = 0] = toParts(points, 3).map(medianSlope);
  return second < slowing * first && third < slowing * second;
}

/** The probability that a series rises by more than `slope` bytes per invocation (Mann 1945, Kendall 1975), 0..1. */
export function rises(points: readonly Point[], slope: number): number {
  const count = points.length;
  if (count < 3) return 0.5;
  const rest = points.map(({ invocation, bytes }) => bytes - slope * invocation);
  let score = 0;
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) score += Math.sign((rest[j] ?? 0) - (rest[i] ?? 0));
  const deviation = kendallDeviation(count);
  return normal((score - Math.sign(score)) / deviation);
}

/** The median of the slopes of all pairs (Theil 1950, Sen 1968): up to 29 % of the points may be anything. 0 of one point. */
export function medianSlope(points: readonly Point[]): number {
  return quantile(pairSlopes(points), 0.5);
}

/** The 95 % interval of the median slope (Sen 1968). */
export function slopeRange(points: readonly Point[]): readonly [low: number, high: number] {
  const slopes = pairSlopes(points);
  const half = (1.96 * kendallDeviation(points.length)) / Math.max(1, slopes.length) / 2;
  return [quantile(slopes, Math.max(0, 0.5 - half)), quantile(slopes, Math.min(1, 0.5 + half))];
}

function kendallDeviation(count: number): number {
  return Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
}

function pairSlopes(points: readonly Point[]): readonly number[] {
  const slopes: number[] = [];
  for (const [i, left] of points.entries()) {
    for (const right of points.slice(i + 1))
      slopes.push((right.bytes - left.bytes) / Math.max(1, right.invocation - left.invocation));
  }
  return slopes.toSorted((a, b) => a - b);
}

/** Parts of equal time; neighbours share a point, and each has a few points at least. */
function toParts(points: readonly Point[], count: number): readonly (readonly Point[])[] {
  const [first = 0, last = 0] = [points[0]?.invocation, points.at(-1)?.invocation];
  const borders = Array.from({ length: count - 1 }, (_, i) => {
    const time = first + ((i + 1) * (last - first)) / count;
    const byTime = points.findIndex(({ invocation }) => invocation >= time);
    return Math.max(0, Math.min(byTime, points.length - (count === 2 ? 4 : 3) * (count - 1 - i)));
  });
  return [0, ...borders].map((from, i) => points.slice(from, (borders[i] ?? points.length) + 1));
}

/** The normal distribution (Abramowitz and Stegun 26.2.17, off by less than 1e-7). */
function normal(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const series =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}
