// Whether a consumer keeps memory from invocation to invocation, told while it runs in production. `floors.ts` measures
// what stays alive, `trend.ts` tells growth from filling up, and this file says what that means for the function.

import { getHeapStatistics } from 'node:v8';
import {
  createFloorMeter,
  type ExactFloor,
  type FloorMeter,
  type MemoryReading,
  type MeterOptions,
} from './floors.ts';
import { findGrowth, minGrowthBytes, recentGrowth } from './trend.ts';

/** What is said about memory after an invocation. */
export type RetentionVerdict = { readonly state: 'silent' } | RetentionFinding;

/** Memory that grows from invocation to invocation. */
export interface RetentionFinding {
  readonly state: 'growing';
  readonly bytesPerInvocation: number;
  /** The 95 % interval of `bytesPerInvocation`. */
  readonly range: readonly [low: number, high: number];
  /** Invocations until the memory size, or V8's heap limit, is reached at that rate. */
  readonly invocationsLeft: number;
  /** The invocation of this environment, counted from 1, from which on the growth has been seen. */
  readonly sinceInvocation: number;
  /** Where the growth lies. */
  readonly shares: GrowthShares;
}

/** Where growth lies; 0..1 each, together 1. */
export interface GrowthShares {
  /** Objects and short strings. */
  readonly heap: number;
  readonly arrayBuffers: number;
  /** Long strings outside the heap, and what native addons say that they hold. */
  readonly otherExternal: number;
}

/** What a watch works with; every part has a default. */
export interface RetentionOptions extends MeterOptions {
  /** Bytes at which the process is killed. Default: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` MB; no limit where that is unset. */
  readonly limitBytes?: number;
}

/** A watch over the memory that is still alive after each invocation. */
export interface RetentionWatch {
  /**
   * Call it at the end of every invocation, when its event and records are no longer referenced. `records` is how many
   * it had; `remainingMs` what is left until the deadline: near it nothing is collected.
   */
  observe(records: number, remainingMs: number): RetentionVerdict;
}

const silent: RetentionVerdict = { state: 'silent' };
const minRemainingMs = 1000;
// Growth that was reported counts as over when there is none for about as many invocations as it takes to be sure.
const recoveryWindow = 48;

/** Starts a watch that has seen nothing; one that cannot collect stays silent. */
export function createRetentionWatch(options: RetentionOptions = {}): RetentionWatch {
  const meter = createFloorMeter(options);
  const limitBytes = options.limitBytes ?? memorySizeBytes();
  let work = 0;
  let verdict: RetentionVerdict = silent;

  const judge = ({ floors, exact }: FloorMeter): RetentionVerdict => {
    const newest = exact.at(-1);
    if (!newest) return silent;
    const headroomBytes = headroom(newest.reading, limitBytes);
    const growth = findGrowth(floors, headroomBytes);
    if (growth) {
      const invocationsLeft = Math.max(0, Math.floor(headroomBytes / growth.bytesPerInvocation));
      const shares = sharesSince(exact, growth.sinceInvocation);
      return { state: 'growing', ...growth, invocationsLeft, shares };
    }
    return recentGrowth(floors, recoveryWindow) >= minGrowthBytes ? verdict : silent;
  };

  return {
    observe(records, remainingMs) {
      work += records;
      if (!meter || remainingMs < minRemainingMs) return verdict;
      if (meter.observe(work, verdict !== silent)) verdict = judge(meter);
      return verdict;
    },
  };
}

function memorySizeBytes(): number {
  const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  return megabytes > 0 ? megabytes * 1_048_576 : Infinity;
}

/** Bytes until the process is killed, or V8 gives up. */
function headroom(reading: MemoryReading, limitBytes: number): number {
  const statistics = getHeapStatistics();
  // Executable, stacks, V8's own tables: they were there before, and none of it is given back.
  const outside = Math.max(0, reading.rss - statistics.total_heap_size - reading.external);
  const untilKilled = limitBytes - outside - reading.heapUsed - reading.external;
  return Math.max(0, Math.min(untilKilled, statistics.heap_size_limit - reading.heapUsed));
}

function sharesSince(exact: readonly ExactFloor[], sinceInvocation: number): GrowthShares {
  const last = exact.at(-1)?.reading;
  const first = (exact.findLast((floor) => floor.invocation <= sinceInvocation) ?? exact[0])?.reading;
  if (!last || !first) return { heap: 1, arrayBuffers: 0, otherExternal: 0 };
  const heap = Math.max(0, last.heapUsed - first.heapUsed);
  const arrayBuffers = Math.max(0, last.arrayBuffers - first.arrayBuffers);
  const otherExternal = Math.max(0, last.external - first.external - arrayBuffers);
  const all = heap + arrayBuffers + otherExternal || 1;
  return { heap: heap / all, arrayBuffers: arrayBuffers / all, otherExternal: otherExternal / all };
}
