// Whether an environment will die of what it keeps, and when. Its own file because it is the one place that decides what a
// person is told; that memory rises is `trend.ts`'s answer.

import type { Thresholds } from './thresholds.ts';
import { judgeTrend, type Point } from './trend.ts';

/** Growth that is worth telling. */
export interface Growth {
  readonly bytesPerInvocation: number;
  /** The 95 % interval of `bytesPerInvocation`. */
  readonly range: readonly [low: number, high: number];
  /** Invocations until the environment is full, at that rate. */
  readonly invocationsLeft: number;
  /** The invocation of this environment, counted from 1, from which on it grows. */
  readonly sinceInvocation: number;
  /** What it has taken since then. */
  readonly grownBytes: number;
}

type Limits = Pick<
  Thresholds,
  | 'leastPoints'
  | 'leastConfidence'
  | 'leastInvocations'
  | 'gateBytes'
  | 'gateShare'
  | 'urgentShare'
  | 'horizonInvocations'
>;

/** The growth that matters where so many bytes were free when it began. */
export function toGate(
  headroomBytes: number,
  { gateBytes, gateShare }: Pick<Limits, 'gateBytes' | 'gateShare'>,
): number {
  return Math.max(gateBytes, gateShare * headroomBytes);
}

/**
 * Finds growth up to the newest of `points` (oldest first), or nothing. It counts from the last moment at which memory was lowest:
 * what was given back has not grown. `headroomBytes` is what is left until the limit.
 */
export function findGrowth(
  points: readonly Point[],
  headroomBytes: number,
  limits: Limits,
): Growth | undefined {
  const rising = sinceLowest(points);
  const [first, last] = [rising[0], rising.at(-1)];
  if (!first || !last || rising.length < limits.leastPoints) return undefined;
  const grownBytes = last.bytes - first.bytes;
  const leastSlope = headroomBytes / limits.horizonInvocations;
  const { kind, slope, range } = judgeTrend(rising, leastSlope, limits.leastConfidence);
  if (kind !== 'growing') return undefined;
  const invocationsLeft = Math.floor(headroomBytes / slope);
  const isLong = last.invocation - first.invocation >= limits.leastInvocations;
  const freeBytes = headroomBytes + grownBytes;
  const mattersBytes = isLong ? toGate(freeBytes, limits) : limits.urgentShare * freeBytes;
  if (grownBytes < mattersBytes) return undefined;
  return { bytesPerInvocation: slope, range, invocationsLeft, sinceInvocation: first.invocation, grownBytes };
}

function sinceLowest(points: readonly Point[]): readonly Point[] {
  let lowest = Infinity;
  const from = points.reduce((at, { bytes }, i) => {
    if (bytes > lowest) return at;
    lowest = bytes;
    return i;
  }, 0);
  return points.slice(from);
}
