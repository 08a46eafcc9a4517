// What is done, told to the broker: one commit at a time, and all that was done meanwhile together in the next one. No
// batch waits for it: a commit stands behind the fetch that waits at the broker on the same connection.
import type { Positions } from './start-position.ts';

/** Where commits go, and who hears of them. */
export interface CommitterOptions {
  /** False if the partitions were given up before the broker had answered. */
  readonly commit: (offsets: Positions) => Promise<boolean>;
  readonly onCommitted: (partition: number, offset: number) => void;
  /** The broker has refused; what waits is forgotten. */
  readonly onRefused: (error: unknown) => void;
}

/** Commits of one poller. */
export interface Committer {
  /** Every record of the partition before `offset` is resolved. */
  readonly add: (partition: number, offset: number) => void;
  /** Forgets what waits: the partitions are not ours any more. */
  readonly clear: () => void;
  /** Resolves once nothing waits. */
  readonly idle: () => Promise<void>;
}

/** Starts with nothing to commit. */
export function createCommitter({ commit, onCommitted, onRefused }: CommitterOptions): Committer {
  const waiting = new Map<number, number>();
  let sending: Promise<void> | undefined;

  const send = async (): Promise<void> => {
    try {
      while (waiting.size > 0) {
        const offsets = new Map(waiting);
        waiting.clear();
        if (!(await commit(offsets))) continue;
        for (const [partition, offset] of offsets) onCommitted(partition, offset);
      }
    } catch (error) {
      waiting.clear();
      onRefused(error);
    } finally {
      sending = undefined;
    }
  };

  return {
    add(partition, offset) {
      waiting.set(partition, offset);
      sending ??= send();
    },
    clear() {
      waiting.clear();
    },
    async idle() {
      await sending;
    },
  };
}
