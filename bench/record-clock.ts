// What a record costs a consumer, from the commit of the first fifth of them to that of the fourth. Starts and cold sandboxes
// come before, and at both ends a consumer that reads ahead has done so as far as it does: up to the last commit, what it had
// read before the clock ran would count as work of that time.
import { performance } from 'node:perf_hooks';

/** Milliseconds per record: of the day, and of this process's processor time, which a busy machine disturbs less. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Counts commits. */
export interface RecordClock {
  /** Takes records that were committed; gives the cost of one once they are enough. */
  readonly committed: (count: number) => Cost | undefined;
}

/** Starts with nothing committed of `records`. */
export function createRecordClock(records: number): RecordClock {
  let done = 0;
  let start: (Cost & { readonly done: number }) | undefined;
  let cost: Cost | undefined;
  return {
    committed(count) {
      done += count;
      if (start === undefined && done >= records / 5) start = { ...now(), done };
      if (cost !== undefined || start === undefined || done < (records / 5) * 4) return cost;
      const { ms, cpuMs } = now();
      const measured = done - start.done;
      cost = { ms: (ms - start.ms) / measured, cpuMs: (cpuMs - start.cpuMs) / measured };
      return cost;
    },
  };
}

function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}
