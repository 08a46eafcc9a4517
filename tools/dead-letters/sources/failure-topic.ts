// An on-failure topic: each message holds the document and the event of one record.
import type { Kafka } from 'kafkajs';
import { DeadLettersError, leaveOut, type OnUnreadable } from '../error.ts';
import type { FailedRecord } from '../failed-record.ts';
import { readDocument } from './document.ts';
import { readRanges, readTopicState } from './kafka.ts';

/**
 * Every failed record of an on-failure topic.
 * @throws {DeadLettersError} `NO_SUCH_PLACE`, `NO_ACCESS`
 */
export async function readFailureTopic(
  kafka: Kafka,
  topic: string,
  onUnreadable: OnUnreadable,
): Promise<readonly FailedRecord[]> {
  const state = await readTopicState(kafka, topic);
  if (state === undefined)
    throw new DeadLettersError(
      'NO_SUCH_PLACE',
      `topic ${topic} does not exist, expected an on-failure topic; check --failure-topic`,
    );
  const records: FailedRecord[] = [];
  const ranges = [...state.partitions].map(([partition, { low, high }]) => ({
    topic,
    partition,
    from: low,
    to: high,
  }));
  await readRanges(kafka, ranges, ({ partition, offset, message }) => {
    const { timestamp } = message;
    const place = { kind: 'topic', topic, partition, offset: String(offset), timestamp } as const;
    const text = message.value?.toString();
    const where = `${topic}-${partition}@${offset}`;
    if (text !== undefined) records.push(...leaveOut(() => readDocument(text, place, where), onUnreadable));
  });
  return records;
}
