// Waits until everything up to given offsets is committed. Its own file because any number may wait, for different offsets,
// and closing the run must end all of their waits.
import { LocalError } from './error.ts';
import type { StatusCounter } from './mapping/mapping-status.ts';

/** End offsets (the next offset that would be written) by topic and partition. */
export type EndOffsets = Readonly<Record<string, Readonly<Record<number, number>>>>;

/** A mapping whose commits are waited for. */
export interface Committing {
  readonly mapping: { readonly topic: string; readonly consumer: string };
  readonly status: Pick<StatusCounter, 'committedAt' | 'stopped'>;
}

/** Those who wait in one run. */
export interface CommitWaits {
  /**
   * Resolves once all of `running` have committed what lies before these offsets of their topics.
   * @throws {LocalError} `MAPPING_STOPPED` when one of them never will, `CLOSED` after `close`.
   */
  readonly wait: (running: readonly Committing[], endOffsets: EndOffsets) => Promise<void>;
  /** Looks again: something was committed, or a mapping has stopped. */
  readonly check: () => void;
  readonly close: () => void;
}

interface Waiter {
  readonly check: () => void;
  readonly reject: (error: LocalError) => void;
}

/** Starts with nobody waiting. */
export function createCommitWaits(): CommitWaits {
  const waiters = new Set<Waiter>();
  return {
    async wait(running, endOffsets) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = {
        check() {
          const behind = running.filter((each) => !hasCommitted(each, endOffsets));
          const stopped = behind.find(({ status }) => status.stopped() !== undefined);
          if (behind.length === 0) resolve();
          else if (stopped !== undefined) reject(toStoppedError(stopped));
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
    close() {
      for (const { reject } of waiters)
        reject(new LocalError('CLOSED', 'the local run was closed before it was drained'));
    },
  };
}

function hasCommitted({ mapping, status }: Committing, endOffsets: EndOffsets): boolean {
  return Object.entries(endOffsets[mapping.topic] ?? {}).every(
    ([partition, end]) => status.committedAt(Number(partition)) >= end,
  );
}

function toStoppedError({ mapping, status }: Committing): LocalError {
  const message = `the mapping of ${mapping.consumer} was stopped: ${status.stopped()}`;
  return new LocalError('MAPPING_STOPPED', message);
}
