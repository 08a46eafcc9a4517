// All places that were named, read: the failed records that a person asks for, and what they were chosen from.
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Kafka } from 'kafkajs';
import { readSecurity } from '../broker/broker-security.ts';
import { parseAddresses } from '../broker/external.ts';
import { createKafka } from '../broker/kafka-client.ts';
import { matches, toPlaceName, type FailedRecord } from './failed-record.ts';
import type { DeadLettersOptions } from './options.ts';
import { locate, type Located } from './originals.ts';
import { readBucket } from './sources/bucket.ts';
import { readFailureTopic } from './sources/failure-topic.ts';
import { readQueue } from './sources/queue.ts';
import { findPlaces, type StackPlaces } from './sources/stack.ts';
import { hasField } from './value.ts';

/** Clients that were made for one command. */
export interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** Undefined without `--brokers`. */
  readonly kafka: Kafka | undefined;
  readonly close: () => void;
}

/** What the places hold. */
export interface View {
  /** All of it, whatever was asked for. */
  readonly all: readonly FailedRecord[];
  /** What was asked for, with its bytes where they can be had. */
  readonly chosen: readonly Located[];
  readonly stack: StackPlaces | undefined;
  readonly buckets: readonly string[];
  /** Lets others see the messages of queues again. */
  readonly release: () => Promise<void>;
}

/** Makes clients by the SDK's own chain of credentials, Region and endpoints. @throws {BrokerError} */
export function createClients({ brokers, security }: DeadLettersOptions): Clients {
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  const sqs = new SQSClient({});
  const access = readSecurity(security);
  const kafka =
    brokers === undefined
      ? undefined
      : createKafka(parseAddresses(brokers).join(','), {
          clientId: 'tailrace-dead-letters',
          ...(access && { security: access }),
        });
  return {
    s3,
    sqs,
    kafka,
    close() {
      s3.destroy();
      sqs.destroy();
    },
  };
}

/** Reads all places. @throws {DeadLettersError} */
export async function readPlaces(options: DeadLettersOptions, clients: Clients): Promise<View> {
  const { s3, sqs, kafka } = clients;
  const stack = options.stack === undefined ? undefined : await findPlaces(options.stack, sqs);
  const buckets = [...new Set([...options.buckets, ...(stack?.buckets ?? [])])];
  const queueUrls = [...new Set([...options.queueUrls, ...(stack?.queueUrls ?? [])])];
  const topics = [
    ...new Set([...options.failureTopics, ...(kafka === undefined ? [] : (stack?.topics ?? []))]),
  ];
  const all: FailedRecord[] = [];
  const releases: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> =>
    void (await Promise.all(releases.map(async (each) => await each())));
  try {
    for (const bucket of buckets) for await (const record of readBucket(s3, bucket)) all.push(record);
    for (const queueUrl of queueUrls) {
      const view = await readQueue(sqs, queueUrl);
      releases.push(view.release);
      all.push(...view.records);
    }
    if (kafka !== undefined) for (const topic of topics) all.push(...(await readFailureTopic(kafka, topic)));
    const known = withoutKnown(all);
    const chosen = await choose(known, options, kafka);
    return { all: known, chosen, stack, buckets, release };
  } catch (error) {
    await release();
    throw error;
  }
}

// A record that a document may or may not mean, and that has a dead letter of its own, did not fail in the mapping.
function withoutKnown(all: readonly FailedRecord[]): readonly FailedRecord[] {
  const certain = new Set(all.filter(({ isCertain }) => isCertain).map(toPlaceName));
  return all.filter((each) => each.isCertain || !certain.has(toPlaceName(each)));
}

// A key and a field of the value can be asked for only where the bytes are known: first the cheap questions, then Kafka, then these.
async function choose(
  all: readonly FailedRecord[],
  { filter, where }: DeadLettersOptions,
  kafka: Kafka | undefined,
): Promise<readonly Located[]> {
  const cheap = all.filter((each) => matches(each, { ...filter, key: undefined }));
  const located = await locate(cheap, kafka);
  return located.filter(
    ({ failed }) => matches(failed, filter) && (where === undefined || hasField(failed.record, where)),
  );
}
