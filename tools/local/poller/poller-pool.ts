// The pollers of one mapping: each reads its share of the partitions, and there are as many of them as the lag asks for.
import type { Admin, Kafka } from 'kafkajs';
import type { LocalError } from '../error.ts';
import { startPoller, type Poller, type PollerOptions } from './poller.ts';
import { choosePollers, toPollerBounds } from './poller-scaling.ts';
import { pause } from './pause.ts';
import type { TopicEnds } from '../wait-for-commits.ts';

/** What the pollers of a mapping have in common. */
export interface PollerPoolOptions extends Omit<PollerOptions, 'pollers' | 'signal' | 'onEnd'> {
  /** All of them have stopped, or are about to: the topic is gone. `stop()` is still due. */
  readonly onStopped: (reason: LocalError) => void;
  /** Time between two looks at the lag, in milliseconds, 1 or more. */
  readonly scalingMs: number;
}

// How long a poller that is no longer needed has for its batches in flight; another poller gets them again afterwards. AWS
// does not say how long it waits.
const leavePatienceMs = 10_000;

/**
 * Starts polling and invoking; resolves once every poller has joined the group.
 *
 * Provisioned mode starts with its `MinimumPollers`, on-demand mode with one, as AWS starts with a few of its own choice.
 * @throws {LocalError} as `startPoller` does
 */
export async function startPollerPool(options: PollerPoolOptions): Promise<PollerPool> {
  const pool = new PollerPool(options);
  try {
    await pool.start();
    return pool;
  } catch (error) {
    await pool.stop();
    throw error;
  }
}

/** Pollers that share a group. */
export class PollerPool {
  readonly #options: PollerPoolOptions;
  readonly #stopping = new AbortController();
  readonly #pollers: Poller[] = [];
  readonly #leaving = new Set<Poller>();
  #wanted = 0;
  #resizing: Promise<unknown> | undefined;
  #scaling: Promise<void> | undefined;

  constructor(options: PollerPoolOptions) {
    this.#options = options;
  }

