// Closes the account of each consumer by reading back what it wrote. A consumer of the user's own, whose destination
// nobody here can read, is counted by what its function has answered for instead, and says so.

import type { AwsClients } from '../aws/clients.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { digest64 } from '../traffic/digest.ts';
import { toHeadersDigest, type Ledger, type LedgerEntry } from '../traffic/ledger.ts';
import type { Deliveries } from './deliveries.ts';
import { readArchive } from './readers/read-archive.ts';
import { readDeadLetters, type GivenUpRecord } from './readers/read-dead-letters.ts';
import type { FailureDocument } from './readers/read-documents.ts';
import { readMaterialize } from './readers/read-materialize.ts';
import { readRelay } from './readers/read-relay.ts';
import {
  openAccount,
  type Account,
  type FoundLetter,
  type OpenAccount,
  type Reported,
} from './reconciliation.ts';

/** A consumer to audit, and what the run knows of it. */
export interface AuditSubject {
  readonly consumer: string;
  /** What its mapping reads. */
  readonly topic: string;
  readonly function: LambdaFunction;
  readonly produced: Ledger;
  readonly deliveries: Deliveries;
  /** URL of the queue to read for one, which is emptied. */
  readonly queueToRead: (url: string) => Promise<string>;
  /** Bucket of its mapping's on-failure destination, if that is one. */
  readonly failureBucket: string | undefined;
  /** Documents of its mapping that stand elsewhere than in a bucket. */
  readonly documents: readonly FailureDocument[];
  readonly reported: Omit<Reported, 'hasReadableLetters'>;
}

type Reader = (account: OpenAccount, subject: AuditSubject, clients: AwsClients) => Promise<void>;

/** How to read back what a consumer wrote; the key is the consumer's name. */
const readers: Readonly<Record<string, Reader>> = {
  archive: auditArchive,
  materialize: auditMaterialize,
  relay: auditRelay,
};

/** Whether what this consumer wrote can be read back here. */
export function isAuditable(consumer: string): boolean {
  return Object.hasOwn(readers, consumer);
}

/**
 * Audits the consumers, one account each, in the order given; `minShare` is the least share of good records that must have been
 * processed, 0..1.
 *
 * @throws Error when something that is read back is none of the consumer's, naming it
 */
export async function audit(
  subjects: readonly AuditSubject[],
  clients: AwsClients,
  minShare: number,
): Promise<Account[]> {
  const open = subjects.map((subject) => ({
    subject,
    account: openAccount(subject.consumer, subject.produced, { mustLand: isAuditable(subject.consumer) }),
  }));
  // A function that was written without the library has no bucket of its own for dead letters.
  const buckets = new Set(
    subjects.flatMap(({ function: fn, failureBucket }) => [letterBucketOf(fn), failureBucket]),
  );
  for (const bucket of buckets) {
    if (bucket === undefined) continue;
    for await (const letter of readDeadLetters(clients.s3, bucket)) {
      const mine = open.find(({ subject }) => isOf(letter, subject));
      mine?.account.deadLetter(letter.partition, letter.offset, toFound(letter));
    }
  }
  const accounts: Account[] = [];
  for (const { subject, account } of open) {
    for (const document of subject.documents) takeDocument(account, document, subject.deliveries);
    await readers[subject.consumer]?.(account, subject, clients);
    const hasReadableLetters = letterBucketOf(subject.function) !== undefined;
    const { deliveries, reported } = subject;
    const isReadBack = isAuditable(subject.consumer);
    accounts.push(
      account.close({ deliveries, reported: { ...reported, hasReadableLetters }, isReadBack, minShare }),
    );
  }
  return accounts;
}

function letterBucketOf({ environment }: LambdaFunction): string | undefined {
  return environment['TAILRACE_DEAD_LETTER_BUCKET'];
}

function takeDocument(account: OpenAccount, document: FailureDocument, { discards }: Deliveries): void {
  if (document.record !== undefined) {
    const { partition, offset, ...found } = document.record;
    account.deadLetter(partition, offset, { by: 'mapping', code: document.condition, ...found });
    return;
  }
  account.deadLetterUnseen(discards.take(document), document.condition);
}

