// What a redrive's destinations say afterwards. A function that answers "done" may have dead-lettered a record once more, and a topic holds
// what has arrived whatever the producer was told.
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Kafka } from 'kafkajs';
import { toAwsError } from '../error.ts';
import { redriveOriginHeader, redriveRunHeader } from '../failed-record.ts';
import { readRanges, readTopicState, type TopicState } from '../sources/kafka.ts';

/**
 * Keys of dead letters that were written after a moment.
 * @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE`
 */
export async function findNewLetters(
  s3: S3Client,
  buckets: readonly string[],
  sinceMs: number,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  for (const bucket of buckets) {
    const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: 'dead-letter/' });
    try {
      for await (const { Contents = [] } of pages)
        for (const { Key = '' } of Contents.filter((each) => isSince(each.LastModified, sinceMs)))
          places.add(toPlace(Key));
    } catch (error) {
      throw toAwsError(error, `listing s3://${bucket}/dead-letter/`);
    }
  }
  return places;
}

// S3 tells whole seconds.
function isSince(moment: Date | undefined, sinceMs: number): boolean {
  return (moment?.getTime() ?? 0) >= Math.floor(sinceMs / 1000) * 1000;
}

// dead-letter/<consumer>/<topic>/<partition>/<offset, 20 digits>-<timestamp>.json
function toPlace(key: string): string {
  const [, , topic = '', partition = '', name = ''] = key.split('/');
  return `${topic}-${partition}@${Number(/^\d+/.exec(name)?.[0] ?? Number.NaN)}`;
}

/** Where topics ended before a redrive. */
export type TopicEnds = ReadonlyMap<string, TopicState>;

/** Looks where topics end. @throws {DeadLettersError} `NO_ACCESS` */
export async function readEnds(kafka: Kafka, topics: readonly string[]): Promise<TopicEnds> {
  const ends = new Map<string, TopicState>();
  for (const topic of topics) {
    const state = await readTopicState(kafka, topic);
    if (state !== undefined) ends.set(topic, state);
  }
  return ends;
}

/** How often each record of a run arrived in the topics, by `topic-partition@offset`. @throws {DeadLettersError} `NO_ACCESS` */
export async function countArrived(
  kafka: Kafka,
  before: TopicEnds,
  run: string,
): Promise<ReadonlyMap<string, number>> {
  const arrived = new Map<string, number>();
  const after = await readEnds(kafka, [...before.keys()]);
  const ranges = [...after].flatMap(([topic, { partitions }]) =>
    [...partitions].map(([partition, { high }]) => {
      const from = before.get(topic)?.partitions.get(partition)?.high ?? 0;
      return { topic, partition, from, to: high };
    }),
  );
  await readRanges(kafka, ranges, ({ message: { headers } }) => {
    if (headers?.[redriveRunHeader]?.toString() !== run) return;
    const origin = headers[redriveOriginHeader]?.toString() ?? '';
    arrived.set(origin, (arrived.get(origin) ?? 0) + 1);
  });
  return arrived;
}
