// Every commit of the group, out of the broker's own log of them: the topic __consumer_offsets.
// Source: Apache Kafka, OffsetCommitKey.json and OffsetCommitValue.json.
import type { Kafka } from 'kafkajs';
import { groupId, topic } from '../app/record.ts';
import type { Commit } from './account.ts';
import { readWholeTopic } from './whole-topic.ts';

const offsetsTopic = '__consumer_offsets';
// Versions of the key that are about an offset; 2 is about a group.
const lastKeyVersion = 1;

/** In the order in which the broker took them. */
export async function readGroupCommits(kafka: Kafka): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  await readWholeTopic(kafka, offsetsTopic, (_partition, { key, value, timestamp }) => {
    const partition = key === null ? undefined : readPartition(key);
    // Without a value it is forgotten, as when a group is deleted.
    if (partition === undefined || value === null) return;
    // Behind the version, in every one.
    commits.push({ partition, offset: Number(value.readBigInt64BE(2)), atMs: Number(timestamp) });
  });
  return commits;
}

/** The partition of this run's topic that a key is about; undefined for any other key. */
function readPartition(key: Buffer): number | undefined {
  if (key.readInt16BE(0) > lastKeyVersion) return undefined;
  let at = 2;
  const readText = (): string => {
    const length = key.readInt16BE(at);
    at += 2 + length;
    return key.toString('utf8', at - length, at);
  };
  return readText() === groupId && readText() === topic ? key.readInt32BE(at) : undefined;
}
