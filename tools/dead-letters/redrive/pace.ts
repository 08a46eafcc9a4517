// How fast a redrive goes: from slow to the rate that was asked for, and stopped when too much fails.
import { setTimeout as delay } from 'node:timers/promises';

/** A pace. */
export interface Pace {
  /** Resolves when so many more records may be sent. Rejects with the signal's reason. */
  readonly take: (records: number) => Promise<void>;
}

/** A redrive starts at this share of its rate and doubles each `rampMs` until it is there. */
const startShare = 0.1;
const rampMs = 5_000;

/** Makes the pace of `rate` records a second; `now` is a clock in ms. */
export function createPace(
  rate: number,
  { signal, now = () => performance.now() }: { readonly signal: AbortSignal; readonly now?: () => number },
): Pace {
  const startedMs = now();
  let nextMs = startedMs;
  return {
    async take(records) {
      const waitMs = nextMs - now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      signal.throwIfAborted();
      nextMs = Math.max(nextMs, now()) + (records * 1000) / rateAt(rate, now() - startedMs);
    },
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
