// Dead letters in S3: the runtime's own under `dead-letter/`, the mapping's failed batches under `aws/lambda/`, and what was resolved,
// which is moved under `resolved/` and counts no longer.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { DeadLetter, EventRecord } from '../../../lib/index.ts';
import { DeadLettersError, toAwsError } from '../error.ts';
import { toId, type FailedRecord } from '../failed-record.ts';
import { parseJson, readDocument } from './document.ts';

const letters = 'dead-letter/';
const batches = 'aws/lambda/';
/** Where resolved dead letters go. */
export const resolvedPrefix: string = 'resolved/';

/** Objects that are read at once: each is a request of its own. */
const readAhead = 16;

/**
 * Every failed record of a bucket.
 * @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE`, `UNREADABLE`
 */
export async function* readBucket(s3: S3Client, bucket: string): AsyncGenerator<FailedRecord> {
  for await (const [key, text] of readTexts(s3, bucket, letters)) yield toFailed(text, bucket, key);
  for await (const [key, text] of readTexts(s3, bucket, batches))
    yield* await withoutResolved(s3, bucket, { key, text });
}

async function* readTexts(
  s3: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<readonly [key: string, text: string]> {
  for await (const keys of listKeys(s3, bucket, prefix))
    for (let at = 0; at < keys.length; at += readAhead)
      yield* await Promise.all(
        keys.slice(at, at + readAhead).map(async (key) => [key, await readObject(s3, bucket, key)] as const),
      );
}

async function* listKeys(s3: S3Client, bucket: string, prefix: string): AsyncGenerator<readonly string[]> {
  try {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
      yield (page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
  } catch (error) {
    throw toAwsError(error, `listing s3://${bucket}/${prefix}`);
  }
}

async function readObject(s3: S3Client, bucket: string, key: string): Promise<string> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    throw toAwsError(error, `reading s3://${bucket}/${key}`);
  }
}

function toFailed(text: string, bucket: string, key: string): FailedRecord {
  const letter = parseJson(text, `s3://${bucket}/${key}`) as DeadLetter | null;
  if (typeof letter?.topic !== 'string' || typeof letter.error?.code !== 'string')
    throw new DeadLettersError(
      'UNREADABLE',
      `s3://${bucket}/${key} is no dead letter, got JSON without topic and error`,
    );
  const { topic, partition, offset, timestamp, timestampType, consumer, error } = letter;
  const place = { kind: 'letter', bucket, key } as const;
  const record = {
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    ...(letter.key === null ? {} : { key: letter.key }),
    ...(letter.value === null ? {} : { value: letter.value }),
    headers: letter.headers.map(([name, base64]) => ({
      [name]: [...new Int8Array(Buffer.from(base64, 'base64'))],
    })),
  } as EventRecord;
  const failedAtMs = Date.parse(letter.deadLetteredAt) || 0;
  return {
    id: toId(place, letter),
    place,
    consumer,
    topic,
    partition,
    offset,
    code: error.code,
    message: error.message,
    failedAtMs,
    attempts: undefined,
    isCertain: true,
    record,
  };
}

// Of a batch some records may be resolved and others not: a note beside the resolved ones says which.
async function withoutResolved(
  s3: S3Client,
  bucket: string,
  { key, text }: { readonly key: string; readonly text: string },
): Promise<readonly FailedRecord[]> {
  const records = readDocument(text, { kind: 'batch', bucket, key }, `s3://${bucket}/${key}`);
  const done = await readNote(s3, bucket, key);
  return records.filter(({ id }) => !done.has(id));
}

function noteKey(key: string): string {
  return `${resolvedPrefix}${key}.records.json`;
}

async function readNote(s3: S3Client, bucket: string, key: string): Promise<ReadonlySet<string>> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: noteKey(key) }));
    return new Set(JSON.parse((await Body?.transformToString()) ?? '[]') as readonly string[]);
  } catch (error) {
    // No note is the usual case; without the right to list, S3 says AccessDenied for what does not exist.
    if (/NoSuchKey|NotFound|AccessDenied/.test((error as Error).name)) return new Set();
    throw toAwsError(error, `reading s3://${bucket}/${noteKey(key)}`);
  }
}

/**
 * Moves a dead letter under `resolved/`: copied first, deleted only then. Of a batch it is moved once all its records are resolved;
 * until then a note holds those that are.
 */
export async function resolveInBucket(
  s3: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  resolved: { readonly ids: readonly string[]; readonly isAll: boolean },
): Promise<void> {
  try {
    if (!resolved.isAll) {
      const known = await readNote(s3, bucket, key);
      const Body = JSON.stringify([...new Set([...known, ...resolved.ids])]);
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: noteKey(key), Body, ContentType: 'application/json' }),
      );
      return;
    }
    const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: `${resolvedPrefix}${key}`, CopySource }));
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    throw toAwsError(error, `moving s3://${bucket}/${key} to ${resolvedPrefix}`);
  }
}
