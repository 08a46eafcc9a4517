// Whether an environment will die of what its consumer keeps from invocation to invocation, told while it runs in production:
// when, and which line allocates it. `live-set.ts` measures, `growth.ts` judges; this file says what that means for the function.

import { outsideBytes, usedBytes, type MemoryReading } from '../memory/memory-usage.ts';
import type { LogFields } from '../telemetry/log.ts';
import { startAllocationProfile, type AllocationProfile, type Allocations } from './allocations.ts';
import { findGrowth, toGate, type Growth } from './growth.ts';
import { createLiveSetMeter, type LiveSetMeter, type MeterOptions } from './live-set.ts';
import { thresholds, type Thresholds } from './thresholds.ts';

/** What is said about memory after an invocation. */
export type RetentionVerdict = { readonly state: 'silent' } | RetentionFinding;

/** Memory that grows from invocation to invocation. */
export interface RetentionFinding extends Growth {
  readonly state: 'growing';
  /** `live set`: objects, texts and buffers that are still reachable. `outside V8`: resident memory that V8 knows nothing of. */
  readonly where: 'live set' | 'outside V8';
  /** Share of the growth that lies on the heap, 0..1; the rest is buffers and long texts outside of it. */
  readonly heapShare: number;
  /** Which functions allocate what stays alive; undefined until enough was sampled, or where that is not possible. */
  readonly allocations: Allocations | undefined;
  /** Whether it should be said: it is new, has its lines now, or has not been said for 500 invocations. */
  readonly isNews: boolean;
}

/** Options of the retention watch; every field is optional. */
export interface RetentionOptions extends MeterOptions {
  /** Resident bytes at which the environment is full. Default: the memory size minus what the watermark keeps free. */
  readonly limitBytes?: number;
  /** Default: those of `thresholds.ts`. */
  readonly thresholds?: Partial<Thresholds>;
  /** Default: V8's sampling heap profiler. */
  readonly startProfile?: () => AllocationProfile | undefined;
}

/** A watch over the memory that is still alive after each invocation. */
export interface RetentionWatch {
  /** Whether allocations are sampled. */
  readonly isSampling: boolean;
  /**
   * Call it at the end of every invocation, when its event and records are no longer referenced. `remainingMs` is what is left
   * until the deadline: with less than a second nothing is collected. `arrivingBytes` is what its event took before the first
   * record ran: as much must be free for the next one. With `isQuiet: false` other invocations are under way in this process, and
   * their memory is alive, too.
   */
  observe(remainingMs: number, arrivingBytes?: number, isQuiet?: boolean): RetentionVerdict;
}

const silent: RetentionVerdict = { state: 'silent' };
const minRemainingMs = 1000;

/** Starts a watch that has seen nothing; one that cannot collect stays silent. */
export function createRetentionWatch(options: RetentionOptions = {}): RetentionWatch {
  const limits = { ...thresholds, ...options.thresholds };
  const { limitBytes = Infinity, startProfile = startAllocationProfile } = options;
  let largestBytes = 0;
  const headroomOf = (reading: MemoryReading): number => toHeadroom(reading, limitBytes - largestBytes);
  const meter = createLiveSetMeter(options, limits, {
    headroomOf,
    gateOf: (headroomBytes) => toGate(headroomBytes, limits),
  });
  let invocation = 0;
  let verdict: RetentionVerdict = silent;
  let sampling: { readonly until: number; readonly profile: AllocationProfile | undefined } | undefined;
  let isSampled = false;
  let saidAt = 0;

  const judge = (taken: LiveSetMeter): RetentionVerdict => {
    if (!taken.readings) return silent;
    const [first, newest] = taken.readings;
    const before = verdict.state === 'growing' ? verdict : undefined;
    const findOutside = (): Growth | undefined =>
      findGrowth(taken.outside, headroomOf(newest), toOutsideLimits(limits));
    const inside = findGrowth(taken.live, headroomOf(newest), limits);
    // V8 keeps pages of objects that are gone, which look like memory of somebody else's.
    if (!inside && !before && findOutside()) taken.confirmOutside();
    const growth = inside ?? findOutside();
    if (!growth) return silent;
    return {
      state: 'growing',
      ...growth,
      where: inside ? 'live set' : 'outside V8',
      heapShare: toHeapShare(first, newest),
      allocations: before?.allocations,
      isNews: !before || invocation - saidAt >= limits.sayAgainInvocations,
    };
  };

  /** Samples allocations for a while after growth was found, and names their lines once. */
  const sample = (found: RetentionFinding): RetentionFinding => {
    if (isSampled) return found;
    sampling ??= { until: invocation + limits.sampledInvocations, profile: startProfile() };
    if (invocation < sampling.until) return found;
    meter?.collect();
    const allocations = sampling.profile?.finish();
    isSampled = true;
    return { ...found, allocations, isNews: allocations !== undefined };
  };

  return {
    get isSampling() {
      return sampling !== undefined && !isSampled;
    },
    observe(remainingMs, arrivingBytes = 0, isQuiet = true) {
      invocation++;
      largestBytes = Math.max(largestBytes, arrivingBytes);
      if (verdict.state === 'growing') verdict = { ...verdict, isNews: false };
      if (!meter || remainingMs < minRemainingMs) return verdict;
      if (meter.observe(isQuiet)) verdict = judge(meter);
      if (verdict.state === 'growing') verdict = sample(verdict);
      if (verdict.state === 'growing' && verdict.isNews) saidAt = invocation;
      return verdict;
    },
  };
}

/** A finding as it is logged: whole bytes, and `text` for people. */
export function toRetentionFields(finding: RetentionFinding): LogFields {
  const {
    bytesPerInvocation,
    range,
    invocationsLeft,
    sinceInvocation,
    grownBytes,
    where,
    heapShare,
    allocations,
  } = finding;
  const kb = Math.round(bytesPerInvocation / 1024);
  const [line] = allocations?.lines ?? [];
  const allocated = line ? `; what stays is allocated in ${line.function}, ${line.at}` : '';
  return {
    text: `memory grows by ${kb} KB per invocation since invocation ${sinceInvocation}, the environment is full in about ${invocationsLeft} invocations${allocated}`,
    bytesPerInvocation: Math.round(bytesPerInvocation),
    range: range.map(Math.round),
    invocationsLeft,
    sinceInvocation,
    grownBytes: Math.round(grownBytes),
    where,
    heapShare,
    ...allocations,
  };
}

/** Memory outside of V8 tells later: pools and fragments look like growth for a while. */
function toOutsideLimits(limits: Thresholds): Thresholds {
  const { outsideGates: times } = limits;
  return { ...limits, gateBytes: limits.gateBytes * times, gateShare: limits.gateShare * times };
}

/** Bytes until the environment is full, or V8 gives up; of a reading right after a full collection. */
function toHeadroom(reading: MemoryReading, limitBytes: number): number {
  // What is free on the heap can be used, or be given back.
  const untilFull = limitBytes - outsideBytes(reading) - usedBytes(reading);
  return Math.max(
    0,
    Math.min(
      untilFull,
      process.getBuiltinModule('node:v8').getHeapStatistics().heap_size_limit - reading.heapUsed,
    ),
  );
}

function toHeapShare(first: MemoryReading, newest: MemoryReading): number {
  const heap = Math.max(0, newest.heapUsed - first.heapUsed);
  const external = Math.max(
    0,
    Math.max(newest.external, newest.arrayBuffers) - Math.max(first.external, first.arrayBuffers),
  );
  return heap + external > 0 ? Math.round((heap / (heap + external)) * 100) / 100 : 1;
}
