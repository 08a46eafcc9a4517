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
  /** Records a second that are consumed: the rate, or less when it is more than the pollers can take. */
  readonly recordsPerSecond: number;
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

/** Event poller units that pollers and bytes fill, with a fraction. */
export function toUnitShare(pollers: number, bytesPerSecond: number): number {
  return Math.max(pollers / unitPollers, bytesPerSecond / unitBytesPerSecond);
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
  const most = toMostRecords(workload, pollers);
  // What is over it waits in the topic, and is neither moved nor paid for.
  const taken = Math.min(rate, most);
  const pace = toPace(workload);
  const slots = toSlots(workload, pollers);
  const gathered = Math.max(1, (taken / pollers) * workload.maximumBatchingWindowSeconds);
  const idleMs = slots * 1000 - taken * pace.perRecordMs;
  const crowded = idleMs > 0 ? (taken * pace.fixedMs) / idleMs : Infinity;
  const records = Math.min(toLargestBatch(workload).records, Math.max(gathered, crowded));
  const durationMs = toDurationMs(pace, records);
  const invocationsPerSecond = records === 0 ? 0 : taken / records;
  const bytesPerSecond = taken * toRecordBytes(workload);
  return {
    recordsPerSecond: taken,
    pollers,
    units: Math.ceil(toUnitShare(pollers, bytesPerSecond)),
    records,
    durationMs,
    invocationsPerSecond,
    concurrency: (invocationsPerSecond * durationMs) / 1000,
    keepsUp: rate <= most * (1 + 1e-9),
  };
}

/** Records a second that so many pollers take at most: all their invocations busy with full batches, or all their bandwidth. */
function toMostRecords(workload: Workload, pollers: number): number {
  const { records } = toLargestBatch(workload);
  if (records === 0) return 0;
  const perSlot = (records * 1000) / toDurationMs(toPace(workload), records);
  const byBandwidth = (pollers * pollerBytesPerSecond) / toRecordBytes(workload);
  return Math.min(toSlots(workload, pollers) * perSlot, byBandwidth);
}

/** Batches under way at once: a partition has one, so that its order is kept. */
function toSlots({ partitions }: Workload, pollers: number): number {
  return Math.min(pollerInvocations * pollers, partitions);
}
