// Local runs whose functions store what they get in S3. Own file: the tests of a run take several files.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Message } from 'kafkajs';
import type { LocalEvent } from '../../tools/local/events.ts';
import type { MappingStatus } from '../../tools/local/mapping/mapping-status.ts';
import type { LocalRun } from '../../tools/local/run.ts';
import type { LocalAppConsumer } from './local-app.ts';
import { startLocalCluster, type LocalCluster } from './local-cluster.ts';

/** The broker and endpoints of all tests that are loaded into one process. */
export const cluster: LocalCluster = await startLocalCluster();
after(async () => {
  await cluster.close();
});

/**
 * Code of a handler that stores every record under its place in S3, after `before` had its chance to misbehave. `calls`
 * counts the invocations of a process, so that what fails once can be told from what fails always.
 */
export function storing(before: string = ''): string {
  return `
    import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
    const s3 = new S3Client({});
    let calls = 0;
    export async function handler(event, context) {
      calls++;
      const records = Object.values(event.records).flat();
      const text = (record) => Buffer.from(record.value ?? '', 'base64').toString();
      const failures = [];
      const fail = ({ topic, partition, offset }) => failures.push({ itemIdentifier: { partition: topic + '-' + partition, offset } });
      ${before}
      const failed = new Set(failures.map(({ itemIdentifier: { partition, offset } }) => partition + '/' + offset));
      for (const record of records) {
        const place = record.topic + '-' + record.partition + '/' + record.offset;
        if (failed.has(place)) continue;
        await s3.send(new PutObjectCommand({ Bucket: process.env.STORE, Key: place, Body: text(record) }));
      }
      return { batchItemFailures: failures };
    }`;
}

const store = { Type: 'AWS::S3::Bucket' };
/** A consumer of this topic, with a bucket for what it stores and one for what is given up. */
export const consumerOf = (
  topic: string,
  source: string,
  mapping: Readonly<Record<string, unknown>> = {},
): LocalAppConsumer => ({
  name: topic,
  source,
  environment: { STORE: { Ref: `Store${topic}` } },
  mapping: {
    Topics: [topic],
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [`Dead${topic}`, 'Arn'] } } },
    ...mapping,
  },
});
/** The buckets of that consumer. */
export const resourcesOf = (topic: string): Readonly<Record<string, unknown>> => ({
  [`Store${topic}`]: store,
  [`Dead${topic}`]: store,
});

/** Messages for four partitions, in turn. */
export function messages(
  count: number,
  of: (index: number) => string = (index) => `value ${index}`,
): readonly Message[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${index}`,
    value: of(index),
    partition: index % 4,
  }));
}

/** The one mapping of a run. */
export const only = (run: LocalRun): MappingStatus => {
  const [status] = run.mappings();
  assert.ok(status !== undefined);
  return status;
};
/** What a run has told of its invocations. */
export const invocations = (
  events: readonly LocalEvent[],
): readonly Extract<LocalEvent, { kind: 'invocation' }>[] =>
  events.filter((event) => event.kind === 'invocation');

/** The texts that a topic's consumer has stored, sorted. */
export async function stored(topic: string): Promise<readonly string[]> {
  return [...(await cluster.readBucket(`app-store${topic}`)).values()].toSorted((a, b) => a.localeCompare(b));
}
/** The texts of messages, sorted. */
export const values = (list: readonly Message[]): readonly string[] =>
  list.map(({ value }) => String(value)).toSorted((a, b) => a.localeCompare(b));
