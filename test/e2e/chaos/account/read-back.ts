// Reads what is in the topic, the group's commits, the consumer's notes and the dead letters back, into the account.
import { paginateListObjectsV2, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Kafka } from 'kafkajs';
import { readDeadLetters } from '../../../../tools/proof/readers/read-dead-letters.ts';
import { notePrefix, readNote } from '../app/note.ts';
import { digestOf, readNumber, topic } from '../app/record.ts';
import { openAccount, type AccountOptions, type ChaosAccount, type FoundLetter } from './account.ts';
import { readGroupCommits } from './group-commits.ts';
import { readWholeTopic } from './whole-topic.ts';

/** Where to read, and what is known of the run. */
export interface ReadBackOptions extends Pick<AccountOptions, 'records' | 'calmFrom' | 'disturbances'> {
  readonly kafka: Kafka;
  readonly s3: S3Client;
  readonly bucket: string;
}

/** The account of a run that is over. */
export async function readBack({ kafka, s3, bucket, ...run }: ReadBackOptions): Promise<ChaosAccount> {
  const [index, commits] = [await readIndex(kafka), await readGroupCommits(kafka)];
  const ledger = openAccount({ ...run, index, commits });
  // Listed by name, which is in the order of time.
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: notePrefix }))
    for (const { Key, LastModified } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const note = readNote(Buffer.from((await Body?.transformToByteArray()) ?? []));
      ledger.note({ ...note, storedMs: LastModified?.getTime() ?? 0 });
    }
  for await (const letter of readLetters(s3, bucket)) ledger.deadLetter(letter);
  return ledger.close();
}

async function readIndex(kafka: Kafka): Promise<AccountOptions['index']> {
  const numbers = new Map<number, number[]>();
  await readWholeTopic(kafka, topic, (partition, { offset, value }) => {
    const list = numbers.get(partition) ?? [];
    numbers.set(partition, list);
    list[Number(offset)] = readNumber(String(value));
  });
  return new Map(Array.from(numbers, ([partition, list]) => [partition, Uint32Array.from(list)]));
}

async function* readLetters(s3: S3Client, bucket: string): AsyncGenerator<FoundLetter> {
  for await (const found of readDeadLetters(s3, bucket)) {
    // The mapping discards nothing here: it retries without end.
    if (found.by !== 'runtime') {
      yield { n: Number.NaN, digest: Buffer.alloc(0) };
      continue;
    }
    const { key, value, headers } = found.letter;
    const toBytes = (base64: string | null): Buffer => Buffer.from(base64 ?? '', 'base64');
    const digest = digestOf(
      toBytes(key),
      toBytes(value),
      headers.map(([name, bytes]) => [name, toBytes(bytes)] as const),
    );
    yield { n: readNumber(toBytes(value).toString()), digest };
  }
}
