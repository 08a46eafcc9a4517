// Whether the floors of a soak are flat, level off or grow: the runtime's own model (lib/retention/trend.ts) on more points, and
// what takes a soak's patience: warm-up left out, a plateau at the end, a soak that was too short.
import { thresholds } from '../../../lib/retention/thresholds.ts';
import {
  judgeTrend,
  medianSlope,
  rises,
  slopeRange,
  type Point,
  type Trend,
} from '../../../lib/retention/trend.ts';

/** What a soak decides by. `trend.test.ts` has a case for each that fails at half of it and at twice. */
export interface FloorThresholds {
  /** Floors left out at the beginning: modules are loaded, clients made and caches of V8's own filled. */
  readonly warmUpFloors: number;
  /** Share of the soak, at its end, in which growth must go on: a cache may take four fifths of a soak to fill. */
  readonly plateauShare: number;
  /** Invocations in which growth must reach the memory size to be any: no environment lives as long. */
  readonly horizonInvocations: number;
  /** Bytes that may come in the later half: lists of V8's, and what belongs to code. A consumer that keeps nothing has 0.3 MB. */
  readonly allowanceBytes: number;
  /** The same of resident memory outside of V8: fragments, and what V8 keeps for later, took up to 7 MB. */
  readonly outsideAllowanceBytes: number;
}

/** As measured on the incident's consumers (docs/guides/soak.md), 2026-11-30. How many points, and how sure, is the runtime's. */
export const floorThresholds: FloorThresholds = {
  warmUpFloors: 2,
  plateauShare: 0.2,
  horizonInvocations: 100_000,
  allowanceBytes: 512 * 1024,
  outsideAllowanceBytes: 8 * 1_048_576,
};

const { leastPoints, leastConfidence } = thresholds;
/** Floors without which there is no verdict. */
export const leastFloors: number = floorThresholds.warmUpFloors + leastPoints;

/** The answer. */
export interface FloorTrend extends Trend {
  /** Growth below this is none that matters, bytes per invocation. */
  readonly leastSlope: number;
  /**
   * Whether memory grows, though by less than counts in so short a soak: a small leak and code that is being compiled look alike
   * there. The memory size would be reached, and the growth is more than half of what would count.
   */
  readonly isTooShort: boolean;
}

/** Judges the floors of a process with `headroomBytes` left to its limit, oldest first; undefined where they are too few. */
export function judgeFloors(
  points: readonly Point[],
  headroomBytes: number,
  limits: FloorThresholds = floorThresholds,
): FloorTrend | undefined {
  const { warmUpFloors, horizonInvocations, allowanceBytes } = limits;
  const warm = points.slice(warmUpFloors);
  if (warm.length < leastPoints) return undefined;
  const series = toWindowMinima(warm);
  const longLivedSlope = headroomBytes / horizonInvocations;
  const leastSlope = Math.max(longLivedSlope, (2 * allowanceBytes) / toSpan(series));
  const trend = judgeTrend(series, leastSlope, leastConfidence);
  const judged = trend.kind === 'flat' ? trend : (findPlateau(series, trend, limits) ?? trend);
  const isTooShort =
    judged.kind === 'flat' &&
    leastSlope > longLivedSlope &&
    judged.range[0] > Math.max(longLivedSlope, leastSlope / 2);
  return { ...judged, leastSlope, isTooShort };
}

/** A cache that was full late in the soak: at its end it surely grows by less than half as much as before. */
function findPlateau(
  series: readonly Point[],
  { slope }: Trend,
  { plateauShare }: FloorThresholds,
): Trend | undefined {
  const end = series.slice(-Math.ceil(series.length * plateauShare));
  const confidence = 1 - rises(end, slope / 2);
  return confidence < leastConfidence
    ? undefined
    : { kind: 'levelling', confidence, slope: medianSlope(end), range: slopeRange(end) };
}

/** For speed alone: the answers are the same with 15 and with 240, but each pair of points has a slope. */
const mostPoints = 60;

/** The lowest point of each window of equal length, at its place. */
function toWindowMinima(points: readonly Point[]): readonly Point[] {
  const length = Math.ceil(points.length / mostPoints);
  const windows = Array.from({ length: Math.ceil(points.length / length) }, (_, i) =>
    points.slice(i * length, (i + 1) * length),
  );
  return windows.map((window) => window.reduce((low, point) => (point.bytes < low.bytes ? point : low)));
}

function toSpan(points: readonly Point[]): number {
  return Math.max(1, (points.at(-1)?.invocation ?? 0) - (points[0]?.invocation ?? 0));
}
