// How often it is worth while to collect in full. Its own file because it is about processor time and nothing else: what
// is found is `live-set.ts`'s business.

import { minGrowthBytes, ratesOf, recentGrowth, type Floor } from './live-set-series.ts';

/** Between two looks at a consumer that does not grow, in invocations. */
export const calmStep = 20;
/**
 * How often a full collection may find that what looked like growth was garbage. With a longer step a leak's first 100
 * invocations would be over before enough of it has been seen.
 */
export const refutedStep = 48;
/** For how many invocations the usual garbage is taken on trust: a cache that has stopped to evict leaves as much behind. */
export const trustedStep = 72;

// While a verdict is near.
const closeStep = 3;
// The share of the processor time that may go into full collections without a suspicion.
const budgetShare = 0.01;
// For how many invocations something has grown when it is worth while to look often.
const nearVerdict = 45;
// Until growth counts as old it is followed closely.
const lastVerdict = 112;
const oldGrowth = 180;

/** Decides when to collect in full next. */
export interface Pace {
  /** Whether memory had grown at the last exact floor. */
  readonly isGrowing: boolean;
  /** Runs a full collection and counts its processor time. */
  spend(collect: () => void): void;
  /** Whether full collections have taken no more than their share of the processor time. */
  hasBudget(): boolean;
  /**
   * Takes note of the newest of `floors`, an exact one, and of the one before it. Gives the invocations until the next
   * look while memory grows, undefined while it does not.
   */
  stepAfter(floors: readonly Floor[], previous: Floor | undefined, isKnown: boolean): number | undefined;
}

/** Starts with nothing spent and nothing grown. `cpuUs` reads the processor time of this process in microseconds. */
export function createPace(cpuUs: () => number): Pace {
  let spentUs = 0;
  /** The invocation from which on something has grown. */
  let growingSince: number | undefined;
  /** How often it has grown until a verdict was near, and then not. */
  let inVain = 0;
  const hasBudget = (): boolean => spentUs <= budgetShare * cpuUs();

  /** Far from each other while growth is new, close when so much of it has been seen that a verdict is near. */
  const growingStep = (floors: readonly Floor[], length: number, isKnown: boolean): number => {
    if (length > oldGrowth && !hasBudget()) return isKnown ? trustedStep : refutedStep;
    if (length > oldGrowth || isKnown) return calmStep;
    // Beneath what is flushed, growth shows over many flushes only.
    const isSlow = [calmStep, refutedStep].every((length) => recentGrowth(floors, length) < minGrowthBytes);
    if (length < 36 || length > lastVerdict || isSlow) return calmStep / 2;
    // What grows again and again, as a large cache does whose values differ in size, is not worth that much.
    return length >= nearVerdict && (inVain < 3 || hasBudget()) ? closeStep : calmStep / 4;
  };

  return {
    get isGrowing() {
      return growingSince !== undefined;
    },
    spend(collect) {
      const startUs = cpuUs();
      collect();
      spentUs += cpuUs() - startUs;
    },
    hasBudget,
    stepAfter(floors, previous, isKnown) {
      const newest = floors.at(-1);
      if (!newest || !previous) return undefined;
      const { invocation, bytes } = newest;
      const isFlat = bytes - previous.bytes < minGrowthBytes * (invocation - previous.invocation);
      // What has begun to grow is not over because a floor long ago was too high.
      const [kept = 0] = growingSince === undefined ? [] : ratesOf(floors, refutedStep, 1);
      const growth = Math.max(kept, recentGrowth(floors, refutedStep));
      // Since the floor before, or on the whole: what grows in leaps is flat now and then.
      if (isFlat && growth < minGrowthBytes) {
        if (invocation - (growingSince ?? invocation) >= nearVerdict) inVain++;
        growingSince = undefined;
        return undefined;
      }
      // A floor long ago does not make growth old: it may have begun at any time since.
      growingSince ??= Math.max(previous.invocation, invocation - refutedStep);
      return growingStep(floors, invocation - growingSince, isKnown);
    },
  };
}
