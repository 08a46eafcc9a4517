// What is still alive after an invocation, found as cheaply as it can be told from garbage. Its own file because when to
// collect, and when not to, is all it is about; what the floors mean is `trend.ts`'s business.

import { getHeapStatistics } from 'node:v8';
import { findCollector, type Collector } from './collector.ts';
import { createUsualGarbage, type UsualGarbage } from './garbage.ts';
import { minGrowthBytes, recentGrowth, type Floor } from './floor-series.ts';
import { longestWindow } from './trend.ts';

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
  /** Bytes used on the heap and outside it, garbage included. Default: V8's heap statistics, 1.5 us. */
  readonly usedBytes?: () => number;
  /** Read after full collections only. Default: `process.memoryUsage`, 10 us. */
  readonly read?: () => MemoryReading;
  /** Processor time of this process in microseconds, helper threads included. Default: `process.cpuUsage`. */
  readonly cpuUs?: () => number;
}

/** Takes floors. */
export interface FloorMeter {
  /** Oldest first. One that was found without a full collection only ever says that nothing grew. */
  readonly floors: readonly Floor[];
  readonly exact: readonly ExactFloor[];
  /**
   * Call it after each invocation; `work` counts all records up to now. True when there is a new floor.
   *
   * Mostly it only reads what is used (1.5 us). When more has come than usual it collects young objects, and all when that
   * does not explain it; while growth is suspected it collects in full every 3 to 24 invocations.
   */
  observe(work: number, isKnown: boolean): boolean;
}

// The first floor is taken when modules are loaded and the user's clients are made.
const firstProbe = 4;
const calmStep = 24;
// Up to then floors are taken twice as often, so that a leak that is there from the start is seen from its start.
const firstLook = 40;

// For how many invocations something has grown when it is worth while to look often.
const nearVerdict = 60;

// How often a full collection may find that what looked like growth was garbage. With a longer step a leak's first 100
// invocations would be over before enough of it has been seen.
const refutedStep = 48;
// For how long the usual garbage is taken on trust.
const trustedStep = 96;
// The share of the processor time that may go into full collections without a suspicion.
const budgetShare = 0.01;
// An event or two leave old garbage that does not add up; what comes after them does.
const learnStep = 2;

