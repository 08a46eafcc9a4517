// What an invocation has weighed, stage by stage, and what the process weighs after it. Plain numbers: the log line and
// the metrics are two ways to write them down.

import type { Lane } from '../lanes.ts';
import type { Watermark } from './watermark.ts';

/** Counts that an invocation adds to as it goes, in bytes. */
export interface Ledger {
  readonly records: number;
  /** Base64 text of all keys and values of the event. */
  readonly eventBytes: number;
  /** Epoch milliseconds of the oldest record; Infinity when none has a timestamp. */
  readonly oldestTimestamp: number;
  /** Values after base64, before decompression. */
  decodedBytes: number;
  /** Values after decompression. */
  inflatedBytes: number;
  /** What `keep()` and `copyBytes()` have handed out. */
  keptBytes: number;
}

/** The ledger of an invocation that has ended. Bytes unless a name says otherwise. */
export interface LedgerSummary {
  readonly eventBytes: number;
  readonly decodedBytes: number;
  readonly inflatedBytes: number;
  /** `inflatedBytes` / `decodedBytes`; undefined when nothing was decoded. */
  readonly inflationRatio: number | undefined;
  readonly keptBytes: number;
  /** How long ago the oldest record was produced; undefined when no record has a timestamp. */
  readonly oldestRecordAgeMs: number | undefined;
  /** Resident memory: the highest reading of the invocation. */
  readonly rssBytes: number;
  /** After the invocation: the heap in use, garbage included. */
  readonly heapUsedBytes: number;
  /** Outside the heap but held by objects in it; array buffers included. */
  readonly externalBytes: number;
  readonly arrayBufferBytes: number;
  /** Undefined where there is no limit, as outside of Lambda. */
  readonly memoryLimitBytes: number | undefined;
  /** `rssBytes` in percent of the limit. */
  readonly memoryUsedPercent: number | undefined;
}

/** Opens the ledger of an event that has been dealt to lanes. */
export function openLedger(lanes: readonly Lane[]): Ledger {
  let records = 0;
  let eventBytes = 0;
  let oldestTimestamp = Infinity;
  for (const lane of lanes) {
    records += lane.records.length;
    for (const record of lane.records) {
      if (record === undefined) continue;
      eventBytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
      // A record without a timestamp has -1.
      if (record.timestamp >= 0 && record.timestamp < oldestTimestamp) oldestTimestamp = record.timestamp;
    }
  }
  return { records, eventBytes, oldestTimestamp, decodedBytes: 0, inflatedBytes: 0, keptBytes: 0 };
}

/** Closes a ledger with a reading of the process's memory (10 us). `nowMs` is in epoch milliseconds. */
export function closeLedger(ledger: Ledger, watermark: Watermark, nowMs: number): LedgerSummary {
  const { eventBytes, decodedBytes, inflatedBytes, keptBytes, oldestTimestamp } = ledger;
  const { limitBytes } = watermark;
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const rssBytes = Math.max(watermark.peakBytes, rss);
  return {
    eventBytes,
    decodedBytes,
    inflatedBytes,
    inflationRatio: decodedBytes > 0 ? round(inflatedBytes / decodedBytes) : undefined,
    keptBytes,
    oldestRecordAgeMs: oldestTimestamp < Infinity ? Math.max(0, nowMs - oldestTimestamp) : undefined,
    rssBytes,
    heapUsedBytes: heapUsed,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    memoryLimitBytes: limitBytes < Infinity ? limitBytes : undefined,
    memoryUsedPercent: limitBytes < Infinity ? round((rssBytes / limitBytes) * 100) : undefined,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
