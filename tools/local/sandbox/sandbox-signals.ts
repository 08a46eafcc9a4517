// What a sandbox hears of its function, in one order: what the runtime says comes by HTTP, what the process does by its
// exit. Its own file because a queue with one waiter and a time limit is easy to get wrong.
import type { RuntimeFailure } from './runtime-api.ts';
import type { ProcessEnd } from './process/sandbox-process.ts';

/** Something that the function's process said or did; `timeout`: nothing, for too long. */
export type Signal =
  | { readonly kind: 'next' }
  | { readonly kind: 'response'; readonly body: string }
  | { readonly kind: 'error'; readonly failure: RuntimeFailure }
  | { readonly kind: 'initError'; readonly failure: RuntimeFailure }
  | { readonly kind: 'ended'; readonly end: ProcessEnd }
  | { readonly kind: 'timeout' };

/** The queue of one sandbox. */
export interface Signals {
  readonly push: (signal: Signal) => void;
  /** The next thing that the process said or did; `timeout` after `limitMs`. */
  readonly next: (limitMs: number) => Promise<Signal>;
}

/** Makes an empty queue; one reader at a time. */
export function createSignals(): Signals {
  const queue: Signal[] = [];
  let waiting: ((signal: Signal) => void) | undefined;
  const take = (): typeof waiting => {
    // At most one signal goes to a waiter; the next one may come before it has run on.
    const taken = waiting;
    waiting = undefined;
    return taken;
  };
  return {
    push(signal) {
      const to = take();
      if (to === undefined) queue.push(signal);
      else to(signal);
    },
    async next(limitMs) {
      const ready = queue.shift();
      if (ready !== undefined) return ready;
      const { promise, resolve } = Promise.withResolvers<Signal>();
      waiting = resolve;
      const timer = Number.isFinite(limitMs)
        ? setTimeout(() => take()?.({ kind: 'timeout' }), limitMs)
        : undefined;
      const signal = await promise;
      clearTimeout(timer);
      return signal;
    },
  };
}