async function auditArchive(account: OpenAccount, subject: AuditSubject, { s3 }: AwsClients): Promise<void> {
  const bucket = environmentOf(subject, 'ARCHIVE_BUCKET');
  for await (const { topic, partition, offset, key, headers, timestamp, digest } of readArchive(s3, bucket)) {
    if (topic !== subject.topic) {
      account.contradict(`${partition}@${offset} landed as a record of another topic`);
      continue;
    }
    account.landInOrder(partition, partition, offset, {
      keyDigest: key === null ? 0n : digest64(key),
      headersDigest: toHeadersDigest(headers),
      timestampMs: timestamp,
      digest: digest ?? 0n,
    });
  }
}

async function auditRelay(
  account: OpenAccount,
  subject: AuditSubject,
  { s3, sqs }: AwsClients,
): Promise<void> {
  const queueUrl = await subject.queueToRead(environmentOf(subject, 'RELAY_QUEUE_URL'));
  for await (const { partition, offset, key, headers, timestamp, digest } of readRelay({
    s3,
    sqs,
    queueUrl,
  })) {
    const keyDigest = key === null ? 0n : digest64(key);
    // A message group is a key's, and keeps its order.
    account.landInOrder(keyDigest, partition, offset, {
      // No attribute stands for no key and for an empty one.
      ...(key !== null && { keyDigest }),
      headersDigest: toHeadersDigest(headers),
      timestampMs: timestamp,
      digest: digest ?? 0n,
    });
  }
}

/**
 * A table shows the latest record of each key and no earlier one. A record has landed when its function has answered for it and
 * its key's item is of that record or of a later one; and each item must be that of the record it names.
 */
async function auditMaterialize(
  account: OpenAccount,
  subject: AuditSubject,
  { dynamo }: AwsClients,
): Promise<void> {
  const { produced, deliveries } = subject;
  const shown = new Map<bigint, { readonly partition: number; readonly offset: number }>();
  for await (const item of readMaterialize(dynamo, environmentOf(subject, 'MATERIALIZE_TABLE'))) {
    const { partition, offset } = item;
    const keyDigest = digest64(item.key);
    shown.set(keyDigest, { partition, offset });
    const record = produced.find(partition, offset);
    if (record === undefined) continue;
    for (const [isSame, what] of [
      [keyDigest === record.keyDigest, "stands under another record's key"],
      [item.isDeleted === (record.kind === 'tombstone'), `is ${record.kind}, its item is not`],
      [(item.digest ?? 0n) === record.documentDigest, 'stands with other content than was produced'],
      [item.timestamp === record.timestampMs, 'stands with another timestamp than was produced'],
    ] as const)
      if (!isSame) account.contradict(`${partition}@${offset} ${what}`);
  }
  for (const record of produced) {
    const { partition, offset } = record;
    const isAnswered = deliveries.resolved(partition, offset) > 0;
    if (isAnswered && isShownBy(shown.get(record.keyDigest), record)) account.land(partition, offset);
  }
}

function isShownBy(
  item: { readonly partition: number; readonly offset: number } | undefined,
  record: LedgerEntry,
): boolean {
  // Poison never changes the table: it must be found among the dead letters.
  if (record.kind !== 'good' && record.kind !== 'tombstone') return false;
  return item !== undefined && item.partition === record.partition && item.offset >= record.offset;
}

function isOf(letter: GivenUpRecord, subject: AuditSubject): boolean {
  if (letter.by === 'runtime') return letter.consumer === subject.consumer;
  // A function may have a mapping per topic.
  const functionName = letter.functionArn.split(':function:')[1]?.split(':')[0];
  return functionName === subject.function.name && letter.topic === subject.topic;
}

function toFound(given: GivenUpRecord): FoundLetter {
  return given.by === 'runtime'
    ? { by: 'function', code: given.letter.error.code, ...given.found }
    : { by: 'mapping', code: given.condition, ...given.found };
}

function environmentOf({ consumer, function: { environment } }: AuditSubject, variable: string): string {
  const value = environment[variable];
  if (value === undefined)
    throw new Error(`function of ${consumer} has no ${variable} in its template, expected it; run cdk synth`);
  return value;
}
