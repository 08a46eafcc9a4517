// Where a mapping begins to read each partition: at what its group has committed, else at its starting position.
import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';

/** Where a group without committed offsets begins; a time is epoch milliseconds. */
export type StartingPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly atMs: number };

/** Next offset to read, by partition. */
export type Positions = ReadonlyMap<number, number>;

/** Start positions, and which of them no group commit stands behind yet. */
export interface StartPositions {
  readonly positions: Positions;
  readonly uncommitted: readonly number[];
}

/** Whose positions are asked for. */
export interface Reading {
  readonly topic: string;
  readonly groupId: string;
  readonly partitions: readonly number[];
  readonly startingPosition: StartingPosition;
}

const patienceMs = 30_000;
const retryDelayMs = 100;

/**
 * Asks the broker; a group with committed offsets ignores `startingPosition`, as AWS does.
 *
 * A topic that was just made, or a broker that was just started, names leaders that do not know it yet: kafkajs gives up
 * then, and this asks again for 30 s.
 */
export async function readStartPositions(admin: Admin, reading: Reading): Promise<StartPositions> {
  const giveUpAtMs = Date.now() + patienceMs;
  for (;;) {
    try {
      return await askForPositions(admin, reading);
    } catch (error) {
      const isPassing = error instanceof kafkajs.KafkaJSProtocolError && error.retriable;
      if (!isPassing || Date.now() > giveUpAtMs) throw error;
      await delay(retryDelayMs);
    }
  }
}

async function askForPositions(admin: Admin, reading: Reading): Promise<StartPositions> {
  const { topic, groupId, startingPosition } = reading;
  const [groups, start] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [topic] }),
    readStart(admin, topic, startingPosition),
  ]);
  const committed = new Map(
    groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
  );
  // The broker says -1 for "none"; kafkajs itself commits -2 ("earliest") when it finds an offset out of range.
  const isCommitted = (partition: number): boolean => (committed.get(partition) ?? -1) >= 0;
  return {
    positions: new Map(
      reading.partitions.map((partition) => [
        partition,
        (isCommitted(partition) ? committed.get(partition) : start.get(partition)) ?? 0,
      ]),
    ),
    uncommitted: reading.partitions.filter((partition) => !isCommitted(partition)),
  };
}

async function readStart(admin: Admin, topic: string, start: StartingPosition): Promise<Positions> {
  if (typeof start === 'object') {
    // Per partition the first record not older than that; its end where there is none.
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, start.atMs);
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }
  const bounds = await admin.fetchTopicOffsets(topic);
  return new Map(
    bounds.map(({ partition, low, high }) => [partition, Number(start === 'LATEST' ? high : low)]),
  );
}
