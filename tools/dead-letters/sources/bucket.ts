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
import { DeadLettersError, leaveOut, toAwsError, type OnUnreadable } from '../error.ts';
import { toId, type FailedRecord } from '../failed-record.ts';
import { parseJson, readDocument } from './document.ts';

const letters = 'dead-letter/';
const batches = 'aws/lambda/';
/** Where resolved dead letters go. */
export const resolvedPrefix: string = 'resolved/';

/** Objects that are read at once: each is a request of its own. */
const readAhead = 16;

/** Every failed record of a bucket. @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE` */
export async function* readBucket(
  s3: S3Client,
  bucket: string,
  onUnreadable: OnUnreadable,
): AsyncGenerator<FailedRecord> {
  for await (const [object, text] of readTexts(s3, bucket, letters))
    yield* leaveOut(() => [readLetter(text, bucket, object)], onUnreadable);
  for await (const [{ key }, text] of readTexts(s3, bucket, batches)) {
    const place = { kind: 'batch', bucket, key } as const;
    const records = leaveOut(() => readDocument(text, place, `s3://${bucket}/${key}`), onUnreadable);
    if (records.length > 0) yield* await withoutResolved(s3, place, records);
  }
}

/**
 * Dead letters that are not as `known` has them, ETags by `s3://bucket/key`; what is no dead letter is passed over.
 * @throws {DeadLettersError} as `readBucket`
 */
export async function* readNewLetters(
  s3: S3Client,
  bucket: string,
  known: ReadonlyMap<string, string>,
): AsyncGenerator<FailedRecord> {
  const isNew = ({ key, etag }: Listed): boolean => known.get(`s3://${bucket}/${key}`) !== etag;
  for await (const [object, text] of readTexts(s3, bucket, letters, isNew))
    yield* leaveOut(
      () => [readLetter(text, bucket, object)],
      () => {
        // Whoever read the whole bucket was told of it.
      },
    );
}

/** What is known of a resolved dead letter by its key. */
export type Resolved = Pick<FailedRecord, 'consumer' | 'namedAs' | 'topic' | 'partition' | 'offset'>;

/** The runtime's dead letters that were resolved. @throws {DeadLettersError} as `readBucket` */
export async function readResolved(s3: S3Client, bucket: string): Promise<readonly Resolved[]> {
  const resolved: Resolved[] = [];
  for await (const page of listObjects(s3, bucket, `${resolvedPrefix}${letters}`))
    for (const { key } of page) {
      // resolved/dead-letter/<consumer>/<topic>/<partition>/<offset, 20 digits>-<timestamp>.json
      const [, , consumer = '', topic = '', partition = '', name = ''] = key.split('/');
      const offset = Number.parseInt(name, 10);
      resolved.push({ consumer, namedAs: 'consumer', topic, partition: Number(partition), offset });
    }
  return resolved;
}

interface Listed {
  readonly key: string;
  readonly etag: string;
}

async function* readTexts(
  s3: S3Client,
  bucket: string,
  prefix: string,
  isWanted: (object: Listed) => boolean = () => true,
): AsyncGenerator<readonly [object: Listed, text: string]> {
  for await (const page of listObjects(s3, bucket, prefix)) {
    const objects = page.filter(isWanted);
    for (let at = 0; at < objects.length; at += readAhead) {
      const texts = objects.slice(at, at + readAhead).map(async (object) => {
        const text = await readObject(s3, bucket, object.key);
        return text === undefined ? [] : [[object, text] as const];
      });
      yield* (await Promise.all(texts)).flat();
    }
  }
}

async function* listObjects(s3: S3Client, bucket: string, prefix: string): AsyncGenerator<readonly Listed[]> {
  try {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
      yield (page.Contents ?? []).flatMap(({ Key: key, ETag: etag = '' }) =>
        key === undefined ? [] : { key, etag },
      );
  } catch (error) {
    throw toAwsError(error, `listing s3://${bucket}/${prefix}`);
  }
}

// Undefined for what somebody has moved away since it was listed.
async function readObject(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    if ((error as Error).name === 'NoSuchKey') return undefined;
    throw toAwsError(error, `reading s3://${bucket}/${key}`);
  }
}

/** What an object of the runtime's says. @throws {DeadLettersError} `UNREADABLE` when it is no dead letter */
export function readLetter(text: string, bucket: string, { key, etag }: Listed): FailedRecord {
  const letter = parseJson(text, `s3://${bucket}/${key}`) as DeadLetter | null;
  if (
    typeof letter?.topic !== 'string' ||
    typeof letter.error?.code !== 'string' ||
    !Array.isArray(letter.headers) ||
    !letter.headers.every((header) => Array.isArray(header) && typeof header[1] === 'string')
  )
    throw new DeadLettersError(
      'UNREADABLE',
      `s3://${bucket}/${key} is not a dead letter, got JSON without its topic, error or headers, expected what the runtime stores; move the object to another prefix`,
    );
  const { topic, partition, offset, timestamp, timestampType, consumer, error } = letter;
  const place = { kind: 'letter', bucket, key, etag } as const;
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
    namedAs: 'consumer',
    topic,
    partition,
    offset,
    code: error.code,
    message: error.message,
    failedAtMs,
    attempts: undefined,
    isCertain: true,
    // An odd record's key and value came to the function as what Kafka cannot hold: only the topic still has them.
    ...(error.code === 'INVALID_RECORD'
      ? { record: undefined, documentEnds: timestamp < 0 ? [] : [{ offset, timestampMs: timestamp }] }
      : { record }),
  };
}

// Of a batch some records may be resolved and others not: a note beside the resolved ones says which.
async function withoutResolved(
  s3: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  records: readonly FailedRecord[],
): Promise<readonly FailedRecord[]> {
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
