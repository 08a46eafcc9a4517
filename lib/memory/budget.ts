// How many inflated bytes may be under way at once in one invocation.

/**
 * A first-come-first-served budget of bytes.
 *
 * Non-obvious: nobody overtakes a waiter, or small records would starve a large one; and a record larger than the
 * whole budget counts as exactly the budget, so it runs, alone.
 */
export interface ByteBudget {
  /** Takes `bytes` now; false when they do not fit or somebody already waits. */
  tryTake(bytes: number): boolean;
  /** Takes `bytes` as soon as all who waited before have theirs. */
  take(bytes: number): Promise<void>;
  /** Gives back what was taken, with the same number. */
  give(bytes: number): void;
  /** Bytes free at this moment; 0 while somebody waits. */
  readonly free: number;
  /** The most that was out at once. */
  readonly peak: number;
}

/** Starts a budget of `maxBytes` (at least 1) with nothing taken. */
export function createByteBudget(maxBytes: number): ByteBudget {
  let taken = 0;
  let peak = 0;
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  const capped = (bytes: number): number => Math.min(bytes, maxBytes);
  const add = (bytes: number): void => {
    taken += bytes;
    if (taken > peak) peak = taken;
  };

  return {
    tryTake(bytes) {
      if (waiting.length > 0 || taken + capped(bytes) > maxBytes) return false;
      add(capped(bytes));
      return true;
    },
    take(bytes) {
      if (this.tryTake(bytes)) return Promise.resolve();
      return new Promise((start) => waiting.push({ bytes: capped(bytes), start }));
    },
    give(bytes) {
      taken -= capped(bytes);
      for (let next = waiting[0]; next && taken + next.bytes <= maxBytes; next = waiting[0]) {
        waiting.shift();
        add(next.bytes);
        next.start();
      }
    },
    get free() {
      return waiting.length > 0 ? 0 : maxBytes - taken;
    },
    get peak() {
      return peak;
    },
  };
}
