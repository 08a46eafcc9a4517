// The memory contract as arithmetic: what a consumer must be able to hold at once, against the size it is given. It is
// the least that can be needed, not an estimate, so what is refused here cannot work.

import type { Finding, RuleInput } from './rule.ts';

const bytesPerMb = 1_048_576;
const eventMb = 6; // an invocation's payload limit
const eventLimitBytes = eventMb * bytesPerMb;

/** Resident memory of Node 24 with the runtime, the logger and an S3 client, before any record: 63..74 MB measured. */
const floorMb = 70;
/** An event of 6 MB as it arrives: its body, its text, and the object of it; 6 + 6 + 7.4 MB measured. */
const eventCopies = 19.4 / 6;
/** Around a lone record: addresses, topic, offset, timestamps; a key and headers come on top. */
const envelopeBytes = 2_048;

/** `MEMORY_BELOW_BUDGET` */
export function memoryBelowBudget({ definition, mapping, partitions }: RuleInput): Finding | undefined {
  const { maxDecompressedBytesPerRecord: perRecord, maxDecompressedBytesInFlight: budget } =
    definition.limits;
  const { sizeMb } = definition.memory;
  const lanes = definition.order === 'partition' && partitions !== undefined ? partitions : Infinity;
  const atOnce = Math.min(definition.concurrency, mapping.BatchSize ?? 100, lanes);
  // A record larger than the budget runs alone, so a single one always counts in full.
  const inFlight = Math.max(perRecord, Math.min(budget, atOnce * perRecord));
  // A value is decompressed into a scratch area first, which stays. Without a format values are not opened at all.
  const decompressed = definition.value === undefined ? 0 : inFlight + perRecord;
  const neededMb = Math.ceil(floorMb + eventCopies * eventMb + decompressed / bytesPerMb);
  if (neededMb <= sizeMb) return undefined;
  return {
    field: 'memory.sizeMb',
    got: `${sizeMb} with ${atOnce} records at once of limits.maxDecompressedBytesPerRecord ${perRecord}, limits.maxDecompressedBytesInFlight ${budget}`,
    why: `one legal batch needs at least ${neededMb} MB: ${floorMb} for Node and the runtime, ${Math.ceil(eventCopies * eventMb)} for an event of ${eventMb} MB, the rest for decompressed records; AWS kills the function, and again on every retry`,
    remedy: `set memory.sizeMb to ${neededMb} or more, or lower the limits`,
  };
}

/** `MEMORY_BELOW_MEASURED_PEAK` */
export function memoryBelowMeasuredPeak({ definition }: RuleInput): Finding | undefined {
  const { sizeMb, measuredPeakMb } = definition.memory;
  if (measuredPeakMb === undefined || measuredPeakMb < sizeMb) return undefined;
  return {
    field: 'memory.sizeMb',
    got: `${sizeMb} with measuredPeakMb ${measuredPeakMb}`,
    why: 'the consumer has already been seen to need as much or more; AWS kills a function at its size',
    remedy: `set memory.sizeMb above ${measuredPeakMb}, or measure again`,
  };
}

/** `RECORD_ABOVE_EVENT_LIMIT` */
export function recordAboveEventLimit({ definition, maxRecordBytes }: RuleInput): Finding | undefined {
  // Without compression a value is in Kafka as large as it is decompressed.
  const { compression, value, limits } = definition;
  const uncompressed =
    compression === 'none' && value !== undefined ? limits.maxDecompressedBytesPerRecord : undefined;
  const largest = maxRecordBytes ?? uncompressed;
  if (largest === undefined) return undefined;
  const eventBytes = Math.ceil(largest / 3) * 4 + envelopeBytes;
  if (eventBytes <= eventLimitBytes) return undefined;
  const most = Math.floor((eventLimitBytes - envelopeBytes) / 4) * 3;
  return {
    field: maxRecordBytes === undefined ? 'limits.maxDecompressedBytesPerRecord' : 'maxRecordBytes',
    got: largest,
    why: `as base64 one such record makes an event of ${eventBytes} bytes, above ${eventLimitBytes}: AWS never calls the function with it`,
    remedy: `let producers stay at ${most} bytes or less (max.message.bytes of the topic) and say so in maxRecordBytes, or have them send a claim check`,
  };
}