/** Makes a meter; undefined where V8's collector cannot be reached. */
export function createFloorMeter(options: MeterOptions): FloorMeter | undefined {
  const collector = options.collector ?? findCollector();
  if (!collector) return undefined;
  const usedBytes = options.usedBytes ?? usedNow;
  const read = options.read ?? (() => process.memoryUsage());
  const cpuUs = options.cpuUs ?? cpuUsNow;

  const floors: Floor[] = [];
  const exact: ExactFloor[] = [];
  let invocation = 0;
  let work = 0;
  let nextProbe = firstProbe;
  let lastUse = 0;
  /** The last use without young garbage that was no reason for suspicion. */
  let calm = { invocation: 0, bytes: 0 };
  /** The latest use since then that was low enough by itself, as after V8's own collections. */
  let low: Floor | undefined;
  /** The invocation from which on something has grown. */
  let growingSince: number | undefined;
  /** How often it has grown until a verdict was near, and then not. */
  let inVain = 0;
  const allGarbage = createUsualGarbage();
  const oldGarbage = createUsualGarbage();
  /** The last use with old garbage but no young, where old objects that died wait for V8's next full collection. */
  let withOld = { invocation: 0, bytes: 0 };
  let hasOldGarbage = false;
  let checkedAt = 0;
  /** Not before then is another full collection due where growth is no more than garbage. */
  let nextExact = 0;
  let spentUs = 0;

  const keepFloor = (floor: Floor): true => {
    if (floor.invocation <= (floors.at(-1)?.invocation ?? 0)) return true;
    floors.push(floor);
    forgetOld(floors, invocation);
    return true;
  };
  /** What has not come beyond the usual garbage by now has not grown; of what has nothing is known yet. */
  const keepUsual = ({ bytes }: Floor, { beyondBytes }: UsualGarbage): boolean =>
    beyondBytes < minGrowthBytes && keepFloor({ invocation, work, bytes });
  const allowedBytes = (): number => minGrowthBytes * Math.min(invocation - calm.invocation, calmStep);
  const hasBudget = (): boolean => spentUs <= budgetShare * cpuUs();

  /** Far from each other while growth is new, close when so much of it has been seen that a verdict is near. */
  const growingStep = (length: number, isKnown: boolean): number => {
    if (length > 180 && !hasBudget()) return isKnown ? trustedStep : refutedStep;
    if (length > 180 || isKnown) return calmStep;
    const isSlow = recentGrowth(floors, calmStep) < minGrowthBytes;
    if (length < 36 || length > 112 || isSlow) return calmStep / 2;
    // What grows again and again, as a large cache does whose values differ in size, is not worth that much.
    return length >= nearVerdict && (inVain < 3 || hasBudget()) ? calmStep / 8 : calmStep / 4;
  };

  const collect = (isKnown: boolean): true => {
    const startUs = cpuUs();
    collector.major();
    spentUs += cpuUs() - startUs;
    const reading = read();
    const bytes = reading.heapUsed + reading.external;
    const previous = floors.at(-1);
    const grown = Math.max(0, bytes - (exact.at(-1)?.bytes ?? bytes));
    keepFloor({ invocation, work, bytes });
    exact.push({ invocation, work, bytes, reading });
    forgetOld(exact, invocation);
    calm = { invocation, bytes };
    checkedAt = invocation;
    low = undefined;
    withOld = { invocation, bytes };
    const isFlat =
      previous === undefined || bytes - previous.bytes < minGrowthBytes * (invocation - previous.invocation);
    // Since the floor before, or on the whole: what grows in leaps is flat now and then.
    const isGrowing = !isFlat || recentGrowth(floors, refutedStep) >= minGrowthBytes;
    if (!isGrowing && invocation - (growingSince ?? invocation) >= nearVerdict) inVain++;
    growingSince = isGrowing ? (growingSince ?? previous?.invocation ?? invocation) : undefined;
    hasOldGarbage = previous !== undefined && !isGrowing;
    const isDoubtful = recentGrowth(floors, refutedStep) >= minGrowthBytes / 2;
    nextExact = invocation + (isDoubtful ? calmStep : refutedStep);
    // What fills and is flushed may have been full at the first floor and empty at the second.
    if (invocation < firstLook) nextExact = invocation + calmStep / 2;
    allGarbage.learn(grown);
    oldGarbage.learn(grown);
    // The second floor is early, for a leak that leaves little time.
    nextProbe = invocation + (hasOldGarbage ? learnStep : invocation < firstLook ? calmStep / 2 : calmStep);
    if (growingSince !== undefined) nextProbe = invocation + growingStep(invocation - growingSince, isKnown);
    return true;
  };

  /** Collects young objects; true when what is left has not grown, or only by the old garbage that is usual. */
  const isExplained = (lastFloor: Floor): boolean => {
    collector.minor();
    const bytes = (lastUse = usedBytes());
    checkedAt = invocation;
    if (hasOldGarbage) oldGarbage.add(bytes - withOld.bytes, invocation - withOld.invocation);
    withOld = { invocation, bytes };
    if (bytes <= calm.bytes + allowedBytes()) {
      calm = { invocation, bytes };
      allGarbage.learn(0);
      return keepFloor({ invocation, work, bytes });
    }
    if (!hasOldGarbage) return false;
    const isOverdue = invocation - (exact.at(-1)?.invocation ?? 0) >= trustedStep && hasBudget();
    if (isOverdue || !oldGarbage.isUsual()) return false;
    allGarbage.restart();
    keepUsual(lastFloor, oldGarbage);
    return true;
  };

  const probe = (isKnown: boolean): boolean => {
    nextProbe = invocation + calmStep;
    const lastFloor = floors.at(-1);
    if (!lastFloor || growingSince !== undefined) return collect(isKnown);
    if (hasOldGarbage && withOld.invocation === invocation - learnStep) {
      if (invocation < firstLook) nextProbe = nextExact;
      collector.minor();
      withOld = { invocation, bytes: (lastUse = usedBytes()) };
      return false;
    }
    if (low) {
      const bytes = Math.min(low.bytes, lastFloor.bytes);
      withOld = { invocation: low.invocation, bytes: Math.min(low.bytes, calm.bytes) };
      return keepFloor({ ...low, bytes }) && ((low = undefined), true);
    }
    if (allGarbage.isUsual() && invocation - checkedAt < trustedStep) return keepUsual(lastFloor, allGarbage);
    const isErratic = hasOldGarbage && oldGarbage.isErratic();
    if (!isErratic && isExplained(lastFloor)) return true;
    if ((hasOldGarbage || isKnown) && invocation < nextExact) return false;
    return collect(isKnown);
  };

  return {
    floors,
    exact,
    observe(workNow, isKnown) {
      invocation++;
      work = workNow;
      const bytes = usedBytes();
      allGarbage.add(bytes - lastUse, 1);
      lastUse = bytes;
      if (bytes <= calm.bytes + allowedBytes()) low = { invocation, work, bytes };
      const isDue = allGarbage.isBeyond() && invocation >= checkedAt + calmStep;
      return (isDue || invocation >= nextProbe) && probe(isKnown);
    },
  };
}

function cpuUsNow(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function usedNow(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Keeps one floor more than the longest window has, so that the window's first border lies between two. */
function forgetOld(floors: Floor[], invocation: number): void {
  while ((floors[1]?.invocation ?? invocation) <= invocation - longestWindow) floors.shift();
}
