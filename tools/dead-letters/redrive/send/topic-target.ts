// A redrive into a topic: each record with its key, headers and timestamp. What goes to one partition in one request arrives whole or not at
// all, so requests hold one partition's records.
import kafkajs, { type Kafka, type Message, type PartitionMetadata } from 'kafkajs';
import type { EventRecord } from '../../../../lib/index.ts';
import { DeadLettersError } from '../../error.ts';
import type { FailedRecord } from '../../failed-record.ts';
import { readTopicState } from '../../sources/kafka.ts';
import { withRedriveHeaders, type Answer, type Target } from './target.ts';

/** Writes to a topic; undefined: to each record's own, and there to its own partition. */
export async function createTopicTarget(
  kafka: Kafka,
  topic: string | undefined,
  run: string,
): Promise<Target> {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    // One batch after another, each acknowledged: a key's records stay in order.
    maxInFlightRequests: 1,
    idempotent: false,
  });
  await producer.connect();
  const topics = new Map<string, Promise<readonly PartitionMetadata[]>>();
  const readPartitions = async (name: string): Promise<readonly PartitionMetadata[]> => {
    const known = topics.get(name) ?? findPartitions(kafka, name);
    topics.set(name, known);
    return await known;
  };
  const place = async (
    failed: FailedRecord,
  ): Promise<{ readonly topic: string; readonly partition: number }> => {
    const name = topic ?? failed.topic;
    const partitions = await readPartitions(name);
    return { topic: name, partition: choosePartition(failed, partitions, topic === undefined) };
  };
  return {
    name: topic === undefined ? "each record's own topic" : `topic ${topic}`,
    async split(batch) {
      const placed = await Promise.all(batch.map(async (failed) => ({ failed, place: await place(failed) })));
      return [...Map.groupBy(placed, (each) => `${each.place.topic} ${each.place.partition}`).values()].map(
        (members) => members.map(({ failed }) => failed),
      );
    },
    async send(batch) {
      const [first] = batch;
      if (first === undefined) return { kind: 'answered', result: new Map() };
      const to = await place(first);
      try {
        const messages = batch.map(({ record }) => ({ ...toMessage(record, run), partition: to.partition }));
        await producer.send({ topic: to.topic, acks: -1, messages });
        return { kind: 'answered', result: new Map(batch.map(({ id }) => [id, undefined])) };
      } catch (error) {
        return toAnswer(error, to.topic);
      }
    },
    close: async () => await producer.disconnect(),
  };
}

async function findPartitions(kafka: Kafka, topic: string): Promise<readonly PartitionMetadata[]> {
  if ((await readTopicState(kafka, topic)) === undefined) throw toGone(topic, 'no topic of this name');
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions ?? [];
  } finally {
    await admin.disconnect();
  }
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner();

// In its own topic a record stays with the others of its key, whichever way its producer chose their partition.
function choosePartition(
  { topic, partition, record }: FailedRecord,
  partitionMetadata: readonly PartitionMetadata[],
  isOwn: boolean,
): number {
  if (isOwn && partition < partitionMetadata.length) return partition;
  const key = toKey(record);
  // Always the same, so that a part of a batch stays one: the partitioner would draw lots.
  if (key === null) return partition % partitionMetadata.length;
  return partitioner({ topic, partitionMetadata: [...partitionMetadata], message: { key, value: null } });
}

/** What a broker says of records that it takes neither now nor later. Source: Kafka protocol guide, "Error Codes". */
const declining = /^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|INVALID_TIMESTAMP|INVALID_RECORD)$/;

function toAnswer(error: unknown, topic: string): Answer {
  const { type = '', message } = error as { readonly type?: string; readonly message: string };
  if (declining.test(type)) return { kind: 'declined', why: `topic ${topic} does not take it, got ${type}` };
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || /does not host this topic/.test(message))
    throw toGone(topic, message);
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    throw new DeadLettersError(
      'NO_ACCESS',
      `writing to topic ${topic} is not allowed, got ${type}, expected a user of --brokers who may; check --sasl or --cert`,
    );
  return { kind: 'unclear', why: `topic ${topic} has not answered, got ${message}` };
}

function toGone(topic: string, got: string): DeadLettersError {
  return new DeadLettersError(
    'NO_SUCH_PLACE',
    `topic ${topic} takes no records, got ${got}, expected it to exist; create it again, or send to another topic with --to topic=NAME`,
  );
}

function toMessage(record: EventRecord | undefined, run: string): Message {
  if (record === undefined) throw new TypeError('a record without its bytes was planned');
  const headers: Record<string, Buffer | Buffer[]> = {};
  for (const header of withRedriveHeaders(record, run))
    for (const [name, bytes] of Object.entries(header)) {
      const value = Buffer.from(Int8Array.from(bytes).buffer);
      const known = headers[name];
      headers[name] = known === undefined ? value : [known, value].flat();
    }
  return {
    key: toKey(record),
    value: typeof record.value === 'string' ? Buffer.from(record.value, 'base64') : null,
    timestamp: String(record.timestamp),
    headers,
  };
}

function toKey(record: EventRecord | undefined): Buffer | null {
  return typeof record?.key === 'string' ? Buffer.from(record.key, 'base64') : null;
}
