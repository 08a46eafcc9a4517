// What an invocation has weighed, stage by stage, and what the process weighs after it. Plain numbers: the log line and
// the metrics are two ways to write them down.

/** Counts that an invocation adds to as it goes, in bytes. */
export interface Ledger {
  readonly records: number;
  /** Base64 text of keys and values. */
  eventBytes: number;
  /** Epoch milliseconds of the oldest record; Infinity when none has a timestamp. */
  oldestTimestamp: number;
  /** Values after base64, before decompression. */
  decodedBytes: number;
  /** Values after decompression. */
  decompressedBytes: number;
  /** What `keep()` and `toBuffer()` have handed out. */
  keptBytes: number;
}

/** The ledger of an invocation that has ended. Bytes unless a name says otherwise. */
export interface LedgerSummary {
  readonly eventBytes: number;
  readonly decodedBytes: number;
  readonly decompressedBytes: number;
  /** `decompressedBytes` / `decodedBytes`; undefined when nothing was decoded. */
  readonly decompressionRatio: number | undefined;
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

/** What is weighed of a record. */
export interface WeighedRecord {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly timestamp: number;
}

/** Opens the ledger of an event of so many records; nothing is weighed yet. */
export function openLedger(records: number): Ledger {
  return {
    records,
    eventBytes: 0,
    oldestTimestamp: Infinity,
    decodedBytes: 0,
    decompressedBytes: 0,
    keptBytes: 0,
  };
}

/** Adds a record as it stands in the event: once, when it starts or is reported unstarted; a pass of its own costs 0.5 %. */
export function weighRecord(ledger: Ledger, { key, value, timestamp }: WeighedRecord): void {
  ledger.eventBytes += (key?.length ?? 0) + (value?.length ?? 0);
  // A record without a timestamp has -1.
  if (timestamp >= 0 && timestamp < ledger.oldestTimestamp) ledger.oldestTimestamp = timestamp;
}

/** What is known of the process during an invocation. */
export interface ProcessMemory {
  /** The highest reading of the invocation. */
  readonly peakBytes: number;
  readonly limitBytes: number;
}

/** Closes a ledger with a reading of the process's memory (10 us). `nowMs` is in epoch milliseconds. */
export function closeLedger(
  ledger: Ledger,
  { peakBytes, limitBytes }: ProcessMemory,
  nowMs: number,
): LedgerSummary {
  const { eventBytes, decodedBytes, decompressedBytes, keptBytes, oldestTimestamp } = ledger;
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const rssBytes = Math.max(peakBytes, rss);
  return {
    eventBytes,
    decodedBytes,
    decompressedBytes,
    decompressionRatio: decodedBytes > 0 ? round(decompressedBytes / decodedBytes) : undefined,
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
