// Waits until everything up to given offsets is committed. Its own file because any number may wait, for different offsets,
// and closing the run must end all of their waits.
import { LocalError } from './error.ts';
import type { StatusCounter } from './mapping-status.ts';

/** End offsets (the next offset that would be written) by topic and partition. */
export type EndOffsets = Readonly<Record<string, Readonly<Record<number, number>>>>;

/** What is drained. */
export interface Drained {
  readonly mapping: { readonly topic: string };
  readonly status: Pick<StatusCounter, 'committedAt'>;
}

/** Those who wait in one run. */
export interface Drain {
  /**
   * Resolves once all of `running` have committed what lies before these offsets of their topics.
   * @throws {LocalError} `CLOSED` after `giveUp`.
   */
  readonly wait: (running: readonly Drained[], endOffsets: EndOffsets) => Promise<void>;
  /** Looks again: something was committed. */
  readonly check: () => void;
  readonly giveUp: () => void;
}

interface Waiter {
  readonly check: () => void;
  readonly reject: (error: LocalError) => void;
}

/** Starts with nobody waiting. */
export function createDrain(): Drain {
  const waiters = new Set<Waiter>();
  return {
    async wait(running, endOffsets) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = {
        check() {
          if (isDrained(running, endOffsets)) resolve();
        },
        reject,
      };
      waiters.add(waiter);
      waiter.check();
      try {
        await promise;
      } finally {
        waiters.delete(waiter);
      }
    },
    check() {
      for (const waiter of waiters) waiter.check();
    },
    giveUp() {
      for (const { reject } of waiters)
        reject(new LocalError('CLOSED', 'the local run was closed before it was drained'));
    },
  };
}

function isDrained(running: readonly Drained[], endOffsets: EndOffsets): boolean {
  return running.every(({ mapping, status }) =>
    Object.entries(endOffsets[mapping.topic] ?? {}).every(
      ([partition, end]) => status.committedAt(Number(partition)) >= end,
    ),
  );
}
