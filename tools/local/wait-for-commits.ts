// Waits until everything up to given offsets is committed. Its own file because any number may wait, for different offsets,
// and closing the run must end all of their waits.
import { LocalError } from './error.ts';
import type { StatusCounter } from './mapping/mapping-status.ts';
import { pause } from './poller/pause.ts';

/** End offsets (the next offset that would be written) by partition of one topic. */
export type TopicEnds = Readonly<Record<number, number>>;

/** End offsets by topic. */
export type EndOffsets = Readonly<Record<string, TopicEnds>>;

/** A mapping whose commits are waited for. */
export interface Committing {
  readonly mapping: { readonly topic: string; readonly consumer: string };
  readonly status: Pick<StatusCounter, 'committedAt' | 'stopped'>;
  /** Whether the broker, too, says that what lies before these offsets is committed; false while it does not answer. */
  readonly hasCommitted: (ends: TopicEnds) => Promise<boolean>;
}

/** Those who wait in one run. */
export interface CommitWaits {
  /**
   * Resolves once all of `running` have committed what lies before these offsets of their topics. A mapping that is taken off
   * `running` meanwhile is not waited for.
   * @throws {LocalError} `MAPPING_STOPPED` when one of them never will, `CLOSED` after `close`.
   */
  readonly wait: (running: readonly Committing[], endOffsets: EndOffsets) => Promise<void>;
  /** Looks again: something was committed, or a mapping has stopped. */
  readonly check: () => void;
  readonly close: () => void;
}

const confirmEveryMs = 200;

/** Starts with nobody waiting. */
export function createCommitWaits(): CommitWaits {
  const closing = new AbortController();
  const { signal } = closing;
  let looks = Promise.withResolvers<void>();
  return {
    async wait(running, endOffsets) {
      while (!signal.aborted) {
        const behind = running.filter((each) => !isCommittedHere(each, endOffsets));
        // What is known here may be old: that a topic was made again is heard of a moment later.
        const undone = behind.length > 0 ? behind : await findUncommitted(running, endOffsets);
        if (undone.length === 0) return;
        const stopped = undone.find(({ status }) => status.stopped() !== undefined);
        if (stopped !== undefined) throw toStoppedError(stopped);
        await (behind.length > 0 ? looks.promise : pause(confirmEveryMs, signal));
      }
      throw new LocalError('CLOSED', 'the local run was closed before it was drained');
    },
    check() {
      looks.resolve();
      looks = Promise.withResolvers();
    },
    close() {
      closing.abort();
      looks.resolve();
    },
  };
}

function isCommittedHere({ mapping, status }: Committing, endOffsets: EndOffsets): boolean {
  return Object.entries(endOffsets[mapping.topic] ?? {}).every(
    ([partition, end]) => status.committedAt(Number(partition)) >= end,
  );
}

async function findUncommitted(
  running: readonly Committing[],
  endOffsets: EndOffsets,
): Promise<readonly Committing[]> {
  const answers = running.map(async (each) => {
    const ends = endOffsets[each.mapping.topic];
    return ends === undefined || (await each.hasCommitted(ends)) ? [] : [each];
  });
  return (await Promise.all(answers)).flat();
}

function toStoppedError({ mapping, status }: Committing): LocalError {
  return new LocalError(
    'MAPPING_STOPPED',
    `the mapping of ${mapping.consumer} was stopped: ${status.stopped()}`,
  );
}
