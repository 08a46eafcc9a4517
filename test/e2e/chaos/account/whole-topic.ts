// All that is in a topic, read once from its beginning to its end of now, without a commit.
import { randomUUID } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { groupTimings } from '../../../../tools/broker/kafka-client.ts';

/** Reads each partition in its order. */
export async function readWholeTopic(
  kafka: Kafka,
  topic: string,
  take: (partition: number, message: KafkaMessage) => void,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
  );
  await admin.disconnect();
  const open = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
  if (open.size === 0) return;
  const done = Promise.withResolvers<void>();
  const consumer = kafka.consumer({
    groupId: `chaos-reader-${randomUUID()}`,
    ...groupTimings,
    maxWaitTimeInMs: 200,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch }) {
        const { partition } = batch;
        const end = ends.get(partition) ?? 0;
        for (const message of batch.messages) if (Number(message.offset) < end) take(partition, message);
        if (Number(batch.lastOffset()) >= end - 1) open.delete(partition);
        if (open.size === 0) done.resolve();
        await Promise.resolve();
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}