  /** Starts the first pollers, and looks at the lag from then on. */
  async start(): Promise<void> {
    const { provisioned } = this.#options.mapping;
    const wanted = provisioned?.minPollers ?? 1;
    // One is what every topic takes; one that is not there is told by the first poller, in its own words.
    const partitions = wanted === 1 ? 1 : (await this.#readBacklog()).partitions;
    await this.#resize(toPollerBounds(provisioned, partitions).min, 0);
    const isFixed = provisioned !== undefined && provisioned.minPollers === provisioned.maxPollers;
    if (!isFixed) this.#scaling = this.#scale();
  }

  /** Whether the broker says that what lies before these offsets is committed; false while it does not answer. */
  async hasCommitted(ends: TopicEnds): Promise<boolean> {
    const { kafka, mapping } = this.#options;
    const { topic, consumerGroupId: groupId } = mapping;
    try {
      return await withAdmin(kafka, async (admin) => {
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const bounds = await admin.fetchTopicOffsets(topic);
        return Object.entries(ends).every(([name, end]) => {
          const isOf = (entry: { readonly partition: number }): boolean => entry.partition === Number(name);
          // Nothing is committed where there was nothing to read.
          const [commit, low] = [group?.partitions.find(isOf)?.offset, bounds.find(isOf)?.low];
          return Math.max(Number(commit ?? -1), Number(low ?? -1)) >= end;
        });
      });
    } catch {
      // It is away, or the topic is: asked again, or told by the pollers.
      return false;
    }
  }

  /** Closes and starts all pollers. */
  async restart(): Promise<void> {
    await Promise.all(this.#pollers.map(async (poller) => await poller.restart()));
  }

  /** Stops polling; batches in flight are abandoned uncommitted. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#resizing;
    await Promise.all(this.#pollers.map(async (poller) => await poller.stop()));
    await this.#scaling;
  }

  /** Resolves once no batch is in flight; after `stop()`. */
  async idle(): Promise<void> {
    await Promise.all([...this.#pollers, ...this.#leaving].map(async (poller) => await poller.idle()));
  }

  async #scale(): Promise<void> {
    const { mapping, status, scalingMs, onEvent } = this.#options;
    const { signal } = this.#stopping;
    let before = status.sumCommitted();
    while (await pause(scalingMs, signal)) {
      try {
        const { partitions, lag } = await this.#readBacklog();
        const now = status.sumCommitted();
        const busyShares = this.#pollers.map((poller) => poller.busyShare());
        const load = {
          pollers: this.#pollers.length,
          lag,
          committed: now - before,
          busy: busyShares.reduce((sum, share) => sum + share, 0) / Math.max(1, busyShares.length),
        };
        before = now;
        const count = choosePollers(load, toPollerBounds(mapping.provisioned, partitions));
        if (!signal.aborted) await this.#resize(count, lag);
      } catch (error) {
        if (signal.aborted) return;
        // A broker that is away, most likely; the next look decides anew.
        const message = error instanceof Error ? error.message : String(error);
        onEvent({ kind: 'warning', consumer: mapping.consumer, message: `cannot scale pollers: ${message}` });
      }
    }
  }

  /** Starts or ends pollers until there are `count`; new ones have their partitions then, and others have left. */
  async #resize(count: number, lag: number): Promise<void> {
    const { mapping, status, onEvent } = this.#options;
    const from = this.#pollers.length;
    if (this.#stopping.signal.aborted || count === from) return;
    this.#wanted = count;
    const change = count > from ? this.#grow(count - from) : this.#shrink(this.#pollers.splice(count));
    this.#resizing = Promise.allSettled([change]);
    try {
      await change;
    } finally {
      const event = {
        kind: 'pollers',
        consumer: mapping.consumer,
        from,
        to: this.#pollers.length,
        lag,
      } as const;
      if (event.to !== from) {
        status.count(event);
        onEvent(event);
      }
    }
  }

  async #grow(count: number): Promise<void> {
    const { signal } = this.#stopping;
    const shared = {
      ...this.#options,
      signal,
      pollers: () => this.#wanted,
      onEnd: (reason: LocalError) => this.#end(reason),
    };
    const start = async (): Promise<void> => void this.#pollers.push(await startPoller(shared));
    const starts = await Promise.allSettled(Array.from({ length: count }, start));
    this.#wanted = this.#pollers.length;
    const failed = starts.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #shrink(those: readonly Poller[]): Promise<void> {
    await Promise.all(
      those.map(async (poller) => {
        this.#leaving.add(poller);
        await poller.leave(leavePatienceMs);
        void poller.idle().then(() => this.#leaving.delete(poller));
      }),
    );
  }

  #end(reason: LocalError): void {
    if (this.#stopping.signal.aborted) return;
    this.#options.onStopped(reason);
    void this.stop();
  }

  // As the broker knows it. What was read last would not do: a partition that is held because it is full is not asked for its
  // end. A topic that is not there has no partitions.
  async #readBacklog(): Promise<Backlog> {
    const { kafka, mapping, status } = this.#options;
    const { topic } = mapping;
    return await withAdmin(kafka, async (admin) => {
      // Asked for by name, it would be an error that kafkajs repeats for ten seconds.
      if (!(await admin.listTopics()).includes(topic)) return { partitions: 0, lag: 0 };
      const ends = await admin.fetchTopicOffsets(topic);
      const lags = ends.map(({ partition, high }) =>
        Math.max(0, Number(high) - status.committedAt(partition)),
      );
      return { partitions: ends.length, lag: lags.reduce((sum, lag) => sum + lag, 0) };
    });
  }
}

/** A topic's partitions, and what waits in them. */
interface Backlog {
  readonly partitions: number;
  /** Records that are not committed. */
  readonly lag: number;
}

async function withAdmin<T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}
