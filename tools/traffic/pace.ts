// A steady number of records per second, for traffic that should look like a service instead of a flood.
import { setTimeout as delay } from 'node:timers/promises';

/** The turns of a steady pace. */
export interface Pace {
  /** Whether the next turn is still to come: time to send what is pending. */
  isEarly(): boolean;
  /** Waits for the next turn, or for the abort of the signal. */
  wait(): Promise<void>;
}

/** Makes turns `1 / recordsPerSecond` apart, from now on; without a number every turn is due at once. */
export function createPace(recordsPerSecond: number | undefined, signal: AbortSignal): Pace {
  if (recordsPerSecond === undefined) return { isEarly: () => false, wait: async () => {} };
  const startedMs = performance.now();
  let turns = 0;
  const earlyMs = (): number => startedMs + (turns * 1_000) / recordsPerSecond - performance.now();
  return {
    isEarly: () => earlyMs() > 0,
    async wait() {
      const waitMs = earlyMs();
      turns += 1;
      // Only the abort can reject, and the caller looks at the signal itself.
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
    },
  };
}
