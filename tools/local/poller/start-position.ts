// Where a mapping begins to read each partition: at what its group has committed, else at its starting position.
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { isMissingTopic, isPassing, toMissingTopic } from './poll-error.ts';

/** Where a group without committed offsets begins; a time is epoch milliseconds. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly atMs: number };

/** Next offset to read, or to commit, by partition. */
export type Positions = ReadonlyMap<number, number>;

/** Where one partition is read from. */
export interface PartitionStart {
  readonly partition: number;
  /** What the group has committed, else the starting position. */
  readonly wanted: number;
  /** Next offset to read: `wanted`, or the earliest there is where the broker does not have that. */
  readonly offset: number;
  /** The partition's end as the broker knows it. */
  readonly endOffset: number;
  /** Whether it is a starting position that must be committed: after a restart it would be another one. */
  readonly isFirst: boolean;
}

/** The start positions of one mapping, shared by its pollers. */
export interface StartPositions {
  /** Asks the broker; a group with committed offsets ignores the starting position, as AWS does. */
  readonly read: (admin: Admin, partitions: readonly number[]) => Promise<readonly PartitionStart[]>;
  /** Starting positions of these partitions are committed, and not looked at any more. */
  readonly settle: (partitions: Iterable<number>) => void;
}

/** Whose positions are asked for. */
export interface StartPositionsOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly startingPosition: StartingPosition;
}

const passingPatienceMs = 30_000;
const missingTopicPatienceMs = 3_000;
const retryDelayMs = 100;

/**
 * Starts with nothing asked. `LATEST` and a moment are determined once, with the first read, however often a poller starts
 * again. A partition that was not there then is read from its beginning: it was added later, or its topic was deleted and
 * made again, and nothing in it has been read.
 */
export function createStartPositions(options: StartPositionsOptions): StartPositions {
  const { topic, groupId, startingPosition } = options;
  let first: Map<number, number> | undefined;
  const ask = async (admin: Admin, partitions: readonly number[]): Promise<readonly PartitionStart[]> => {
    // Asked by its name, a topic that is not there is an error that kafkajs repeats for ten seconds.
    if (!(await admin.listTopics()).includes(topic)) throw toMissingTopic(topic);
    const found =
      first === undefined ? await readStartingPosition(admin, topic, startingPosition) : undefined;
    // Another poller may have been faster.
    const starts = (first ??= found ?? new Map());
    // Before the ends: what is committed cannot lie behind them then.
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const bounds = await admin.fetchTopicOffsets(topic);
    return partitions.map((partition) => {
      const { low, high } = bounds.find((entry) => entry.partition === partition) ?? { low: 0, high: 0 };
      const entry = group?.partitions.find((each) => each.partition === partition);
      // The broker says -1 for "none"; kafkajs itself commits -2, "earliest", when it finds an offset out of range.
      const commit = Number(entry?.offset ?? -1);
      const start = commit === -1 ? starts.get(partition) : undefined;
      const [earliest, endOffset] = [Number(low), Number(high)];
      const wanted = commit >= 0 ? commit : (start ?? earliest);
      const isThere = wanted >= earliest && wanted <= endOffset;
      return {
        partition,
        wanted,
        offset: isThere ? wanted : earliest,
        endOffset,
        isFirst: start !== undefined,
      };
    });
  };
  return {
    read: async (admin, partitions) => await askPatiently(async () => await ask(admin, partitions)),
    settle(partitions) {
      for (const partition of partitions) first?.delete(partition);
    },
  };
}

// A topic that was just made, or a broker that was just started, names leaders that do not know it yet.
async function askPatiently<T>(ask: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const patienceMs = isMissingTopic(error)
        ? missingTopicPatienceMs
        : isPassing(error)
          ? passingPatienceMs
          : 0;
      if (performance.now() - startedMs > patienceMs) throw error;
      await delay(retryDelayMs);
    }
  }
}

// By partition; the earliest offset, which retention moves, is read each time.
async function readStartingPosition(
  admin: Admin,
  topic: string,
  start: StartingPosition,
): Promise<Map<number, number>> {
  if (start === 'TRIM_HORIZON') return new Map();
  if (start === 'LATEST') {
    const bounds = await admin.fetchTopicOffsets(topic);
    return new Map(bounds.map(({ partition, high }) => [partition, Number(high)]));
  }
  // The first record not older than that; the end where there is none.
  const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, start.atMs);
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}
