// Whether a consumer keeps memory from invocation to invocation, told while it runs in production. `live-set.ts` measures
// what stays alive, `trend.ts` tells growth from filling up, and this file says what that means for the function.

import { getHeapStatistics } from 'node:v8';
import type { LogFields } from '../telemetry/log.ts';
import type { ExactFloor } from './live-set-history.ts';
import { createFloorMeter, type FloorMeter, type MeterOptions } from './live-set.ts';
import { minGrowthBytes, recentGrowth } from './live-set-series.ts';
import type { MemoryReading } from '../memory/memory-usage.ts';
import { createTokenSample, type HeldShare, type TokenSample } from './retained-kind.ts';
import { findGrowth } from './trend.ts';

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
  /** What is kept; undefined until enough values have been followed for two full collections. */
  readonly kind: RetainedKind | undefined;
  /** How much is alive of what was followed, topic by topic. */
  readonly held: readonly HeldShare[];
  /** Whether it should be said: it is new, or tells more than before, or has not been said for 500 invocations. */
  readonly isNews: boolean;
}

/**
 * What is kept. `strings` by elimination: neither values nor array buffers that were followed are alive, so it is text that
 * was taken out of them, or objects that the function has made itself.
 */
export type RetainedKind = 'objects' | 'array buffers' | 'strings';

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
  /** Tells what a function was given of a record. Costs nothing while the verdict is silent. */
  follow(topic: string, given: unknown): void;
}

const silent: RetentionVerdict = { state: 'silent' };
const minRemainingMs = 1000;
// Growth that was reported counts as over when there is none for about as many invocations as it takes to be sure.
const recoveryWindow = 48;
const sayAgainAfter = 500;

/** Starts a watch that has seen nothing; one that cannot collect stays silent. */
export function createRetentionWatch(options: RetentionOptions = {}): RetentionWatch {
  const meter = createFloorMeter(options);
  const limitBytes = options.limitBytes ?? memorySizeBytes();
  let invocation = 0;
  let work = 0;
  let verdict: RetentionVerdict = silent;
  let tokens: TokenSample | undefined;
  let saidAt = 0;

  const judge = ({ floors, exact }: FloorMeter): RetentionVerdict => {
    const newest = exact.at(-1);
    if (!newest) return silent;
    const before = verdict.state === 'growing' ? verdict : undefined;
    const headroomBytes = headroom(newest.reading, limitBytes);
    const growth = findGrowth(floors, headroomBytes);
    // Growth that was reported goes on until it stops, even when it is not as steady as it was.
    if (!growth) return recentGrowth(floors, recoveryWindow) >= minGrowthBytes ? verdict : silent;
    const invocationsLeft = Math.max(0, Math.floor(headroomBytes / growth.bytesPerInvocation));
    const shares = sharesSince(exact, growth.sinceInvocation);
    const isCollected = newest.invocation === invocation;
    const held = (isCollected ? tokens?.count() : undefined) ?? before?.held ?? [];
    const kind = toKind(shares, held);
    const sinceInvocation = before?.sinceInvocation ?? growth.sinceInvocation;
    const isNews = !before || before.kind !== kind || invocation - saidAt >= sayAgainAfter;
    return { state: 'growing', ...growth, sinceInvocation, invocationsLeft, shares, kind, held, isNews };
  };

  return {
    observe(records, remainingMs) {
      invocation++;
      work += records;
      tokens?.nextInvocation();
      if (verdict.state === 'growing' && verdict.isNews) verdict = { ...verdict, isNews: false };
      if (!meter || remainingMs < minRemainingMs) return verdict;
      if (meter.observe(work, verdict !== silent)) verdict = judge(meter);
      if (verdict.state === 'silent') tokens = undefined;
      else tokens ??= createTokenSample();
      if (verdict.state === 'growing' && verdict.isNews) saidAt = invocation;
      return verdict;
    },
    follow: (topic, given) => tokens?.follow(topic, given),
  };
}

/** A finding as it is logged: whole bytes, and `text` for people. */
export function toRetentionFields(finding: RetentionFinding): LogFields {
  const { bytesPerInvocation, range, invocationsLeft, sinceInvocation, shares, kind, held } = finding;
  const left = Number.isFinite(invocationsLeft) ? `, the limit in about ${invocationsLeft} invocations` : '';
  const grows = `memory grows by ${Math.round(bytesPerInvocation / 1024)} KB per invocation since invocation ${sinceInvocation}`;
  return {
    text: grows + left,
    bytesPerInvocation: Math.round(bytesPerInvocation),
    range: range.map(Math.round),
    ...(left && { invocationsLeft }),
    sinceInvocation,
    shares,
    ...(kind && { kind }),
    ...(held.length > 0 && { held }),
  };
}

function toKind(shares: GrowthShares, held: readonly HeldShare[]): RetainedKind | undefined {
  if (shares.arrayBuffers >= 0.5 || held.some(({ arrayBuffers = 0 }) => arrayBuffers > 0))
    return 'array buffers';
  if (held.some(({ objects = 0 }) => objects > 0)) return 'objects';
  return held.length > 0 || shares.otherExternal >= 0.5 ? 'strings' : undefined;
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
  const share = (bytes: number): number => Math.round((bytes / all) * 1000) / 1000;
  return { heap: share(heap), arrayBuffers: share(arrayBuffers), otherExternal: share(otherExternal) };
}
