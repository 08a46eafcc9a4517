// How far a mapping is behind its topic, as the broker knows it. What was read last would not do: a partition that is held
// because it is full is not asked for its end.
import type { Kafka } from 'kafkajs';

/** A topic's partitions, and what waits in them. */
export interface Backlog {
  readonly partitions: number;
  /** Records that are not committed. */
  readonly lag: number;
}

/** Asks the broker; a topic that is not there has no partitions. `committedAt` is the next offset to process. */
export async function readBacklog(
  kafka: Kafka,
  topic: string,
  committedAt: (partition: number) => number,
): Promise<Backlog> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    // Asked for by name, a broker that makes topics by itself would make it.
    if (!(await admin.listTopics()).includes(topic)) return { partitions: 0, lag: 0 };
    const ends = await admin.fetchTopicOffsets(topic);
    const lags = ends.map(({ partition, high }) => Math.max(0, Number(high) - committedAt(partition)));
    return {
      partitions: ends.length,
      lag: lags.reduce((sum, lag) => sum + lag, 0),
    };
  } finally {
    await admin.disconnect();
  }
}
