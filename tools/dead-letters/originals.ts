// What Kafka still knows of failed records: their bytes, where the document of a queue has none; how long retention leaves them; and
// whether a later record of the same key was processed meanwhile.
import type { Kafka } from 'kafkajs';
import { toPlaceName, type FailedRecord } from './failed-record.ts';
import { readRanges, readTopicState, toEventRecord, type Range, type TopicState } from './sources/kafka.ts';

/** Why a record's bytes cannot be had. */
export type Lost = 'retention' | 'topic deleted' | 'no brokers';

/** Failed records with what Kafka knows of them. */
export interface Located {
  readonly failed: FailedRecord;
  /** Undefined when the bytes are known. */
  readonly lost: Lost | undefined;
  /** When retention deletes the original, ms; undefined: not told, or the bytes are kept elsewhere. */
  readonly deletedAtMs: number | undefined;
}

/**
 * Fetches the records that documents only name. Without `kafka` they stay unknown.
 * @throws {DeadLettersError} `NO_ACCESS`
 */
export async function locate(
  failed: readonly FailedRecord[],
  kafka: Kafka | undefined,
): Promise<readonly Located[]> {
  const found = new Map<FailedRecord, Located>();
  for (const each of failed)
    found.set(each, {
      failed: each,
      lost: each.record === undefined ? 'no brokers' : undefined,
      deletedAtMs: undefined,
    });
  const missing = failed.filter(({ record }) => record === undefined);
  if (kafka === undefined) return [...found.values()];
  const states = await readStates(kafka, missing);
  const byPlace = Map.groupBy(missing, toPlaceName);
  for (const each of missing)
    found.set(each, {
      failed: each,
      lost: states.has(each.topic) ? 'retention' : 'topic deleted',
      deletedAtMs: undefined,
    });
  await readRanges(kafka, toRanges(missing, states), (record) => {
    for (const each of byPlace.get(toPlaceName(record)) ?? []) {
      const retentionMs = states.get(each.topic)?.retentionMs;
      const deletedAtMs =
        retentionMs === undefined ? undefined : Number(record.message.timestamp) + retentionMs;
      found.set(each, { failed: { ...each, record: toEventRecord(record) }, lost: undefined, deletedAtMs });
    }
  });
  return failed.flatMap((each) => found.get(each) ?? []);
}

type States = ReadonlyMap<string, TopicState>;

async function readStates(kafka: Kafka, records: readonly FailedRecord[]): Promise<States> {
  const states = new Map<string, TopicState>();
  for (const topic of new Set(records.map((each) => each.topic))) {
    const state = await readTopicState(kafka, topic);
    if (state !== undefined) states.set(topic, state);
  }
  return states;
}

function toRanges(records: readonly FailedRecord[], states: States): readonly Range[] {
  return [...Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`).values()].flatMap(
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

/** Records read at most to look for later ones of the same key; more would take minutes. */
export const mostScanned: number = 1_000_000;

/** What is known of later records of the same key. */
export interface Overtaken {
  /** Ids of records that a later record of their key has overtaken. */
  readonly ids: ReadonlySet<string>;
  /** Why it was not looked for; undefined when it was. */
  readonly unknown: string | undefined;
}

/**
 * Finds records whose key was written again after them, by a record that did not fail itself: sending the old one would bring an old
 * value back.
 */
export async function findOvertaken(
  failed: readonly FailedRecord[],
  kafka: Kafka | undefined,
): Promise<Overtaken> {
  const ids = new Set<string>();
  if (kafka === undefined) return { ids, unknown: 'no --brokers to ask' };
  const keyed = failed.filter(({ record }) => typeof record?.key === 'string');
  const states = await readStates(kafka, keyed);
  const gone = keyed.find(({ topic }) => !states.has(topic));
  if (gone !== undefined) return { ids, unknown: `topic ${gone.topic} is gone` };
  const ranges = toRanges(keyed, states).map((range) => ({
    ...range,
    to: states.get(range.topic)?.partitions.get(range.partition)?.high ?? 0,
  }));
  const count = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (count > mostScanned) return { ids, unknown: `${count} records would have to be read` };
  const places = new Set(failed.map(toPlaceName));
  const byKey = Map.groupBy(
    keyed,
    ({ topic, partition, record }) => `${topic} ${partition} ${record?.key ?? ''}`,
  );
  await readRanges(kafka, ranges, (later) => {
    const { topic, partition, offset, message } = later;
    if (places.has(toPlaceName(later))) return;
    for (const each of byKey.get(`${topic} ${partition} ${message.key?.toString('base64') ?? ''}`) ?? [])
      if (offset > each.offset) ids.add(each.id);
  });
  return { ids, unknown: undefined };
}
