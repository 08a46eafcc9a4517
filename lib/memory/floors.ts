// What is still alive after an invocation, found as cheaply as it can be told from garbage. Its own file because when to
// collect, and when not to, is all it is about; what the floors mean is `trend.ts`'s business.

import { getHeapStatistics } from 'node:v8';
import { findCollector, type Collector } from './collector.ts';
import { longestWindow, minGrowthBytes, recentGrowth, type Floor } from './trend.ts';

/** Memory of this process, in bytes; the part of `process.memoryUsage()` that is used. */
export interface MemoryReading {
  readonly heapUsed: number;
  /** Outside the heap but held by objects in it; array buffers included. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** A floor that a full collection has made exact. */
export interface ExactFloor extends Floor {
  readonly reading: MemoryReading;
}

/** What is measured with; every part has a default. */
export interface MeterOptions {
  /** Default: V8's own. */
  readonly collector?: Collector;
  /** Bytes used on the heap and outside it, garbage included. Default: V8's heap statistics, 0.5 us. */
  readonly usedBytes?: () => number;
  /** Read after full collections only. Default: `process.memoryUsage`, 10 us. */
  readonly read?: () => MemoryReading;
}

/** Takes floors. */
export interface FloorMeter {
  /** Oldest first. One that was found without a full collection only ever says that nothing grew. */
  readonly floors: readonly Floor[];
  readonly exact: readonly ExactFloor[];
  /**
   * Call it after each invocation; `work` counts all records up to now. True when there is a new floor.
   *
   * Costs nothing mostly. Every 12th time it reads what is used (0.5 us), collects young objects when that has grown, and
   * collects in full when it still has; while growth is suspected every 6th time.
   */
  observe(work: number, isKnown: boolean): boolean;
}

// The first floor is taken when modules are loaded and the user's clients are made.
const firstProbe = 4;
const calmStep = 12;
// While something grows each floor is exact and close to the next: 14 of them in the shortest window. A consumer that grows
// and shrinks all the time would pay for that all the time, so there are 20 of them, and one comes back for each suspicion
// that is refuted, or 48 calm invocations.
const suspiciousStep = 6;
const fullPatience = 20;
// How often a full collection may find that what looked like growth was garbage. With a longer step a leak's first 100
// invocations would be over before it has been seen for a window's length.
const refutedStep = 24;
// The same for a consumer whose garbage grows at a rate that is known; a leak would come on top of it.
const predictedStep = 96;
// What garbage is usual is learnt before a leak could have become a part of it.
const learnStep = 2;
// Garbage at a higher rate varies by as much as a small leak.
const maxPredictableBytes = 10 * minGrowthBytes;

/** Makes a meter; undefined where V8's collector cannot be reached. */
export function createFloorMeter(options: MeterOptions): FloorMeter | undefined {
  const collector = options.collector ?? findCollector();
  if (!collector) return undefined;
  const usedBytes = options.usedBytes ?? usedNow;
  const read = options.read ?? (() => process.memoryUsage());

  const floors: Floor[] = [];
  const exact: ExactFloor[] = [];
  let invocation = 0;
  let work = 0;
  let nextProbe = firstProbe;
  /** The last use that was no reason for suspicion. */
  let calm = { invocation: 0, bytes: 0 };
  /** Old objects that died wait for V8's next full collection; uses that were seen meanwhile, if that is usual here. */
  let garbage: Floor[] | undefined;
  let garbageRate = 0;
  let patience = fullPatience;

  const keepFloor = (floor: Floor): void => {
    if (floor.invocation <= (floors.at(-1)?.invocation ?? 0)) return;
    floors.push(floor);
    forgetOld(floors, invocation);
  };

  const collect = (used: number): void => {
    collector.major();
    const reading = read();
    const bytes = reading.heapUsed + reading.external;
    const previous = floors.at(-1);
    const lastExact = exact.at(-1);
    keepFloor({ invocation, work, bytes });
    exact.push({ invocation, work, bytes, reading });
    forgetOld(exact, invocation);
    calm = { invocation, bytes };
    // Since the floor before, or on the whole: what grows in leaps is flat now and then.
    const isGrowing =
      previous !== undefined &&
      (bytes - previous.bytes >= minGrowthBytes * (invocation - previous.invocation) ||
        recentGrowth(floors, refutedStep) >= minGrowthBytes);
    const [first] = garbage ?? [];
    const grown = lastExact ? Math.max(0, bytes - lastExact.bytes) : 0;
    const rate = first ? (used - first.bytes - grown) / (invocation - first.invocation) : 0;
    garbageRate = rate > 0 && rate <= maxPredictableBytes ? rate : 0;
    garbage = previous && !isGrowing ? [] : undefined;
    patience = isGrowing ? Math.max(0, patience - 1) : Math.min(fullPatience, patience + 1);
    const growingStep = patience >= 1 ? suspiciousStep : refutedStep;
    nextProbe = invocation + (isGrowing ? growingStep : garbage ? learnStep : calmStep);
  };

  /** The latest use that shows that no more than the usual garbage has come, or nothing. */
  const usualGarbage = (used: number, sinceExact: number): Floor | undefined => {
    if (!garbage) return undefined;
    garbage.push({ invocation, work, bytes: used });
    if (garbage.length > 5) garbage.splice(1, 1);
    if (garbageRate > 0 && sinceExact >= predictedStep) return undefined;
    // V8 collects in full at times of its own, so the lower one of two tells more.
    const now = lowest(garbage.slice(-2));
    const before = lowest(garbage.slice(-4, -2)) ?? garbage[0];
    if (!before || !now) return undefined;
    const usual = (minGrowthBytes + 1.1 * garbageRate) * (now.invocation - before.invocation);
    return now.bytes - before.bytes <= usual ? now : undefined;
  };

  const probe = (isKnown: boolean): boolean => {
    nextProbe = invocation + calmStep;
    const lastFloor = floors.at(-1);
    const lastExact = exact.at(-1);
    if (!lastFloor || !lastExact) return (collect(0), true);
    const allowed = minGrowthBytes * Math.min(invocation - calm.invocation, refutedStep);
    let used = usedBytes();
    if (used > calm.bytes + allowed) {
      collector.minor();
      used = usedBytes();
    }
    const sinceExact = invocation - lastExact.invocation;
    const isCalm = used <= calm.bytes + allowed;
    if (isCalm) {
      calm = { invocation, bytes: used };
      patience = Math.min(fullPatience, patience + 0.25);
    }
    const flat = isCalm ? { invocation, work, bytes: used } : usualGarbage(used, sinceExact);
    if (flat) return (keepFloor({ ...flat, bytes: Math.min(flat.bytes, lastFloor.bytes) }), true);
    if ((garbage || isKnown) && sinceExact < refutedStep) return false;
    return (collect(used), true);
  };

  return {
    floors,
    exact,
    observe(workNow, isKnown) {
      invocation++;
      work = workNow;
      return invocation >= nextProbe && probe(isKnown);
    },
  };
}

function usedNow(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Keeps one floor more than the longest window has, so that the window's first border lies between two. */
function forgetOld(floors: Floor[], invocation: number): void {
  while ((floors[1]?.invocation ?? invocation) <= invocation - longestWindow) floors.shift();
}

function lowest<T extends { readonly bytes: number }>(uses: readonly T[]): T | undefined {
  return uses.length === 0 ? undefined : uses.reduce((low, use) => (use.bytes < low.bytes ? use : low));
}
