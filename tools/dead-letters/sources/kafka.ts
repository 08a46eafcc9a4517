// What dead letters need of Kafka: a topic read by offsets, without leaving a trace. The group that Kafka's clients must name is new for
// each read, commits nothing and is deleted afterwards.
import { deleteGroups } from '../../broker/groups.ts';
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

/** What there is of topics, by name. */
export type TopicStates = ReadonlyMap<string, TopicState>;

/** Looks at topics; those that do not exist are not in the answer. @throws {DeadLettersError} `NO_ACCESS` */
export async function readTopicStates(kafka: Kafka, topics: readonly string[]): Promise<TopicStates> {
  const states = new Map<string, TopicState>();
  for (const topic of new Set(topics)) {
    const state = await readTopicState(kafka, topic);
    if (state !== undefined) states.set(topic, state);
  }
  return states;
}

/** A place in a topic. */
export interface At {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** For each partition the range from the first to the last of these places, as far as it is still there. */
export function toRanges(places: readonly At[], states: TopicStates): readonly Range[] {
  return [...Map.groupBy(places, ({ topic, partition }) => `${topic}-${partition}`).values()].flatMap(
    (group) => {
      const { topic = '', partition = 0 } = group[0] ?? {};
      const there = states.get(topic)?.partitions.get(partition);
      if (there === undefined) return [];
      const first = group.reduce((least, { offset }) => Math.min(least, offset), Infinity);
      const last = group.reduce((most, { offset }) => Math.max(most, offset), -1);
      const [from, to] = [Math.max(there.low, first), Math.min(there.high, last + 1)];
      return to > from ? [{ topic, partition, from, to }] : [];
    },
  );
}

/** Looks at a topic; undefined when there is none of that name. @throws {DeadLettersError} `NO_ACCESS` */
export async function readTopicState(kafka: Kafka, topic: string): Promise<TopicState | undefined> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) return undefined;
    const offsets = await admin.fetchTopicOffsets(topic);
    // Nothing found in no partitions would read as nothing found.
    if (offsets.length === 0) throw new Error('a topic without partitions, for the moment');
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

/** How often it is looked whether what is still to be read is there. */
const lookMs = 5000;

/**
 * Reads ranges of any topics, each partition in offset order; offsets that hold no record are passed over, as is what is deleted meanwhile. All
 * in one group: joining one takes seconds.
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
  // It may be rejected before or after it is awaited: while the consumer still connects, or once it has left.
  done.promise.catch(() => {});
  const dropGone = async (): Promise<void> => {
    try {
      for (const name of await findGone(kafka, open)) open.delete(name);
      if (open.size === 0) done.resolve();
    } catch (error) {
      done.reject(error);
    }
  };
  const look = setInterval(() => void dropGone(), lookMs);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(wanted.map(({ topic }) => topic))], fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
    // Told for a batch without records, too: a topic may end with the marker of a transaction.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
      const range = open.get(nameOf(topic, partition));
      if (range === undefined || Number(lastOffset) < range.to - 1) return;
      open.delete(nameOf(topic, partition));
      if (open.size === 0) done.resolve();
    });
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
      },
    });
    for (const { topic, partition, from } of wanted)
      consumer.seek({ topic, partition, offset: String(from) });
    await done.promise;
  } finally {
    clearInterval(look);
    await consumer.disconnect();
    await deleteGroups(kafka, [groupId]);
  }
}

// Where retention has deleted the rest of a range, or the topic was deleted or made again, a broker gives nothing and does not say why.
async function findGone(kafka: Kafka, open: ReadonlyMap<string, Range>): Promise<readonly string[]> {
  const ranges = [...open];
  const states = await readTopicStates(
    kafka,
    ranges.map(([, { topic }]) => topic),
  );
  return ranges.flatMap(([name, { topic, partition, to }]) => {
    const there = states.get(topic)?.partitions.get(partition);
    return there === undefined || there.low >= to || there.high < to ? [name] : [];
  });
}

function nameOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
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
