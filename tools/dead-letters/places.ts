// All places that were named, read: the failed records that a person asks for, and what they were chosen from.
import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Kafka } from 'kafkajs';
import { readSecurity } from '../broker/broker-security.ts';
import { parseAddresses } from '../broker/external.ts';
import { createKafka } from '../broker/kafka-client.ts';
import { matches, mayShareConsumer, toPlaceName, type FailedRecord } from './failed-record.ts';
import type { DeadLettersOptions } from './options.ts';
import { locate, type Located } from './originals.ts';
import { readBucket, readResolved, type Resolved } from './sources/bucket.ts';
import { readFailureTopic } from './sources/failure-topic.ts';
import { readQueue } from './sources/queue.ts';
import { findPlaces, type StackPlaces } from './sources/stack.ts';
import { readUnfinished } from './redrive/account.ts';
import { hasField } from './value.ts';

/** Clients that were made for one command. */
export interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** Undefined without `--brokers`. */
  readonly kafka: Kafka | undefined;
  /** How functions are invoked. Default: as the SDK's own chain finds it. */
  readonly lambda?: LambdaClientConfig;
  readonly close: () => void;
}

/** What the places hold. */
export interface View {
  /** All of it, whatever was asked for. */
  readonly all: readonly FailedRecord[];
  /** What was asked for, with its bytes where they can be had. */
  readonly chosen: readonly Located[];
  /** What in the places is no dead letter, each in words: it is left out. */
  readonly unreadable: readonly string[];
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
  const stack = options.stack === undefined ? options.dev?.places : await findPlaces(options.stack, sqs);
  const buckets = [...new Set([...options.buckets, ...(stack?.buckets ?? [])])];
  const queueUrls = [...new Set([...options.queueUrls, ...(stack?.queueUrls ?? [])])];
  const topics = [
    ...new Set([...options.failureTopics, ...(kafka === undefined ? [] : (stack?.topics ?? []))]),
  ];
  const all: FailedRecord[] = [];
  const unreadable: string[] = [];
  const onUnreadable = (problem: string): void => void unreadable.push(problem);
  const releases = new Map<string, () => Promise<void>>();
  // What a run that is resumed has still to send: the run may have hidden it when it was killed.
  const wanted = options.resume === undefined ? [] : readUnfinished(options.resume);
  const release = async (): Promise<void> =>
    void (await Promise.all([...releases.values()].map(async (each) => await each())));
  try {
    for (const bucket of buckets)
      for await (const record of readBucket(s3, bucket, onUnreadable)) all.push(record);
    for (const queueUrl of queueUrls) {
      const waitsForHidden = wanted.some((id) => id.startsWith(`${queueUrl}/`));
      const view = await readQueue(sqs, queueUrl, { waitsForHidden, onUnreadable });
      releases.set(queueUrl, view.release);
      all.push(...view.records);
    }
    if (kafka !== undefined)
      for (const topic of topics) all.push(...(await readFailureTopic(kafka, topic, onUnreadable)));
    const hasUncertain = all.some(({ isCertain }) => !isCertain);
    const resolved = hasUncertain
      ? (await Promise.all(buckets.map(async (bucket) => await readResolved(s3, bucket)))).flat()
      : [];
    const known = withoutKnown(withConsumers(all, stack), resolved);
    const chosen = await choose(known, options, kafka);
    const used = new Set(
      chosen.flatMap(({ failed: { place } }) => (place.kind === 'message' ? place.queueUrl : [])),
    );
    for (const [queueUrl, releaseOne] of releases)
      if (!used.has(queueUrl) && !wanted.some((id) => id.startsWith(`${queueUrl}/`))) {
        // Nothing of it is sent: others may see it at once.
        releases.delete(queueUrl);
        await releaseOne();
      }
    return { all: known, chosen, unreadable, stack, buckets, release };
  } catch (error) {
    await release();
    throw error;
  }
}

// A mapping's document names the function; the stack says whose it is.
function withConsumers(
  all: readonly FailedRecord[],
  stack: StackPlaces | undefined,
): readonly FailedRecord[] {
  const names = new Map([...(stack?.functions ?? [])].map(([consumer, fn]) => [fn, consumer]));
  return all.map((each) => {
    const consumer = each.namedAs === 'function' ? names.get(each.consumer) : undefined;
    return consumer === undefined ? each : { ...each, consumer, namedAs: 'consumer' };
  });
}

// A record that a document may or may not mean, and that has a dead letter of its own, resolved or not, did not fail in the mapping.
function withoutKnown(all: readonly FailedRecord[], resolved: readonly Resolved[]): readonly FailedRecord[] {
  const certain = Map.groupBy([...resolved, ...all.filter(({ isCertain }) => isCertain)], toPlaceName);
  const isKnown = (each: FailedRecord): boolean =>
    certain.get(toPlaceName(each))?.some((other) => mayShareConsumer(each, other)) === true;
  const left = all.filter((each) => each.isCertain || !isKnown(each));
  // Where no more are left of a document than have failed, these are the ones.
  const counts = Map.groupBy(left, ({ place }) => (place.kind === 'message' ? place.messageId : ''));
  return left.map((each) => {
    const { place, documentFailures = 0 } = each;
    if (each.isCertain || place.kind !== 'message') return each;
    return { ...each, isCertain: (counts.get(place.messageId)?.length ?? 0) <= documentFailures };
  });
}

// A key and a field of the value can be asked for only where the bytes are known: first the cheap questions, then Kafka, then these.
async function choose(
  all: readonly FailedRecord[],
  { filter, where, tried }: DeadLettersOptions,
  kafka: Kafka | undefined,
): Promise<readonly Located[]> {
  const cheap = all.filter(
    (each) => matches(each, { ...filter, key: undefined }) && (tried === undefined || tried.has(each.id)),
  );
  const located = await locate(cheap, kafka);
  return located.filter(
    ({ failed }) => matches(failed, filter) && (where === undefined || hasField(failed.record, where)),
  );
}
