// What is still alive after an invocation, found as cheaply as it can be told from garbage. Its own file because when to
// collect, and when not to, is all it is about; what the floors mean is `trend.ts`'s business.

import { findCollector, type Collector } from '../memory/gc.ts';
import { createCompiledCode } from './compiled-code.ts';
import { createFloorLog, type ExactFloor } from './live-set-history.ts';
import { minGrowthBytes, recentGrowth, type Floor } from './live-set-series.ts';
import { createUsualGarbage, type UsualGarbage } from './garbage-baseline.ts';
import { calmStep, createPace, refutedStep, trustedStep } from './gc-schedule.ts';
import { toGauges, type Gauges } from '../memory/memory-usage.ts';

/** What is measured with; every part has a default. */
export interface MeterOptions extends Partial<Gauges> {
  /** Default: V8's own. */
  readonly collector?: Collector;
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
   * does not explain it; while growth is suspected it collects in full every 3 to 20 invocations.
   */
  observe(work: number, isKnown: boolean): boolean;
}

// The first floor is taken when modules are loaded and the user's clients are made.
const firstProbe = 4;
// Up to then floors are taken twice as often, so that a leak that is there from the start is seen from its start.
const firstLook = 40;
// More young garbage than this per invocation hides the beginning of a small leak, and to collect it costs little.
const trustedBytes = 5 * minGrowthBytes;
// An event or two leave old garbage that does not add up; what comes after them does.
const learnStep = 2;

/** Makes a meter; undefined where V8's collector cannot be reached. */
export function createFloorMeter(options: MeterOptions): FloorMeter | undefined {
  const collector = options.collector ?? findCollector();
  if (!collector) return undefined;
  const { usedBytes: allUsedBytes, read, codeBytes, cpuUs } = toGauges(options);
  const pace = createPace(cpuUs);

  const code = createCompiledCode(codeBytes);
  const log = createFloorLog();
  const { floors, exact } = log;
  let invocation = 0;
  let work = 0;
  let nextProbe = firstProbe;
  let lastUse = 0;
  /** The last use without young garbage that was no reason for suspicion. */
  let calm = { invocation: 0, bytes: 0 };
  /** The latest use since then that was low enough by itself, as after V8's own collections. */
  let low: Floor | undefined;
  const allGarbage = createUsualGarbage();
  const oldGarbage = createUsualGarbage();
  /** The last use with old garbage but no young, where old objects that died wait for V8's next full collection. */
  let withOld = { invocation: 0, bytes: 0 };
  let hasOldGarbage = false;
  /** Full collections since it was calm that found no growth. The first ones drop compiled code, which hides a leak. */
  let refutations = 0;
  let checkedAt = 0;
  /** Not before then is another full collection due where growth is no more than garbage. */
  let nextExact = 0;

  const usedBytes = (): number => allUsedBytes() - code.bytes;
  /** What has not come beyond the usual garbage by now has not grown; of what has nothing is known yet. */
  const keepUsual = ({ bytes }: Floor, { beyondBytes }: UsualGarbage): boolean => {
    const isUsual = beyondBytes < minGrowthBytes;
    if (isUsual) log.addOnTrust({ invocation, work, bytes });
    return isUsual;
  };
  // A start compiles, which looks like a small leak until it is over.
  const allowedBytes = (): number =>
    (invocation < firstLook ? 1.5 : 1) * minGrowthBytes * Math.min(invocation - calm.invocation, calmStep);
  /** What is known to vary by too much is looked at again in every fourth round only: 13 ms with events of 6 MB. */
  const isWorthLearning = (): boolean => hasOldGarbage && !(oldGarbage.isErratic() && exact.length % 4 !== 0);

  const collect = (isKnown: boolean): true => {
    pace.spend(() => collector.major());
    code.count();
    const reading = read();
    const bytes = reading.heapUsed + reading.external - code.bytes;
    const { previous, grownBytes } = log.addExact({ invocation, work, bytes, reading });
    calm = { invocation, bytes };
    checkedAt = invocation;
    low = undefined;
    withOld = { invocation, bytes };
    const growingStep = pace.stepAfter(floors, previous, isKnown);
    hasOldGarbage = previous !== undefined && growingStep === undefined;
    refutations = growingStep === undefined ? refutations + 1 : 0;
    // Where garbage varies much every look is a full collection, and must be rare.
    const isErratic = oldGarbage.isErratic();
    const isDoubtful = recentGrowth(floors, refutedStep) >= minGrowthBytes / (isErratic ? 2 : 4);
    const isEarly = isDoubtful || (refutations < 3 && !isErratic);
    nextExact = invocation + (isEarly ? calmStep : refutedStep);
    // What fills and is flushed may have been full at the first floor and empty at the second.
    if (invocation < firstLook) nextExact = invocation + calmStep / 2;
    allGarbage.learn(grownBytes);
    oldGarbage.learn(grownBytes);
    // The second floor is early, for a leak that leaves little time.
    const firstStep = invocation < firstLook ? calmStep / 2 : calmStep;
    nextProbe = invocation + (growingStep ?? (isWorthLearning() ? learnStep : firstStep));
    return true;
  };

  /** Collects young objects; true when what is left has not grown, or only by the old garbage that is usual. */
  const isExplained = (lastFloor: Floor): boolean => {
    collector.minor();
    code.count();
    const bytes = (lastUse = usedBytes());
    checkedAt = invocation;
    if (hasOldGarbage) oldGarbage.add(bytes - withOld.bytes, invocation - withOld.invocation);
    withOld = { invocation, bytes };
    if (bytes <= calm.bytes + allowedBytes()) {
      calm = { invocation, bytes };
      refutations = 0;
      allGarbage.learn(0);
      log.add({ invocation, work, bytes });
      return true;
    }
    if (!hasOldGarbage) return false;
    const isOverdue = invocation - (exact.at(-1)?.invocation ?? 0) >= trustedStep;
    if (isOverdue || !oldGarbage.isUsual()) return false;
    allGarbage.restart();
    keepUsual(lastFloor, oldGarbage);
    return true;
  };

  const probe = (isKnown: boolean): boolean => {
    nextProbe = invocation + calmStep;
    const lastFloor = floors.at(-1);
    if (!lastFloor || pace.isGrowing) return collect(isKnown);
    if (hasOldGarbage && withOld.invocation === invocation - learnStep) {
      if (invocation < firstLook) nextProbe = nextExact;
      collector.minor();
      withOld = { invocation, bytes: (lastUse = usedBytes()) };
      return false;
    }
    if (low) {
      const bytes = Math.min(low.bytes, lastFloor.bytes);
      // What has been given back leaves no room that a leak may fill unseen.
      if (low.bytes < calm.bytes) calm = { invocation: low.invocation, bytes: low.bytes };
      withOld = { invocation: low.invocation, bytes: Math.min(low.bytes, calm.bytes) };
      log.add({ ...low, bytes });
      low = undefined;
      return true;
    }
    if (allGarbage.isUsual(trustedBytes) && invocation - checkedAt < trustedStep)
      return keepUsual(lastFloor, allGarbage);
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
