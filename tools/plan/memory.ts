// What memory the plan's largest batch needs, against the size that it is given. An estimate from averages; the refusals at
// synth judge the worst case that the limits allow.

import { toEventBytes, toLargestBatch } from './batch.ts';
import type { Workload } from './workload.ts';

const bytesPerMb = 1_048_576;
/** Resident memory of Node 24 with the runtime, the logger and an S3 client, before any record: 63..74 MB measured. */
const floorMb = 70;
/** An event as it arrives is held three times over: its body, its text, and the object of it; 19.4 MB for 6 measured. */
const eventCopies = 19.4 / 6;

/** Megabytes that the largest batch of average records needs. */
export function toNeededMb(workload: Workload): number {
  const { valueBytes, ratio, order, concurrency, maxDecompressedBytesInFlight } = workload;
  const { records } = toLargestBatch(workload);
  const decompressed = valueBytes * Math.max(1, ratio);
  const atOnce = Math.min(order === 'partition' ? workload.partitions : concurrency, concurrency, records);
  const inFlight = Math.max(decompressed, Math.min(maxDecompressedBytesInFlight, atOnce * decompressed));
  // One record more: it is decompressed into a scratch area first.
  const bytes = eventCopies * toEventBytes(workload, records) + inFlight + decompressed;
  return Math.ceil(floorMb + bytes / bytesPerMb);
}
