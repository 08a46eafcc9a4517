// How much garbage is usual, so that a leak on top of it is noticed without a collection. Its own file because it is kept
// twice: of young objects and old ones together, and of the old ones that a collection of young objects leaves.

import { minGrowthBytes } from './live-set-series.ts';

/** Growth of the memory in use that a collection has shown to be garbage, and what has come beyond that rate since. */
export interface UsualGarbage {
  /** Adds what the use has grown by in so many invocations; less than nothing is V8's own collection, and tells nothing. */
  add(bytes: number, invocations: number): void;
  /** What has been added was garbage, but for `keptBytes`: it is usual from now on. */
  learn(keptBytes: number): void;
  /** Forgets what has been added, which may have been garbage or not. */
  restart(): void;
  /** Bytes beyond the usual since it was learnt, some more allowed; never below 0. */
  readonly beyondBytes: number;
  /**
   * Whether the rate is known, is low enough for a small leak to show, and nothing much has come beyond it. `mostBytes` per
   * invocation: 200 KB unless told.
   */
  isUsual(mostBytes?: number): boolean;
  /** Whether too much has come beyond it. */
  isBeyond(): boolean;
  /** Whether it varies by as much as a small leak. */
  isErratic(): boolean;
}

// A rate varies by a share of itself, which has to stay below what a leak of 20 KB adds.
const allowedShare = 0.05;
const maxRate = 20 * minGrowthBytes;
// What is allowed beyond the rate is added up and forgotten where less comes (Page's CUSUM): 20 KB more on 100 KB show after
// 12 invocations.
const mostBeyond = 12 * minGrowthBytes;

/** Starts with nothing known. */
export function createUsualGarbage(): UsualGarbage {
  let rate: number | undefined;
  let bytesAdded = 0;
  let invocationsAdded = 0;
  let beyondBytes = 0;
  return {
    get beyondBytes() {
      return beyondBytes;
    },
    add(bytes, invocations) {
      if (bytes < 0) return;
      bytesAdded += bytes;
      invocationsAdded += invocations;
      const allowed = (rate ?? 0) * (1 + allowedShare) + minGrowthBytes / 2;
      beyondBytes = Math.max(0, beyondBytes + bytes - allowed * invocations);
    },
    learn(keptBytes) {
      if (invocationsAdded > 0) rate = Math.max(0, bytesAdded - keptBytes) / invocationsAdded;
      bytesAdded = invocationsAdded = beyondBytes = 0;
    },
    restart() {
      bytesAdded = invocationsAdded = beyondBytes = 0;
    },
    isUsual: (mostBytes = maxRate) => rate !== undefined && rate <= mostBytes && beyondBytes <= mostBeyond,
    isBeyond: () => rate !== undefined && rate <= maxRate && beyondBytes > mostBeyond,
    isErratic: () => rate !== undefined && rate > maxRate,
  };
}
