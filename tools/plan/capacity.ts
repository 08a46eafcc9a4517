// What it takes to keep up with a rate: pollers, invocations at once, records in each; and what stands in the way.

import { toDurationMs, toLargestBatch, toPace } from './batch.ts';
import type { Workload } from './workload.ts';

/** What a poller takes at most, in bytes per second (AWS Lambda guide, Kafka scaling modes). */
export const pollerBytesPerSecond = 5_000_000;
/** How many invocations a poller has at once at most (same page). */
export const pollerInvocations = 5;

/** A billing unit holds 10 pollers by default and moves 20 MB/s (same page). */
const unitPollers = 10;
const unitBytesPerSecond = 20_000_000;

/** What a rate takes. */
export interface Load {
  /** Pollers that run. */
  readonly pollers: number;
  /** Event poller units that are billed for them. */
  readonly units: number;
  /** Records in an invocation, on average. */
  readonly records: number;
  readonly durationMs: number;
  readonly invocationsPerSecond: number;
  /** Invocations at once, on average. */
  readonly concurrency: number;
  /** False when records come faster than they are consumed. */
  readonly keepsUp: boolean;
}

/** Bytes that a record has in Kafka, without its share of the record batch's frame. */
export function toRecordBytes({ valueBytes, keyBytes, headerBytes }: Workload): number {
  return valueBytes + keyBytes + headerBytes;
}

/**
 * The fewest pollers that keep up with `rate` records a second, or all that there may be when even those do not.
 *
 * Batches gather for the window, and grow beyond it while all invocations that a poller may have are busy.
 */
export function toLoad(workload: Workload, rate: number): Load {
  const most = Math.min(workload.maxPollers, workload.partitions);
  for (let pollers = Math.min(workload.minPollers, most); ; pollers++) {
    const load = withPollers(workload, rate, pollers);
    if (load.keepsUp || pollers >= most) return load;
  }
}

function withPollers(workload: Workload, rate: number, pollers: number): Load {
  const pace = toPace(workload);
  const largest = toLargestBatch(workload).records;
  // A partition has one batch under way, so that its order is kept.
  const slots = Math.min(pollerInvocations * pollers, workload.partitions);
  const gathered = Math.max(1, (rate / pollers) * workload.maximumBatchingWindowSeconds);
  const idleMs = slots * 1000 - rate * pace.perRecordMs;
  const crowded = idleMs > 0 ? (rate * pace.fixedMs) / idleMs : Infinity;
  const records = Math.min(largest, Math.max(gathered, crowded));
  const durationMs = toDurationMs(pace, records);
  const invocationsPerSecond = records === 0 ? 0 : rate / records;
  const bytesPerSecond = rate * toRecordBytes(workload);
  const concurrency = (invocationsPerSecond * durationMs) / 1000;
  return {
    pollers,
    units: Math.ceil(Math.max(pollers / unitPollers, bytesPerSecond / unitBytesPerSecond)),
    records,
    durationMs,
    invocationsPerSecond,
    concurrency,
    keepsUp:
      records > 0 && concurrency <= slots * (1 + 1e-9) && bytesPerSecond <= pollers * pollerBytesPerSecond,
  };
}
