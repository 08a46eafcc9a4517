// Cuts records into batches that may be under way side by side: of each key one batch at a time, and no batch larger than an invocation takes.
import type { FailedRecord } from '../../failed-record.ts';
import { toChains, toKeyName } from '../plan.ts';

/** Batches to be sent. */
export interface BatchQueue {
  /** The next batch whose keys are in no other batch under way; undefined when there is none. */
  readonly next: () => readonly FailedRecord[] | undefined;
  /** A batch is over; what waits behind the failed keys is taken out and given back. */
  readonly done: (batch: readonly FailedRecord[], failedKeys: ReadonlySet<string>) => readonly FailedRecord[];
}

/** Lambda takes 6 MB for an invocation; what is around the records needs little of it. */
const mostBytes = 5_500_000;

/** Makes the queue. A key with more records than fit into a batch goes in several, one after the other. */
export function createBatchQueue(records: readonly FailedRecord[], mostRecords: number): BatchQueue {
  const waiting = new Map(
    toChains(records).map((chain) => [toKeyName(chain[0] as FailedRecord), [...chain]]),
  );
  const busy = new Map<string, FailedRecord[]>();
  return {
    next() {
      const batch: FailedRecord[] = [];
      let bytes = 0;
      for (const [key, chain] of waiting) {
        const count = chain.findIndex((record, index) => {
          const isFull = batch.length + index >= mostRecords;
          const size = sizeOf(record);
          if (isFull || (bytes + size > mostBytes && batch.length + index > 0)) return true;
          bytes += size;
          return false;
        });
        if (count === 0) break;
        batch.push(...chain.splice(0, count === -1 ? chain.length : count));
        waiting.delete(key);
        busy.set(key, chain);
        if (count > 0) break;
      }
      return batch.length === 0 ? undefined : batch;
    },
    done(batch, failedKeys) {
      const held: FailedRecord[] = [];
      for (const key of new Set(batch.map(toKeyName))) {
        const chain = busy.get(key) ?? [];
        busy.delete(key);
        if (failedKeys.has(key)) held.push(...chain);
        else if (chain.length > 0) waiting.set(key, chain);
      }
      return held;
    },
  };
}

// Headers are lists of numbers in the event, four characters a byte at most.
function sizeOf({ record }: FailedRecord): number {
  const headers = (record?.headers ?? []).flatMap((header) => Object.values(header));
  return (
    500 +
    (record?.value?.length ?? 0) +
    (record?.key?.length ?? 0) +
    headers.reduce((sum, bytes) => sum + 100 + 5 * bytes.length, 0)
  );
}
