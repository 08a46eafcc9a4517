// Reads the dead-letter bucket back: the runtime's own letters, and what the mapping gave up as a whole.

import type { S3Client } from '@aws-sdk/client-s3';
import type { DeadLetter, EventRecord, KafkaEvent } from '../../../lib/index.ts';
import { digest64 } from '../../traffic/digest.ts';
import { toHeadersDigest } from '../../traffic/ledger.ts';
import { readBytes, readObjects, type StoredObject } from '../objects.ts';
import type { Found } from '../found.ts';

/** A record that was given up, and by whom. */
export type GivenUpRecord = RuntimeLetter | MappingLetter;

interface GivenUp {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly found: Required<Found>;
}

/** A record that the runtime found could never succeed. */
export interface RuntimeLetter extends GivenUp {
  readonly by: 'runtime';
  readonly consumer: string;
  readonly letter: DeadLetter;
}

/** A record of a batch that the mapping gave up: out of attempts, too old, or too large. */
export interface MappingLetter extends GivenUp {
  readonly by: 'mapping';
  /** Of the function that the batch was meant for. */
  readonly functionArn: string;
  /** As AWS names it, `RetryAttemptsExhausted` for one. */
  readonly condition: string;
  readonly record: EventRecord;
}

/**
 * Every record in the bucket: those under `dead-letter/`, then those in the mappings' documents under `aws/lambda/`.
 *
 * @throws Error when an object is neither, naming it
 */
export async function* readDeadLetters(s3: S3Client, bucket: string): AsyncGenerator<GivenUpRecord> {
  for await (const object of readObjects(s3, bucket, 'dead-letter/')) {
    const letter = await readJson<DeadLetter>(object);
    const { consumer, topic, partition, offset, timestamp, key, value, headers } = letter;
    yield {
      by: 'runtime',
      consumer,
      topic,
      partition,
      offset,
      letter,
      found: {
        keyDigest: digestBase64(key),
        digest: digestBase64(value),
        headersDigest: toHeadersDigest(
          ((headers as DeadLetter['headers'] | undefined) ?? []).map(
            ([name, base64]) => [name, Buffer.from(base64, 'base64')] as const,
          ),
        ),
        timestampMs: timestamp,
      },
    };
  }
  for await (const object of readObjects(s3, bucket, 'aws/lambda/'))
    yield* toLetters(await readJson(object), object);
}

/** What an event says of a record, as an account compares it. */
export function toFoundRecord({ key, value, headers, timestamp }: EventRecord): Required<Found> {
  return {
    keyDigest: digestBase64(key),
    digest: digestBase64(value),
    headersDigest: toHeadersDigest(
      (headers ?? []).flatMap((header) =>
        Object.entries(header).map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const),
      ),
    ),
    timestampMs: timestamp,
  };
}

function digestBase64(text: string | null | undefined): bigint {
  return text === null || text === undefined ? 0n : digest64(Buffer.from(text, 'base64'));
}

/** The S3 form of AWS's failure document: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
interface PayloadDocument {
  readonly requestContext?: { readonly functionArn?: string; readonly condition?: string };
  /** The whole event, as text. */
  readonly payload?: string;
}

function* toLetters(document: PayloadDocument, { key }: StoredObject): Generator<GivenUpRecord> {
  const { requestContext = {}, payload } = document;
  if (payload === undefined) {
    throw new Error(
      `object ${key} is not a failed batch, got a document without payload, expected the event in it`,
    );
  }
  const { records } = JSON.parse(payload) as KafkaEvent;
  const { functionArn = '', condition = '' } = requestContext;
  for (const record of Object.values(records).flat()) {
    const { topic, partition, offset } = record;
    yield {
      by: 'mapping',
      functionArn,
      topic,
      partition,
      offset,
      condition,
      record,
      found: toFoundRecord(record),
    };
  }
}

async function readJson<T>(object: StoredObject): Promise<T> {
  const bytes = await readBytes(object);
  try {
    return JSON.parse(bytes.toString()) as T;
  } catch {
    // The engine's message quotes the text, which holds payload.
    throw new Error(`object ${object.key} is not a dead letter, got ${bytes.length} bytes that are not JSON`);
  }
}
