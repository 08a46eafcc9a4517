// Dead letters as S3 objects. The name follows from the record alone, so a record given up twice is stored once. Its timestamp
// is part of the name: a topic that is made again, or one of the same name on another cluster, starts at offset 0 too.

import type { S3Client } from '@aws-sdk/client-s3';
import type { DeadLetter, DeadLetterStore } from './dead-letter.ts';

/** The environment does not name what the definition asks for. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'MISSING_ENVIRONMENT';
  readonly variable: string;

  constructor(variable: string, purpose: string) {
    super(
      `environment variable ${variable} is not set, got nothing, expected ${purpose}; ` +
        'the KafkaConsumer construct sets it, so deploy or run the consumer through its template',
    );
    this.variable = variable;
  }
}

// Ample for the largest letter, the 6 MB of an event. The SDK waits for an answer without end: each request to a silent endpoint would
// hold its letter and one of the client's 50 connections long after its invocation.
const defaultTimeoutMs = 10_000;

/**
 * Stores dead letters in the bucket that `TAILRACE_DEAD_LETTER_BUCKET` names, as
 * `dead-letter/<consumer>/<topic>/<partition>/<offset, 20 digits>-<timestamp>.json`.
 *
 * The SDK is loaded with the first dead letter: loading it at start costs over 100 ms (measured on Node 24, bundled),
 * which a consumer without poison never needs. A request that S3 does not answer within `timeoutMs` (default 10000) fails; the
 * SDK makes three in all.
 *
 * @throws EnvironmentError `MISSING_ENVIRONMENT` when the variable is not set: at once where Lambda runs the function,
 * elsewhere (a unit test imports the handler) with the first dead letter
 */
export function createS3Store(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  timeoutMs = defaultTimeoutMs,
): DeadLetterStore {
  const bucket = environment['TAILRACE_DEAD_LETTER_BUCKET'];
  const missing = bucket
    ? undefined
    : new EnvironmentError('TAILRACE_DEAD_LETTER_BUCKET', "the dead-letter bucket's name");
  if (missing && environment['AWS_LAMBDA_FUNCTION_NAME']) throw missing;
  let client: S3Client | undefined;
  return {
    async store(letter) {
      if (missing) throw missing;
      const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
      client ??= new S3Client({ requestHandler: { requestTimeout: timeoutMs, throwOnRequestTimeout: true } });
      const key = deadLetterKey(letter);
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: JSON.stringify(letter),
          ContentType: 'application/json',
        }),
      );
      return `s3://${bucket}/${key}`;
    },
  };
}

/** The object's name; offsets are padded so that a listing is in offset order. */
export function deadLetterKey(
  letter: Pick<DeadLetter, 'consumer' | 'topic' | 'partition' | 'offset' | 'timestamp'>,
): string {
  const offset = String(letter.offset).padStart(20, '0');
  return `dead-letter/${letter.consumer}/${letter.topic}/${letter.partition}/${offset}-${letter.timestamp}.json`;
}
