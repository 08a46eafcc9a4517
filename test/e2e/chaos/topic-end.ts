// What the broker itself says of the topic and the group: how much was written, and how far the group has committed. Not
// what the runner believes of it.
import type { Admin, Kafka } from 'kafkajs';
import { groupId, topic } from './app/record.ts';

/** Sums over all partitions. */
export interface Progress {
  readonly written: number;
  readonly committed: number;
}

/** Asks the broker; undefined while it does not answer. */
export async function readProgress(kafka: Kafka): Promise<Progress | undefined> {
  const admin: Admin = kafka.admin();
  try {
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return {
      written: ends.reduce((sum, { high }) => sum + Number(high), 0),
      committed: (group?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0),
    };
  } catch {
    // The broker is down or not yet itself again, which is what this run is about.
    return undefined;
  } finally {
    await admin.disconnect();
  }
}
