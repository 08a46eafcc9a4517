// Arithmetic on floors: what they are at a moment, what was never given back, how fast they rise. Its own file because the
// trend, its levelling and its evidence read the same numbers.

/** Bytes that were alive after an invocation; exact after a full collection, else from above. */
export interface Floor {
  /** Counted from 1. */
  readonly invocation: number;
  /** Records of all invocations up to this one. */
  readonly work: number;
  readonly bytes: number;
}

/** Growth below this is nobody's: compiled code and V8's own tables grow by a few KB per invocation for a while. */
export const minGrowthBytes = 10_240;

/** Whether floors (oldest first) reach back `length` invocations from the newest. */
export function covers(floors: readonly Floor[], length: number): boolean {
  const [first, last] = [floors[0], floors.at(-1)];
  // A stretched window ends where it began but for rounding.
  return first !== undefined && last !== undefined && first.invocation <= last.invocation - length + 1e-6;
}

/** The floors of the last `length` invocations. */
export function floorsWithin(floors: readonly Floor[], length: number): Floor[] {
  const end = floors.at(-1)?.invocation ?? 0;
  return floors.filter((floor) => floor.invocation >= end - length - 1e-6);
}

/** Growth per invocation over the last `length` invocations, or since the oldest floor; 0 where there is none. */
export function recentGrowth(floors: readonly Floor[], length: number): number {
  const last = floors.at(-1);
  if (!last) return 0;
  const from = Math.max(last.invocation - length, floors[0]?.invocation ?? 0);
  if (from >= last.invocation) return 0;
  return Math.max(0, (last.bytes - valueAt(floors, from, 'bytes')) / (last.invocation - from));
}

/** Growth per invocation in each of `count` equal parts of the last `length` invocations, of what was not given back since. */
export function ratesOf(floors: readonly Floor[], length: number, count: number): number[] {
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
export function grownSince(floors: readonly Floor[], invocation: number): number {
  const kept = neverGivenBack(floors);
  const before = kept.findLast((floor) => floor.invocation <= invocation) ?? kept[0];
  return (kept.at(-1)?.bytes ?? 0) - (before?.bytes ?? 0);
}

/** The most that was given back within the last `length` invocations, in bytes. */
export function largestFall(floors: readonly Floor[], length: number): number {
  let lowest = Infinity;
  let fall = 0;
  for (const floor of floorsWithin(floors, length).toReversed()) {
    lowest = Math.min(lowest, floor.bytes);
    fall = Math.max(fall, floor.bytes - lowest);
  }
  return fall;
}

/** What it was at an invocation between the oldest and the newest floor, on the line between its neighbours. */
export function valueAt(floors: readonly Floor[], invocation: number, of: 'bytes' | 'work'): number {
  const after = floors.findIndex((floor) => floor.invocation >= invocation);
  const next = floors[after] ?? floors.at(-1);
  const previous = floors[after - 1] ?? next;
  if (!next || !previous) return 0;
  const gap = next.invocation - previous.invocation;
  const share = gap === 0 ? 1 : (invocation - previous.invocation) / gap;
  return previous[of] + share * (next[of] - previous[of]);
}

/** The middle of `values`; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
