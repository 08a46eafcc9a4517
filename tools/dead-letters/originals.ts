// What Kafka still knows of failed records: their bytes, where the document of a queue has none, and how long retention leaves them.
import type { Kafka } from 'kafkajs';
import { toPlaceName, type DocumentEnd, type FailedRecord } from './failed-record.ts';
import {
  readRanges,
  readTopicStates,
  toEventRecord,
  toRanges,
  type At,
  type TopicRecord,
  type TopicStates,
} from './sources/kafka.ts';

/** Why a record's bytes cannot be had. */
export type Lost = 'retention' | 'topic deleted' | 'topic made again' | 'no brokers';

/** What a person is told of it. */
export const lostWords: Readonly<Record<Lost, string>> = {
  'no brokers': 'their documents name offsets only; give --brokers to read them from Kafka',
  retention: 'retention has deleted them; nothing can bring them back',
  'topic deleted': 'their topic is gone',
  'topic made again': 'their topic was made again, and has other records at their offsets',
};

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
  const missing = failed.filter(({ record }) => record === undefined);
  const topics = missing.map(({ topic }) => topic);
  const states: TopicStates = kafka === undefined ? new Map() : await readTopicStates(kafka, topics);
  const found = new Map<string, TopicRecord>();
  const wanted = new Set(missing.flatMap((each) => [toPlaceName(each), ...toEnds(each).map(toPlaceName)]));
  if (kafka !== undefined)
    await readRanges(kafka, toRanges([...missing, ...missing.flatMap(toEnds)], states), (record) => {
      if (wanted.has(toPlaceName(record))) found.set(toPlaceName(record), record);
    });
  return failed.map((each) => {
    if (each.record !== undefined) return { failed: each, lost: undefined, deletedAtMs: undefined };
    const original = kafka === undefined ? 'no brokers' : findOriginal(each, states, found);
    if (typeof original === 'string') return { failed: each, lost: original, deletedAtMs: undefined };
    const record = toEventRecord(original);
    const retentionMs = states.get(each.topic)?.retentionMs;
    const deletedAtMs = retentionMs === undefined ? undefined : record.timestamp + retentionMs;
    return { failed: { ...each, record }, lost: undefined, deletedAtMs };
  });
}

function toEnds({ topic, partition, documentEnds = [] }: FailedRecord): readonly (At & DocumentEnd)[] {
  return documentEnds.map((end) => ({ topic, partition, ...end }));
}

function findOriginal(
  failed: FailedRecord,
  states: TopicStates,
  found: ReadonlyMap<string, TopicRecord>,
): TopicRecord | Lost {
  const state = states.get(failed.topic);
  if (state === undefined) return 'topic deleted';
  const partition = state.partitions.get(failed.partition);
  if (partition === undefined || isMadeAgain(failed, partition.high, found)) return 'topic made again';
  return found.get(toPlaceName(failed)) ?? 'retention';
}

/** The last moment that a `Date` knows; a document names none after it. */
const lastMomentMs = 8.64e15;

// A topic that was deleted and made again starts at offset 0, and has other records at the offsets of the old one. It is the one that a
// document means when it has records of the document's timestamps at the ends of its range.
function isMadeAgain(failed: FailedRecord, high: number, found: ReadonlyMap<string, TopicRecord>): boolean {
  const ends = toEnds(failed);
  if ([failed, ...ends].some(({ offset }) => offset >= high)) return true;
  const timestampAt = (at: At): number | undefined => {
    const record = found.get(toPlaceName(at));
    return record && Math.min(Number(record.message.timestamp), lastMomentMs);
  };
  const seen = ends.filter((end) => timestampAt(end) !== undefined);
  if (seen.length > 0) return seen.some((end) => timestampAt(end) !== end.timestampMs);
  // Compaction has removed both ends, or the document names no timestamps: at least it is not older than its record.
  return failed.failedAtMs > 0 && (timestampAt(failed) ?? 0) > failed.failedAtMs;
}
