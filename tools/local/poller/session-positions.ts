// Where one session stands in each of its partitions. It owns its positions: kafkajs is told where to read after every
// (re)join, and what it delivers from elsewhere is dropped. Without that, a batch that was fetched before a rebalance could
// slip in after it and move the position on.
import type { Admin, Consumer } from 'kafkajs';
import { readStartPositions, type Positions, type StartingPosition } from './start-position.ts';

/** Whose positions these are, and who hears of them. */
export interface SessionPositionsOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly startingPosition: StartingPosition;
  /** Positions are given up: whatever was read before is void, no commit of it may follow. */
  readonly onRevoked: () => void;
  /** The broker has dropped offsets `from` up to, not including, `to` before they were read. */
  readonly onLost: (partition: number, from: number, to: number) => void;
}

/** The positions of one session; none before `take`. */
export interface SessionPositions {
  /** Another number once what was read before is void. */
  readonly epoch: () => number;
  /** The next offset to read; undefined where nothing is to be read now. */
  readonly at: (partition: number) => number | undefined;
  /** Everything before `offset` was read. */
  readonly advance: (partition: number, offset: number) => void;
  /** Lets kafkajs read on at `offset`. */
  readonly seek: (partition: number, offset: number) => void;
  /** Goes to where the group stands in these partitions; undefined if they were given up meanwhile. */
  readonly take: (partitions: readonly number[]) => Promise<Positions | undefined>;
  /**
   * Brings kafkajs back to where we are. It is elsewhere when it has delivered a fetch from before a rebalance, or when the
   * broker no longer has what we want and kafkajs went on at the earliest offset there is.
   */
  readonly realign: (partition: number) => Promise<void>;
  /** False if the partitions were given up before the broker had answered. */
  readonly commit: (offsets: Positions) => Promise<boolean>;
  readonly revoke: () => void;
}

/** Starts without any partition. */
export function createSessionPositions(
  options: SessionPositionsOptions,
  consumer: Consumer,
  admin: Admin,
): SessionPositions {
  const { topic } = options;
  const positions = new Map<number, number>();
  let epoch = 0;

  const revoke = (): void => {
    epoch++;
    positions.clear();
    options.onRevoked();
  };
  const seek = (partition: number, offset: number): void => {
    positions.set(partition, offset);
    consumer.seek({ topic, partition, offset: String(offset) });
  };
  const commit = async (offsets: Positions): Promise<boolean> => {
    const mine = epoch;
    // kafkajs resolves without having committed when it is stopped meanwhile.
    if (offsets.size > 0) await consumer.commitOffsets(toTopicOffsets(topic, offsets));
    return mine === epoch;
  };

  return {
    epoch: () => epoch,
    at: (partition) => positions.get(partition),
    advance(partition, offset) {
      positions.set(partition, offset);
    },
    seek,
    async take(partitions) {
      revoke();
      const mine = epoch;
      const start = await readStartPositions(admin, { ...options, partitions });
      if (mine !== epoch) return undefined;
      for (const [partition, offset] of start.positions) seek(partition, offset);
      if (options.startingPosition === 'TRIM_HORIZON') return start.positions;
      // Otherwise the end would be another place after a restart, and what was produced in between would be skipped.
      const isNew = ([partition]: readonly [number, number]): boolean =>
        start.uncommitted.includes(partition);
      return (await commit(new Map([...start.positions].filter(isNew)))) ? start.positions : undefined;
    },
    async realign(partition) {
      const expected = positions.get(partition);
      const bounds = await admin.fetchTopicOffsets(topic);
      if (expected === undefined || positions.get(partition) !== expected) return;
      const low = Number(bounds.find((entry) => entry.partition === partition)?.low ?? expected);
      if (low > expected) options.onLost(partition, expected, low);
      seek(partition, Math.max(low, expected));
    },
    commit,
    revoke,
  };
}

function toTopicOffsets(
  topic: string,
  offsets: Positions,
): { topic: string; partition: number; offset: string }[] {
  return Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset: String(offset) }));
}
