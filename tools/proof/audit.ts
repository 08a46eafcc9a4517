// Closes the account of each consumer by reading back what it wrote. A consumer of the user's own, whose destination
// nobody here can read, is counted by what its function reported instead, and says so.

import type { AwsClients } from '../aws/clients.ts';
import type { LambdaFunction } from '../template/topology.ts';
import { digest64 } from '../traffic/digest.ts';
import type { Ledger, LedgerEntry } from '../traffic/ledger.ts';
import {
  openAccount,
  type Account,
  type FoundLetter,
  type OpenAccount,
  type Reported,
} from './reconciliation.ts';
import { readArchive } from './read-archive.ts';
import { readDeadLetters, type GivenUpRecord } from './read-dead-letters.ts';
import { readMaterialize } from './read-materialize.ts';
import { readRelay } from './read-relay.ts';

/** A consumer to audit, and what the run knows of it. */
export interface AuditSubject {
  readonly consumer: string;
  /** What its mapping reads. */
  readonly topic: string;
  readonly function: LambdaFunction;
  readonly produced: Ledger;
  /** Records that were delivered more than once. */
  readonly redelivered: number;
  /** Bucket of its mapping's on-failure destination, if that is one. */
  readonly failureBucket: string | undefined;
  /** Counts only where nothing can be read back. */
  readonly reported: Reported;
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
 * Audits the consumers, one account each, in the order given.
 *
 * @throws Error when something that is read back is none of the consumer's, naming it
 */
export async function audit(subjects: readonly AuditSubject[], clients: AwsClients): Promise<Account[]> {
  const open = subjects.map((subject) => ({
    subject,
    account: openAccount(subject.consumer, subject.produced),
  }));
  // A function that was written without the library has no bucket of its own for dead letters.
  const buckets = new Set(
    subjects.flatMap(({ function: { environment }, failureBucket }) => [
      environment['TAILRACE_DEAD_LETTER_BUCKET'],
      failureBucket,
    ]),
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
    const read = readers[subject.consumer];
    await read?.(account, subject, clients);
    accounts.push(
      read ? account.close(subject.redelivered) : account.closeUnread(subject.redelivered, subject.reported),
    );
  }
  return accounts;
}

async function auditArchive(account: OpenAccount, subject: AuditSubject, { s3 }: AwsClients): Promise<void> {
  const bucket = environmentOf(subject, 'ARCHIVE_BUCKET');
  for await (const { partition, offset, digest } of readArchive(s3, bucket)) {
    account.land(partition, offset, digest ?? 0n);
  }
}

async function auditRelay(
  account: OpenAccount,
  subject: AuditSubject,
  { s3, sqs }: AwsClients,
): Promise<void> {
  const queueUrl = environmentOf(subject, 'RELAY_QUEUE_URL');
  for await (const { partition, offset, digest } of readRelay({ s3, sqs, queueUrl })) {
    account.land(partition, offset, digest ?? 0n);
  }
}

/**
 * A table shows the latest record of each key and no earlier one. A record has landed when its key's item is of that
 * record or of a later one; and the item must be that of the latest record which was not given up.
 */
async function auditMaterialize(
  account: OpenAccount,
  subject: AuditSubject,
  { dynamo }: AwsClients,
): Promise<void> {
  const items = new Map<string, { readonly partition: number; readonly offset: number }>();
  for await (const item of readMaterialize(dynamo, environmentOf(subject, 'MATERIALIZE_TABLE'))) {
    items.set(item.key, item);
    const record = subject.produced.find(item.partition, item.offset);
    if (record === undefined) continue;
    if (record.key !== item.key)
      account.contradict(`${item.partition}@${item.offset} stands under another record's key`);
    if ((record.kind === 'tombstone') !== item.isDeleted)
      account.contradict(`${item.partition}@${item.offset} is ${record.kind}, its item is not`);
    if ((item.digest ?? 0n) !== record.documentDigest)
      account.contradict(`${item.partition}@${item.offset} stands with other content than was produced`);
  }
  for (const record of subject.produced) {
    if (isShownBy(items.get(record.key), record)) account.land(record.partition, record.offset);
  }
}

function isShownBy(
  item: { readonly partition: number; readonly offset: number } | undefined,
  record: LedgerEntry,
): boolean {
  // Poison never changes the table: it must be found among the dead letters.
  if (record.kind !== 'order' && record.kind !== 'tombstone') return false;
  return item !== undefined && item.partition === record.partition && item.offset >= record.offset;
}

function isOf(letter: GivenUpRecord, subject: AuditSubject): boolean {
  if (letter.by === 'runtime') return letter.consumer === subject.consumer;
  // A function may have a mapping per topic.
  const functionName = letter.functionArn.split(':function:')[1]?.split(':')[0];
  return functionName === subject.function.name && letter.topic === subject.topic;
}

function toFound(letter: GivenUpRecord): FoundLetter {
  const value = letter.by === 'runtime' ? letter.letter.value : letter.record.value;
  const digest = value === null || value === undefined ? 0n : digest64(Buffer.from(value, 'base64'));
  return letter.by === 'runtime'
    ? { by: 'function', code: letter.letter.error.code, digest }
    : { by: 'mapping', code: letter.condition, digest };
}

function environmentOf({ consumer, function: { environment } }: AuditSubject, variable: string): string {
  const value = environment[variable];
  if (value === undefined)
    throw new Error(`function of ${consumer} has no ${variable} in its template, expected it; run cdk synth`);
  return value;
}
