// The poller of one mapping: one session of a kafkajs consumer after the other. Its own file because a session ends in
// many ways (a fault asked for, a broker that went away, a commit refused) and all of them end in "start over from what
// is committed".
import { setTimeout as delay } from 'node:timers/promises';
import { LocalError } from '../error.ts';
import { startPollSession, type PollSession, type PollSessionOptions } from './poll-session.ts';
import type { Positions } from './start-position.ts';

/** A running poller. */
export interface Poller {
  /** Reads on where `isFull` held it and no longer does. */
  readonly resume: () => void;
  /** Commits the next offsets to process; false if the partitions were given up before the broker had answered. */
  readonly commit: (offsets: Positions) => Promise<boolean>;
  /** Leaves the group and joins it again, until it has partitions; reading goes on at what was committed. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a poller reads, and who listens. */
export interface PollerOptions extends Omit<PollSessionOptions, 'signal' | 'onFailure'> {
  /** Ends a start that is under way. Default: nothing does. */
  readonly stopSignal?: AbortSignal;
}

const restartDelayMs = 1000;

/**
 * Starts polling; resolves once the group has given it its partitions.
 * @throws {LocalError} `NO_SUCH_TOPIC`, or `POLLER_FAILED` when there are no partitions within 30 s.
 */
export async function startPoller(options: PollerOptions): Promise<Poller> {
  const stop = new AbortController();
  const { stopSignal } = options;
  const signal = stopSignal === undefined ? stop.signal : AbortSignal.any([stop.signal, stopSignal]);
  let session: PollSession;
  let restarting: Promise<void> | undefined;

  const begin = async (): Promise<PollSession> =>
    await startPollSession({
      ...options,
      signal,
      onFailure(message) {
        options.onWarning(message);
        void restart();
      },
    });
  const renew = async (): Promise<void> => {
    options.onRevoked();
    await session.close();
    while (!signal.aborted) {
      try {
        session = await begin();
        return;
      } catch (error) {
        if (!(error instanceof LocalError)) throw error;
        options.onWarning(error.message);
        await delay(restartDelayMs);
      }
    }
  };
  const restart = async (): Promise<void> => {
    restarting ??= renew().finally(() => {
      restarting = undefined;
    });
    await restarting;
  };

  session = await begin();
  return {
    resume: () => session.resume(),
    commit: async (offsets) => await session.commit(offsets),
    restart,
    async close() {
      stop.abort();
      options.onRevoked();
      await restarting;
      await session.close();
    },
  };
}
