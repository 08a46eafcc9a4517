// The end of an invocation's time, in the steps in which an invocation prepares for it.
//
//   |---- records start ----|---- margin: none starts --------------------------------------|
//   start                   startUntil      signal aborts      lanes close      hooks close  deadline
//                           margin          margin / 2         margin / 4       margin / 8

/** The deadline of one invocation. Times are of the clock that it is made with, in epoch milliseconds. */
export class Deadline {
  /** After this no new record starts. */
  readonly startUntil: number;
  /** Aborts half a margin before the deadline. */
  readonly signal: AbortSignal;
  /** Resolves once whatever is under way must be given up, so that there is time to answer. */
  readonly lanesClose: Promise<void>;
  /** Resolves once a hook must be given up. */
  readonly hooksClose: Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor({ timeoutSeconds, remainingMs, startedAt }: DeadlineOptions) {
    const marginMs = stopMarginMs(timeoutSeconds);
    const controller = new AbortController();
    this.startUntil = startedAt + remainingMs - marginMs;
    this.signal = controller.signal;
    this.#at(remainingMs - marginMs / 2, () => {
      controller.abort(new DOMException('the invocation is near its deadline', 'TimeoutError'));
    });
    this.lanesClose = new Promise((resolve) => this.#at(remainingMs - marginMs / 4, resolve));
    this.hooksClose = new Promise((resolve) => this.#at(remainingMs - marginMs / 8, resolve));
  }

  /** Ends the timers; what has not resolved never will. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #at(delayMs: number, act: () => void): void {
    this.#timers.push(setTimeout(act, Math.max(0, delayMs)));
  }
}

/** What a deadline is made of. */
export interface DeadlineOptions {
  /** The definition's. */
  readonly timeoutSeconds: number;
  /** Until Lambda ends the function, at its start. */
  readonly remainingMs: number;
  readonly startedAt: number;
}

/** How long before the deadline no new record starts: a tenth of the timeout, between 0.5 s and 10 s. */
function stopMarginMs(timeoutSeconds: number): number {
  return Math.min(10_000, Math.max(500, timeoutSeconds * 100));
}
