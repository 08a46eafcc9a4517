// What a redrive's destinations say afterwards. A function that answers "done" may have dead-lettered a record once more, and a topic holds
// what has arrived whatever the producer was told.
import type { S3Client } from '@aws-sdk/client-s3';
import type { Kafka } from 'kafkajs';
import { redriveOriginHeader, redriveRunHeader, toPlaceName, type FailedRecord } from '../failed-record.ts';
import { readNewLetters } from '../sources/bucket.ts';
import { readRanges, readTopicStates } from '../sources/kafka.ts';
import { readRun } from './done.ts';

/**
 * Places of records that a run sent and that were dead-lettered once more, whoever of us it was that sent them. The run's name in the new
 * letter's headers says so: clocks differ, and the new letter has the old one's key.
 *
 * @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE`
 */
export async function findNewLetters(
  s3: S3Client,
  buckets: readonly string[],
  { run, known }: { readonly run: string; readonly known: readonly FailedRecord[] },
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  const etags = new Map<string, string>();
  for (const each of known) {
    const { place } = each;
    if (place.kind !== 'letter') continue;
    etags.set(`s3://${place.bucket}/${place.key}`, place.etag);
    if (readRun(each) === run) places.add(toPlaceName(each));
  }
  for (const bucket of buckets)
    for await (const letter of readNewLetters(s3, bucket, etags))
      if (readRun(letter) === run) places.add(toPlaceName(letter));
  return places;
}

/** Where topics end, by topic and partition. */
export type TopicEnds = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Looks where topics end. @throws {DeadLettersError} `NO_ACCESS` */
export async function readEnds(kafka: Kafka, topics: readonly string[]): Promise<TopicEnds> {
  const states = await readTopicStates(kafka, topics);
  return Object.fromEntries(
    [...states].map(([topic, { partitions }]) => [
      topic,
      Object.fromEntries([...partitions].map(([partition, { high }]) => [partition, high])),
    ]),
  );
}

/** How often each record of a run arrived in the topics, by `topic-partition@offset`. @throws {DeadLettersError} `NO_ACCESS` */
export async function countArrived(
  kafka: Kafka,
  before: TopicEnds,
  run: string,
): Promise<ReadonlyMap<string, number>> {
  const arrived = new Map<string, number>();
  const after = await readEnds(kafka, Object.keys(before));
  const ranges = Object.entries(after).flatMap(([topic, partitions]) =>
    Object.entries(partitions).map(([partition, to]) => {
      const from = before[topic]?.[Number(partition)] ?? 0;
      return { topic, partition: Number(partition), from, to };
    }),
  );
  await readRanges(kafka, ranges, ({ message: { headers } }) => {
    if (headers?.[redriveRunHeader]?.toString() !== run) return;
    const origin = headers[redriveOriginHeader]?.toString() ?? '';
    arrived.set(origin, (arrived.get(origin) ?? 0) + 1);
  });
  return arrived;
}
