// A topic that is there before anyone subscribes to it or counts its partitions, on every kind of broker: Apache Kafka
// creates topics on request, the embedded one only by being asked for their metadata by a producer.
import { setTimeout } from 'node:timers/promises';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { BrokerError } from './broker.ts';

const READY_WITHIN_MS = 30_000;

/** The topic to find or make. */
export interface TopicOptions {
  readonly topic: string;
  /** Partitions if it has to be created by request; default 4. An existing topic and the embedded broker keep theirs. */
  readonly partitions?: number;
}

/**
 * Makes sure that a topic exists, and returns how many partitions it has; an existing one is left as it is.
 * @throws kafkajs's own error when the broker refuses to create it (authorization, replication settings).
 * @throws {BrokerError} `BROKER_FAILED` when the broker took the request but the topic has no leaders 30 s later.
 */
export async function ensureTopic(kafka: Kafka, options: TopicOptions): Promise<number> {
  const { topic } = options;
  const admin = kafka.admin();
  try {
    await admin.connect();
    const known = await countPartitions(admin, topic);
    if (known !== undefined) return known;
    try {
      await admin.createTopics({
        // kafkajs's own wait gives up at once when a broker has not heard of the topic yet, as happens with KRaft.
        waitForLeaders: false,
        topics: [{ topic, numPartitions: options.partitions ?? 4 }],
      });
    } catch (error) {
      // The embedded broker names a controller that is not among its brokers, and takes no CreateTopics.
      if (!(error instanceof kafkajs.KafkaJSBrokerNotFound)) throw error;
      await askAsProducer(kafka, topic);
    }
    return await leaders(admin, topic);
  } finally {
    await admin.disconnect();
  }
}

async function leaders(admin: Admin, topic: string): Promise<number> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const partitions = await countServed(admin, topic).catch((error: unknown) => {
      if (error instanceof kafkajs.KafkaJSProtocolError && error.retriable) return undefined;
      throw error;
    });
    if (partitions !== undefined) return partitions;
    if (Date.now() > deadlineMs) {
      const message = `topic ${topic} has no leaders ${READY_WITHIN_MS / 1000} s after its creation`;
      throw new BrokerError('BROKER_FAILED', message);
    }
    await setTimeout(50);
  }
}

// A broker is named as leader before it knows of it, and refuses that partition alone: kafkajs then sends a request with
// several partitions again as a whole, and what the others had taken is in the topic twice. So each leader is asked.
async function countServed(admin: Admin, topic: string): Promise<number | undefined> {
  const partitions = await countPartitions(admin, topic);
  if (partitions !== undefined) await admin.fetchTopicOffsets(topic);
  return partitions;
}

async function countPartitions(admin: Admin, topic: string): Promise<number | undefined> {
  // Listed first: asking an Apache broker for the metadata of an unknown topic is an error, or creates it.
  const topics = await admin.listTopics();
  if (!topics.includes(topic)) return undefined;
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = metadata.topics[0]?.partitions ?? [];
  const led = partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
  return led ? partitions.length : undefined;
}

// No message is sent; kafkajs's producer asks for the metadata of a topic before it sorts its messages into partitions.
async function askAsProducer(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [] });
  } finally {
    await producer.disconnect();
  }
}
