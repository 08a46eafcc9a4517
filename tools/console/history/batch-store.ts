// The batches that are kept, within bounds of count, bytes and time. What had trouble is kept longer than what went well, and what was
// dropped is counted.
import type { BatchOutcome, Call, Discard, HistoryState, LogLine } from '../wire.ts';

/** Bounds of what is kept. */
export interface HistoryLimits {
  /** Batches that went well. Default 2,000. */
  readonly maxGood: number;
  /** Batches with trouble. Default 1,000. */
  readonly maxTroubled: number;
  /** Text of log lines and answers. Default 24 MB. */
  readonly maxBytes: number;
  /** Default one hour. */
  readonly maxAgeMs: number;
  /** Calls kept of one batch: the first ones, and the last ones. Default 200. */
  readonly maxCalls: number;
}

export const usualLimits: HistoryLimits = {
  maxGood: 2000,
  maxTroubled: 1000,
  maxBytes: 24 * 1024 * 1024,
  maxAgeMs: 3_600_000,
  maxCalls: 200,
};

/** An invocation with what it has printed and answered. */
export interface KeptCall {
  readonly call: Call;
  readonly batch: number;
  readonly consumer: string;
  readonly logs: readonly LogLine[];
  readonly droppedLogs: number;
  readonly response: string | null;
  readonly errorMessage: string | null;
  readonly trace: readonly string[];
  /** The runtime's own line behind the environment's call before it. */
  readonly lineBefore: string | undefined;
}

/** A batch that is kept. */
export interface KeptBatch {
  readonly number: number;
  readonly consumer: string;
  readonly startedAt: number;
  readonly calls: readonly KeptCall[];
  readonly discards: readonly Discard[];
  readonly droppedCalls: number;
  readonly outcome: BatchOutcome;
}

/** A batch while it grows. */
export interface BatchDraft extends KeptBatch {
  calls: KeptCall[];
  discards: Discard[];
  droppedCalls: number;
  outcome: BatchOutcome;
  bytes: number;
}

/** Batches by their numbers, in the order in which they began. */
export interface BatchStore {
  /** The batch of this number, which begins now if it is new. */
  readonly open: (number: number, consumer: string, startedAt: number) => BatchDraft;
  /** Judges a batch that has grown by so many bytes, and drops what is too much now. */
  readonly settle: (batch: BatchDraft, grownBytes: number) => void;
  readonly get: (number: number) => BatchDraft | undefined;
  /** Oldest first. */
  readonly all: () => readonly BatchDraft[];
  readonly state: () => HistoryState;
}

/** Starts empty; `onDrop` is told of every batch that goes. */
export function createBatchStore(
  { maxGood, maxTroubled, maxBytes, maxAgeMs }: HistoryLimits,
  { now, onDrop }: { readonly now: () => number; readonly onDrop: (batch: BatchDraft) => void },
): BatchStore {
  const kept = new Map<number, BatchDraft>();
  const sizes = { bytes: 0, dropped: 0, newest: 0, troubled: 0 };

  const drop = (batch: BatchDraft): void => {
    kept.delete(batch.number);
    sizes.bytes -= batch.bytes;
    if (batch.outcome !== 'ok') sizes.troubled--;
    sizes.dropped++;
    onDrop(batch);
  };

  const dropOldest = (isGood: boolean): boolean => {
    for (const batch of kept.values()) {
      // The newest one is still growing.
      if (batch.number === sizes.newest || (batch.outcome === 'ok') !== isGood) continue;
      drop(batch);
      return true;
    }
    return false;
  };

  const trim = (): void => {
    const oldestAllowed = now() - maxAgeMs;
    for (const batch of kept.values()) {
      if (batch.startedAt >= oldestAllowed) break;
      drop(batch);
    }
    while (kept.size - sizes.troubled > maxGood) if (!dropOldest(true)) break;
    while (sizes.troubled > maxTroubled) if (!dropOldest(false)) break;
    while (sizes.bytes > maxBytes) if (!dropOldest(true) && !dropOldest(false)) break;
  };

  return {
    open(number, consumer, startedAt) {
      const known = kept.get(number);
      if (known !== undefined) return known;
      const batch: BatchDraft = {
        number,
        consumer,
        startedAt,
        calls: [],
        discards: [],
        droppedCalls: 0,
        outcome: 'ok',
        bytes: 0,
      };
      kept.set(number, batch);
      sizes.newest = Math.max(sizes.newest, number);
      return batch;
    },
    settle(batch, grownBytes) {
      const outcome = toOutcome(batch);
      sizes.troubled += Number(outcome !== 'ok') - Number(batch.outcome !== 'ok');
      sizes.bytes += grownBytes;
      batch.bytes += grownBytes;
      batch.outcome = outcome;
      trim();
    },
    get: (number) => kept.get(number),
    all: () => [...kept.values()],
    state() {
      const [oldest] = kept.values();
      return {
        batches: kept.size,
        droppedBatches: sizes.dropped,
        oldestAt: oldest?.startedAt ?? null,
        bytes: sizes.bytes,
        newest: sizes.newest,
      };
    },
  };
}

function toOutcome({ calls, discards }: Pick<BatchDraft, 'calls' | 'discards'>): BatchOutcome {
  if (discards.length > 0) return 'discarded';
  const last = calls.at(-1)?.call;
  if (last === undefined) return 'ok';
  if (last.status !== 'ok') return 'failing';
  return calls.length > 1 ? 'retried' : 'ok';
}
