// What is in a topic, and acts upon topics. Own file: a consumer group that reads a few messages and leaves is not what the tests are about.
import type kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { createKafka, groupTimings } from '../../tools/broker/kafka-client.ts';
import { ensureTopic } from '../../tools/broker/topic.ts';

/** Acts as an administrator. One for each act: an admin of kafkajs goes on asking for every topic that it was ever asked about. */
export async function administer<T>(bootstrapServers: string, act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka(bootstrapServers).admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Reads so many messages of a topic, oldest first; of equal age, those with a key first. */
export async function readTopic(
  bootstrapServers: string,
  topic: string,
  count: number,
): Promise<readonly kafkajs.KafkaMessage[]> {
  const kafka = createKafka(bootstrapServers);
  await ensureTopic(kafka, { topic });
  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, ...groupTimings });
  const messages: kafkajs.KafkaMessage[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      async eachMessage({ message }) {
        messages.push(message);
        if (messages.length === count) resolve();
      },
    });
    await promise;
  } finally {
    await consumer.disconnect();
  }
  return messages.toSorted((a, b) => Number(a.timestamp) - Number(b.timestamp) || (a.key === null ? 1 : -1));
}
