// Whether a later record of a failed one's key was processed meanwhile: sending the old one would bring an old value back.
import type { Kafka } from 'kafkajs';
import { mayShareConsumer, redriveOriginHeader, toPlaceName, type FailedRecord } from '../failed-record.ts';
import {
  readRanges,
  readTopicStates,
  toRanges,
  type Range,
  type TopicRecord,
  type TopicStates,
} from '../sources/kafka.ts';
import { toRecordName } from './done.ts';

/** Records read at most to look for later ones of the same key; more would take minutes. */
const mostScanned = 1_000_000;

/** What is known of later records of the same key. */
export interface Overtaken {
  /** Ids of records that a later record of their key has overtaken. */
  readonly ids: ReadonlySet<string>;
  /** Why it was not looked for, everywhere or in a topic; undefined when it was. */
  readonly unknown: string | undefined;
}

/**
 * Finds records whose key was written again after them, by a record that did not fail itself.
 *
 * @param open everything that is known to have failed and is not done, asked for or not
 * @throws {DeadLettersError} `NO_ACCESS`
 */
export async function findOvertaken(
  failed: readonly FailedRecord[],
  open: readonly FailedRecord[],
  kafka: Kafka | undefined,
): Promise<Overtaken> {
  if (kafka === undefined) return { ids: new Set(), unknown: 'no --brokers to ask' };
  const keyed = failed.filter(({ record }) => typeof record?.key === 'string');
  const topics = [...new Set(keyed.map(({ topic }) => topic))];
  const states = await readTopicStates(kafka, topics);
  const unknown = topics.filter((topic) => !states.has(topic)).map((topic) => `topic ${topic} is gone`);
  const openByName = Map.groupBy(
    open.filter(({ isCertain }) => isCertain),
    (each) => toRecordName(each),
  );
  const scan: Scan = async (ranges, onRecord) => {
    const count = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    if (count > mostScanned) return void unknown.push(`${count} records would have to be read`);
    await readRanges(kafka, ranges, (by) => {
      // What a document only names has no timestamp yet.
      const same = [undefined, Number(by.message.timestamp)].flatMap(
        (timestamp) => openByName.get(toRecordName(by, timestamp)) ?? [],
      );
      onRecord(by, (failed) => !same.some((other) => mayShareConsumer(failed, other)));
    });
  };
  const { overtaken, replaced } = await scanBehind(keyed, states, scan);
  for (const id of await scanReplaced(replaced, states, scan)) overtaken.add(id);
  return { ids: overtaken, unknown: unknown.length === 0 ? undefined : unknown.join(', ') };
}

type Scan = (
  ranges: readonly Range[],
  /** `isProcessed`: whether the record did not fail itself for the consumer of another one. */
  onRecord: (by: TopicRecord, isProcessed: (forWhom: FailedRecord) => boolean) => void,
) => Promise<void>;

// What lies behind each record in its partition. A topic that was deleted and made again has other records at the offsets of the old one.
async function scanBehind(
  keyed: readonly FailedRecord[],
  states: TopicStates,
  scan: Scan,
): Promise<{ readonly overtaken: Set<string>; readonly replaced: ReadonlySet<FailedRecord> }> {
  const highOf = ({ topic, partition }: Pick<FailedRecord, 'topic' | 'partition'>): number =>
    states.get(topic)?.partitions.get(partition)?.high ?? 0;
  const overtaken = new Set<string>();
  const replaced = new Set(keyed.filter((each) => states.has(each.topic) && each.offset >= highOf(each)));
  const byPlace = Map.groupBy(keyed, toPlaceName);
  const byKey = Map.groupBy(keyed, ({ topic, partition, record }) => `${topic} ${partition} ${record?.key}`);
  const behind = toRanges(keyed, states).map((range) => ({ ...range, to: highOf(range) }));
  await scan(behind, (by, isProcessed) => {
    const { topic, partition, offset, message } = by;
    for (const each of byPlace.get(toPlaceName(by)) ?? [])
      if (each.record?.timestamp !== Number(message.timestamp)) replaced.add(each);
    // What a redrive wrote is as old as the record that it is a copy of.
    const origin = message.headers?.[redriveOriginHeader]?.toString() ?? '';
    const [, age = offset] = origin.startsWith(`${topic}-${partition}@`) ? origin.split('@') : [];
    for (const each of byKey.get(`${topic} ${partition} ${message.key?.toString('base64')}`) ?? [])
      if (Number(age) > each.offset && isProcessed(each)) overtaken.add(each.id);
  });
  return { overtaken, replaced };
}

// In the topic that replaced a record's own all is later that is younger, in whichever partition.
async function scanReplaced(
  replaced: ReadonlySet<FailedRecord>,
  states: TopicStates,
  scan: Scan,
): Promise<ReadonlySet<string>> {
  const overtaken = new Set<string>();
  const byKey = Map.groupBy(replaced, ({ topic, record }) => `${topic} ${record?.key}`);
  const whole = [...new Set([...replaced].map(({ topic }) => topic))].flatMap((topic) =>
    [...(states.get(topic)?.partitions ?? [])].map(([partition, { low: from, high: to }]) => ({
      topic,
      partition,
      from,
      to,
    })),
  );
  await scan(whole, ({ topic, message }, isProcessed) => {
    for (const each of byKey.get(`${topic} ${message.key?.toString('base64')}`) ?? [])
      if (Number(message.timestamp) > (each.record?.timestamp ?? 0) && isProcessed(each))
        overtaken.add(each.id);
  });
  return overtaken;
}
