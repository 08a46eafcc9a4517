// The floors that were found, and what later ones say of earlier ones: what was taken for garbage may turn out to have been
// growth, and growth between two floors far from each other began at some moment. Its own file because it only keeps the
// record; when to measure is `live-set.ts`'s business.

import { minGrowthBytes, valueAt, type Floor } from './live-set-series.ts';
import { calmStep } from './gc-schedule.ts';
import type { MemoryReading } from '../memory/memory-usage.ts';
import { longestWindow } from './trend.ts';

/** A floor that a full collection has made exact. */
export interface ExactFloor extends Floor {
  readonly reading: MemoryReading;
}

/** What a new exact floor was compared with. */
export interface Comparison {
  /** The newest floor before it that still stands. */
  readonly previous: Floor | undefined;
  /** What has come since the exact floor before it, in bytes; 0 where there is less, or none. */
  readonly grownBytes: number;
}

/** Floors of the longest window, oldest first. */
export interface FloorLog {
  readonly floors: readonly Floor[];
  readonly exact: readonly ExactFloor[];
  /** Adds one, unless there is a floor of its invocation or of a later one. */
  add(floor: Floor): void;
  /** Adds one for which nothing was measured but as much garbage as usual. It stands until an exact one shows growth. */
  addOnTrust(floor: Floor): void;
  /** Adds one that a full collection has found. */
  addExact(floor: ExactFloor): Comparison;
}

// Less than this is not worth to ask when it came.
const leastGrown = 10 * minGrowthBytes;

/** Starts without floors. */
export function createFloorLog(): FloorLog {
  const floors: Floor[] = [];
  const exact: ExactFloor[] = [];
  /** Floors since the last exact one that were taken on trust. */
  const onTrust = new Set<Floor>();
  /** Growth of which it is not known yet when it came. */
  let unplaced: { readonly since: Floor; readonly until: Floor } | undefined;

  const add = (floor: Floor): void => {
    if (floor.invocation <= (floors.at(-1)?.invocation ?? 0)) return;
    floors.push(floor);
    forgetOld(floors);
  };
  /** What was taken for the usual garbage since the last exact floor was growth, if so much more is alive now. */
  const reviseTrusted = (until: Floor, grownBytes: number): void => {
    if (grownBytes >= leastGrown)
      floors.splice(0, floors.length, ...floors.filter((floor) => !onTrust.has(floor)));
    onTrust.clear();
    const since = floors.at(-1);
    const isLong = since !== undefined && until.invocation - since.invocation > calmStep;
    if (isLong && until.bytes - since.bytes >= leastGrown) unplaced = { since, until };
  };
  /** When growth between two floors far from each other began is told by the rate at which it goes on. */
  const placeGrowth = (newest: Floor): void => {
    if (!unplaced || newest.invocation - unplaced.until.invocation < calmStep / 2) return;
    const { since, until } = unplaced;
    unplaced = undefined;
    const rate = (newest.bytes - until.bytes) / (newest.invocation - until.invocation);
    const began = Math.round(until.invocation - (until.bytes - since.bytes) / rate);
    const at = floors.findIndex((floor) => floor.invocation >= until.invocation);
    if (rate <= 0 || began <= since.invocation || began >= until.invocation || at < 0) return;
    floors.splice(at, 0, { invocation: began, work: valueAt(floors, began, 'work'), bytes: since.bytes });
  };

  return {
    floors,
    exact,
    add,
    addOnTrust(floor) {
      onTrust.add(floor);
      add(floor);
    },
    addExact(floor) {
      const grownBytes = Math.max(0, floor.bytes - (exact.at(-1)?.bytes ?? floor.bytes));
      reviseTrusted(floor, grownBytes);
      const previous = floors.at(-1);
      add(floor);
      placeGrowth(floor);
      exact.push(floor);
      forgetOld(exact);
      return { previous, grownBytes };
    },
  };
}

/** Keeps one floor more than the longest window has, so that the window's first border lies between two. */
function forgetOld(floors: Floor[]): void {
  const newest = floors.at(-1)?.invocation ?? 0;
  while ((floors[1]?.invocation ?? newest) <= newest - longestWindow) floors.shift();
}
