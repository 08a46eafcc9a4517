// Whether floors follow a straight line or only wander. A full cache of values that differ in size wanders: now and then it
// rises for a hundred invocations, and no slope alone tells that from a leak.

import { median, type Floor } from './live-set-series.ts';

/**
 * How much better a rising line explains the last `length` invocations than a random walk does: the logarithm of their
 * likelihood ratio. Of 20,000 walks of 15 floors one in 7 reached 5, one in 500 reached 10. The better of two kinds of noise counts: of
 * Laplace's, where a single floor that is off weighs little, and Gauss's, for leaks in steps. -Infinity for two floors
 * or fewer.
 */
export function straightness(floors: readonly Floor[], length: number): number {
  const from = (floors.at(-1)?.invocation ?? 0) - length;
  const isWithin = (floor: Floor | undefined): boolean => (floor?.invocation ?? Infinity) > from - 1e-6;
  // The last floor before the window counts: its growth lies within.
  const within = floors.filter((floor, i) => isWithin(floor) || isWithin(floors[i + 1]));
  if (within.length < 3) return -Infinity;
  const steps = within.slice(1).map((floor, i) => stepBetween(within[i] ?? floor, floor));
  const laplace = logRatio(steps.map(Math.abs), distancesFrom(within, theilSen(within)).map(Math.abs));
  const gauss = logRatio(steps.map(square), distancesFrom(within, leastSquares(within)).map(square)) / 2;
  return Math.max(laplace, gauss);
}

/** The line `bytes = base + slope * invocation`. */
interface Line {
  readonly slope: number;
  readonly base: number;
}

/** A walk goes as far as the root of its time. */
function stepBetween(from: Floor, to: Floor): number {
  return (to.bytes - from.bytes) / Math.sqrt(gapBetween(from, to));
}

function square(value: number): number {
  return value * value;
}

/** Floors that are stretched by their work may coincide. */
function gapBetween(from: Floor, to: Floor): number {
  return Math.max(0.01, to.invocation - from.invocation);
}

function logRatio(steps: readonly number[], distances: readonly number[]): number {
  // A byte instead of none: what is exactly a line would be infinitely likely.
  return steps.length * Math.log((sum(steps) + 1) / (sum(distances) + 1));
}

/** The distances in the measure of the steps: per root of the time between two floors. */
function distancesFrom(floors: readonly Floor[], { slope, base }: Line): number[] {
  const gaps = floors.slice(1).map((floor, i) => Math.log(gapBetween(floors[i] ?? floor, floor)));
  const scale = Math.exp(sum(gaps) / gaps.length / 2);
  return floors.map((floor) => (floor.bytes - base - slope * floor.invocation) / scale);
}

function theilSen(floors: readonly Floor[]): Line {
  const slope = median(
    floors.flatMap((floor, i) =>
      floors.slice(i + 1).map((later) => (later.bytes - floor.bytes) / gapBetween(floor, later)),
    ),
  );
  return { slope, base: median(floors.map((floor) => floor.bytes - slope * floor.invocation)) };
}

/** The line with the least squares of its distances. */
export function leastSquares(floors: readonly Floor[]): Line {
  const meanTime = sum(floors.map((floor) => floor.invocation)) / floors.length;
  const meanBytes = sum(floors.map((floor) => floor.bytes)) / floors.length;
  const spread = sum(floors.map((floor) => (floor.invocation - meanTime) ** 2));
  const product = sum(floors.map((floor) => (floor.invocation - meanTime) * (floor.bytes - meanBytes)));
  const slope = spread > 0 ? product / spread : 0;
  return { slope, base: meanBytes - slope * meanTime };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
