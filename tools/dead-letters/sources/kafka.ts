// What dead letters need of Kafka: a topic read by offsets, without leaving a trace. The group that Kafka's clients must name is new for
// each read, commits nothing and is deleted afterwards.
import { randomUUID } from 'node:crypto';
import kafkajs, { type IHeaders, type Kafka, type KafkaMessage } from 'kafkajs';
import type { EventRecord } from '../../../lib/index.ts';
import { groupTimings } from '../../broker/kafka-client.ts';
import { DeadLettersError } from '../error.ts';

/** Offsets of one partition: from the first to before the last. */
export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What a topic holds. */
export interface TopicState {
  /** The first offset that is still there, and the next that will be written, by partition. */
  readonly partitions: ReadonlyMap<number, { readonly low: number; readonly high: number }>;
  /** How long records are kept, ms; undefined: for ever, or not told. */
  readonly retentionMs: number | undefined;
}

/** Looks at a topic; undefined when there is none of that name. @throws {DeadLettersError} `NO_ACCESS` */
export async function readTopicState(kafka: Kafka, topic: string): Promise<TopicState | undefined> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) return undefined;
    const offsets = await admin.fetchTopicOffsets(topic);
    const partitions = new Map(
      offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
    );
    return { partitions, retentionMs: await readRetention(admin, topic) };
  } catch (cause) {
    throw new DeadLettersError(
      'NO_ACCESS',
      `topic ${topic} cannot be looked at, got ${(cause as Error).message}; check --brokers`,
      {
        cause,
      },
    );
  } finally {
    await admin.disconnect();
  }
}

// Librdkafka's mock cluster knows no configurations; a cluster's rules may forbid to ask.
async function readRetention(admin: ReturnType<Kafka['admin']>, topic: string): Promise<number | undefined> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] }],
    });
    const value = Number(
      resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')?.configValue,
    );
    return value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A record read by its offset. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly message: KafkaMessage;
}

/**
 * Reads ranges of any topics, each partition in offset order; offsets that hold no record are passed over. All in one group: joining one takes
 * seconds.
 *
 * @param onRecord called for each record; what it returns is not awaited
 */
export async function readRanges(
  kafka: Kafka,
  ranges: readonly Range[],
  onRecord: (record: TopicRecord) => void,
): Promise<void> {
  const wanted = ranges.filter(({ from, to }) => to > from);
  const open = new Map(wanted.map((range) => [nameOf(range.topic, range.partition), range]));
  if (open.size === 0) return;
  const groupId = `tailrace-dead-letters-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, ...groupTimings, retry: { retries: 3 } });
  const done = Promise.withResolvers<void>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(wanted.map(({ topic }) => topic))], fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch;
        const range = open.get(nameOf(topic, partition));
        if (range === undefined) return consumer.pause([{ topic, partitions: [partition] }]);
        for (const message of messages) {
          const offset = Number(message.offset);
          if (offset >= range.from && offset < range.to) onRecord({ topic, partition, offset, message });
        }
        if (Number(batch.lastOffset()) < range.to - 1) return;
        open.delete(nameOf(topic, partition));
        if (open.size === 0) done.resolve();
      },
    });
    for (const { topic, partition, from } of wanted)
      consumer.seek({ topic, partition, offset: String(from) });
    await done.promise;
  } finally {
    await consumer.disconnect();
    await deleteGroup(kafka, groupId);
  }
}

function nameOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

// A group without offsets and members vanishes by itself; the mock cluster cannot delete one.
async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // Nothing was committed, so nothing of it stays.
  } finally {
    await admin.disconnect();
  }
}

/** A record as an event has it. */
export function toEventRecord({ topic, partition, offset, message }: TopicRecord): EventRecord {
  return {
    topic,
    partition,
    offset,
    timestamp: Number(message.timestamp),
    timestampType: 'CREATE_TIME',
    ...(message.key === null ? {} : { key: message.key.toString('base64') }),
    ...(message.value === null ? {} : { value: message.value.toString('base64') }),
    headers: toEventHeaders(message.headers),
  };
}

function toEventHeaders(headers: IHeaders | undefined): NonNullable<EventRecord['headers']> {
  return Object.entries(headers ?? {}).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => ({ [name]: [...new Int8Array(Buffer.from(value))] })),
  );
}
