// Growth without the buffer that fills and is flushed beside it. What the buffer gives back hides a leak until that has grown
// by twice as much: where the buffer fills at a steady rate, it can be taken off instead.

import { median, minGrowthBytes, type Floor } from './live-set-series.ts';

// Beneath what is given back in smaller portions, a leak shows anyway.
const minDepthBytes = 10 * minGrowthBytes;
// As shares of the deepest fall: all flushes are deeper than the first, all other steps closer to the ramp than the second.
const minDepthShare = 0.5;
const mostOffShare = 0.25;
// By how much a flush may differ from what has been filled since the one before: as a share of it, and of what comes between
// two floors, as nobody saw at which moment it came.
const depthTolerance = 0.1;
const momentTolerance = 0.3;

interface Step {
  readonly from: Floor;
  readonly to: Floor;
  readonly bytes: number;
  readonly gap: number;
}

interface Flush extends Step {
  /** Bytes that it gave back, what grew meanwhile included. */
  readonly depth: number;
}

/**
 * Takes a buffer off `floors` (oldest first) that fills at a steady rate and was flushed at least twice within the last
 * `length` invocations: what it gave back is put back, and what it is filled with per invocation taken out. Undefined where
 * the floors do not look like that, or those right after the flushes do not grow for sure.
 */
export function withoutSaw(floors: readonly Floor[], length: number): readonly Floor[] | undefined {
  const end = floors.at(-1)?.invocation ?? 0;
  const steps = stepsOf(floors);
  const isRecent = ({ to }: Step): boolean => to.invocation > end - length;
  const depths = depthsOf(steps, steps.filter(isRecent));
  if (!depths) return undefined;
  const flushes = steps.flatMap((step, i) => (depths[i] ? [{ ...step, depth: depths[i] }] : []));
  const recent = flushes.filter(isRecent);
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || first === last) return undefined;
  const meanDepth = recent.reduce((sum, { depth }) => sum + depth, 0) / recent.length;
  const fillRate = (meanDepth * (recent.length - 1)) / (momentOf(last) - momentOf(first));
  if (!growsBetween(first, last) || !fillsSteadily(flushes, recent, fillRate)) return undefined;
  let flushed = 0;
  return floors.map((floor, i) => {
    flushed += depths[i - 1] ?? 0;
    return { ...floor, bytes: floor.bytes + flushed - fillRate * (floor.invocation - end) };
  });
}

/** What each of `steps` gave back: 0 for those on the ramp. Undefined where the `recent` ones are no ramp with flushes. */
function depthsOf(steps: readonly Step[], recent: readonly Step[]): readonly number[] | undefined {
  const rising = median(recent.filter(({ bytes }) => bytes >= 0).map(rateOf));
  const off = (step: Step): number => step.bytes - rising * step.gap;
  const deepest = -Math.min(0, ...recent.map(off));
  const isFlush = (step: Step): boolean => off(step) <= -minDepthShare * deepest;
  if (deepest < minDepthBytes) return undefined;
  if (recent.some((step) => !isFlush(step) && Math.abs(off(step)) > mostOffShare * deepest)) return undefined;
  return steps.map((step, i) => {
    if (!isFlush(step)) return 0;
    // The slower of the ramps beside it: what begins to grow there has not begun before.
    const beside = [steps[i - 1], steps[i + 1]].filter((other) => other !== undefined && !isFlush(other));
    const rate = Math.min(...beside.map((other) => (other ? rateOf(other) : rising)));
    return (Number.isFinite(rate) ? rate : rising) * step.gap - step.bytes;
  });
}

/** Whether what two flushes left behind has grown, though the last may have come right after a floor, the first right before one. */
function growsBetween(first: Flush, last: Flush): boolean {
  const rising = (last.depth + last.bytes) / last.gap;
  const grown = last.to.bytes - last.gap * rising - first.to.bytes;
  return grown >= minGrowthBytes * (last.to.invocation - first.to.invocation);
}

/** Whether each of the `recent` flushes gave back what `fillRate` has brought since the one before. */
function fillsSteadily(flushes: readonly Flush[], recent: readonly Flush[], fillRate: number): boolean {
  return recent.every((flush) => {
    const before = flushes[flushes.indexOf(flush) - 1];
    if (!before) return true;
    const filled = fillRate * (momentOf(flush) - momentOf(before));
    const between = fillRate * (before.gap + flush.gap);
    return Math.abs(flush.depth - filled) <= depthTolerance * filled + momentTolerance * between;
  });
}

function stepsOf(floors: readonly Floor[]): readonly Step[] {
  return floors.slice(1).map((to, i) => {
    const from = floors[i] ?? to;
    return { from, to, bytes: to.bytes - from.bytes, gap: Math.max(0.01, to.invocation - from.invocation) };
  });
}

function rateOf({ bytes, gap }: Step): number {
  return bytes / gap;
}

/** When a flush came, as well as it is known. */
function momentOf({ from, to }: Step): number {
  return (from.invocation + to.invocation) / 2;
}
