// What a record costs a consumer, from the commit of the first fifth of them to the last: starts and cold sandboxes come
// before.
import { performance } from 'node:perf_hooks';

/** Milliseconds per record: of the day, and of this process's processor time, which a busy machine disturbs less. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Counts commits. */
export interface RecordClock {
  /** Takes records that were committed; gives the cost of one once they are all. */
  readonly committed: (count: number) => Cost | undefined;
}

/** Starts with nothing committed of `records`. */
export function createRecordClock(records: number): RecordClock {
  let done = 0;
  let start: (Cost & { readonly done: number }) | undefined;
  return {
    committed(count) {
      done += count;
      if (start === undefined && done >= records / 5) start = { ...now(), done };
      if (done < records || start === undefined) return undefined;
      const { ms, cpuMs } = now();
      const measured = records - start.done;
      return { ms: (ms - start.ms) / measured, cpuMs: (cpuMs - start.cpuMs) / measured };
    },
  };
}

function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMs: (user + system) / 1000 };
}
