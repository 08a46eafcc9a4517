// How fast a redrive goes: from slow to the rate that was asked for, and stopped when too much fails.
import { setTimeout as delay } from 'node:timers/promises';

/** A pace. */
export interface Pace {
  /** Resolves when so many more records may be sent. Rejects with the signal's reason. */
  readonly take: (records: number) => Promise<void>;
  /** Waits before another attempt, longer each time in a row, and ramps up again from the start. Rejects with the signal's reason. */
  readonly backOff: () => Promise<void>;
  /** Something was taken: the next wait is short again. */
  readonly recover: () => void;
  /** Waits in a row. */
  readonly refusals: () => number;
}

/** A redrive starts at this share of its rate and doubles each `rampMs` until it is there. */
const startShare = 0.1;
const rampMs = 5_000;
const firstWaitMs = 250;
const longestWaitMs = 30_000;

/** Waits. Rejects with the signal's reason. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Makes the pace of `rate` records a second; `now` is a clock in ms. */
export function createPace(
  rate: number,
  {
    signal,
    now = () => performance.now(),
    sleep = async (ms, until) => await delay(ms, undefined, { signal: until }),
  }: { readonly signal: AbortSignal; readonly now?: () => number; readonly sleep?: Sleep },
): Pace {
  let startedMs = now();
  let nextMs = startedMs;
  let refusals = 0;
  return {
    async take(records) {
      const waitMs = nextMs - now();
      nextMs = Math.max(nextMs, now()) + (records * 1000) / rateAt(rate, now() - startedMs);
      if (waitMs > 0) await sleep(waitMs, signal);
      signal.throwIfAborted();
    },
    async backOff() {
      const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** refusals);
      refusals += 1;
      await sleep(waitMs, signal);
      signal.throwIfAborted();
      startedMs = now();
    },
    recover() {
      refusals = 0;
    },
    refusals: () => refusals,
  };
}

/** Records a second at this time after the start. */
export function rateAt(rate: number, elapsedMs: number): number {
  return Math.min(rate, rate * startShare * 2 ** Math.floor(elapsedMs / rampMs));
}

/** Records after which a share of failures means something. */
const leastForStop = 20;

/** Whether so many failures are reason to stop. */
export function isTooMany(failed: number, sent: number, stopAt: number): boolean {
  return sent >= leastForStop && failed > sent * stopAt;
}
