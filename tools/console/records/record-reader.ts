// Records of a topic by their offsets, as often as a person asks. Kafka's clients must join a group to read, which takes an embedded
// broker three seconds; so one consumer joins when the first page opens, stands still, and is moved to where records are wanted.
import { deleteGroups } from '../../broker/groups.ts';
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { groupTimings } from '../../broker/kafka-client.ts';
import type { Range } from '../../dead-letters/sources/kafka.ts';

/** Called for each record; `false` ends the reading of its partition. */
export type OnMessage = (partition: number, offset: number, message: KafkaMessage) => boolean;

/** Reads records; commits nothing. */
export interface RecordReader {
  /** Joins the group ahead of the first reading; failures come with that. */
  readonly warm: () => void;
  /** Reads ranges of one topic, each partition in offset order. One reading at a time. Rejects when the broker does not give them. */
  readonly read: (ranges: readonly Range[], onMessage: OnMessage) => Promise<void>;
  readonly close: () => Promise<void>;
}

const patienceMs = 20_000;

interface Reading {
  readonly open: Map<string, Range>;
  readonly onMessage: OnMessage;
  readonly done: PromiseWithResolvers<void>;
}

/** Makes the reader of these topics; connects when it is first used. `deletesGroup`: the broker outlives the run. */
export function createRecordReader(
  kafka: Kafka,
  topics: readonly string[],
  deletesGroup: boolean,
): RecordReader {
  const groupId = `tailrace-console-${randomUUID()}`;
  let joining: Promise<Consumer> | undefined;
  let reading: Reading | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const onMessages = (
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    last: number,
  ): void => {
    const name = nameOf(topic, partition);
    const range = reading?.open.get(name);
    if (reading === undefined || range === undefined) return;
    let isWanted = true;
    for (const message of messages) {
      const offset = Number(message.offset);
      if (!isWanted || offset < range.from || offset >= range.to) continue;
      isWanted = reading.onMessage(partition, offset, message);
    }
    if (isWanted && last < range.to - 1) return;
    reading.open.delete(name);
    if (reading.open.size === 0) reading.done.resolve();
  };

  const join = async (): Promise<Consumer> => {
    const consumer = kafka.consumer({
      groupId,
      ...groupTimings,
      // While all partitions stand still, kafkajs looks again only after this time.
      maxWaitTimeInMs: 100,
      retry: { retries: 3 },
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    const joined = Promise.withResolvers<void>();
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      joined.reject(payload.error);
      reading?.done.reject(payload.error);
      joining = undefined;
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { topic, partition, messages } = batch;
        onMessages(topic, partition, messages, Number(batch.lastOffset()));
        if (reading?.open.has(nameOf(topic, partition)) !== true)
          consumer.pause([{ topic, partitions: [partition] }]);
      },
    });
    await joined.promise;
    return consumer;
  };

  const connect = async (): Promise<Consumer> => {
    joining ??= join();
    try {
      return await joining;
    } catch (error) {
      joining = undefined;
      throw error;
    }
  };

  const readNow = async (ranges: readonly Range[], onMessage: OnMessage): Promise<void> => {
    const wanted = ranges.filter(({ from, to }) => to > from);
    if (wanted.length === 0) return;
    const consumer = await connect();
    const done = Promise.withResolvers<void>();
    reading = {
      open: new Map(wanted.map((range) => [nameOf(range.topic, range.partition), range])),
      onMessage,
      done,
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      for (const { topic, partition, from } of wanted) {
        consumer.seek({ topic, partition, offset: String(from) });
        consumer.resume([{ topic, partitions: [partition] }]);
      }
      timer = setTimeout(
        () => done.reject(new Error(`no records came within ${patienceMs / 1000} s`)),
        patienceMs,
      );
      await done.promise;
    } finally {
      clearTimeout(timer);
      reading = undefined;
    }
  };

  return {
    warm: () => void connect().catch(() => {}),
    async read(ranges, onMessage) {
      if (isClosed) throw new Error('the run is closing');
      const mine = queue.then(async () => await readNow(ranges, onMessage));
      queue = mine.catch(() => {});
      await mine;
    },
    async close() {
      isClosed = true;
      reading?.done.reject(new Error('the run is closing'));
      const consumer = await joining?.catch(() => undefined);
      await consumer?.disconnect();
      if (consumer !== undefined && deletesGroup) await deleteGroups(kafka, [groupId]);
    },
  };
}

function nameOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
