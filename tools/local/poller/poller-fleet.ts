// The pollers of one mapping, as many as it should have at the moment. Its own file because each change of their number is a
// rebalance that may be cut short by the end of the run.
import { startPollerRun, type PollerRun, type PollerRunOptions } from './poller-run.ts';

/** What all pollers of a mapping have in common. */
export type PollerFleetOptions = Omit<PollerRunOptions, 'pollers' | 'signal'>;

/** Pollers that share a group. */
export interface PollerFleet {
  readonly size: () => number;
  /**
   * Starts or ends pollers until there are `count`; resolves once new ones have their partitions and others have left.
   * @throws {LocalError} as `startPoller` does; those that did start stay.
   */
  readonly resize: (count: number) => Promise<void>;
  /** Mean of the pollers' busy shares, 0..1, since the last call. */
  readonly busy: () => number;
  readonly restart: () => Promise<void>;
  /** Stops polling; batches in flight are abandoned uncommitted. */
  readonly stop: () => Promise<void>;
  /** Resolves once no batch is in flight; after `stop()`. */
  readonly idle: () => Promise<void>;
}

// How long a poller that is no longer needed has for its batches in flight; another poller gets them again afterwards. AWS
// does not say how long it waits.
const leavePatienceMs = 10_000;

/** Starts without any poller; `resize` must not be called while it runs. */
export function createPollerFleet(options: PollerFleetOptions): PollerFleet {
  const stopping = new AbortController();
  const { signal } = stopping;
  const runs: PollerRun[] = [];
  const leaving = new Set<PollerRun>();
  let wanted = 0;
  let resizing: Promise<unknown> | undefined;

  const grow = async (count: number): Promise<void> => {
    const start = async (): Promise<void> => {
      runs.push(await startPollerRun({ ...options, signal, pollers: () => wanted }));
    };
    const starts = await Promise.allSettled(Array.from({ length: count }, start));
    wanted = runs.length;
    const failed = starts.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  const shrink = async (those: readonly PollerRun[]): Promise<void> => {
    await Promise.all(
      those.map(async (run) => {
        leaving.add(run);
        await run.leave(leavePatienceMs);
        void run.idle().then(() => leaving.delete(run));
      }),
    );
  };
  return {
    size: () => runs.length,
    async resize(count) {
      if (signal.aborted) return;
      wanted = count;
      const change = count > runs.length ? grow(count - runs.length) : shrink(runs.splice(count));
      resizing = Promise.allSettled([change]);
      await change;
    },
    busy: () => runs.reduce((sum, run) => sum + run.busy(), 0) / Math.max(1, runs.length),
    async restart() {
      await Promise.all(runs.map(async ({ restart }) => await restart()));
    },
    async stop() {
      stopping.abort();
      await resizing;
      await Promise.all(runs.map(async ({ stop }) => await stop()));
    },
    async idle() {
      await Promise.all([...runs, ...leaving].map(async ({ idle }) => await idle()));
    },
  };
}
