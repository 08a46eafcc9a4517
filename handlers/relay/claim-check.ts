// Bodies that no message can carry: stored in S3, with a claim check as the message's body, in the format of Amazon's
// extended client libraries, so that readers with such a library see the body itself.
// https://github.com/awslabs/payload-offloading-java-lib-for-aws

import type { S3Client } from '@aws-sdk/client-s3';
import { number, withBody, type Message } from './message.ts';

/** Puts bodies aside. */
export interface ClaimChecks {
  /** Stores the body of `message`, and resolves with the message that takes its place once the body is safe. */
  check(message: Message, place: ClaimPlace, signal: AbortSignal): Promise<Message>;
}

/** The record that a body came from, which names its object. */
export interface ClaimPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
}

/**
 * Stores bodies in `bucket` as `claim/<topic>/<partition>/<offset, 20 digits>-<timestamp>`, so that a redelivery writes the same
 * object, and a topic that is made again another one.
 *
 * The SDK is loaded with the first of them: it costs over 100 ms (Node 24, bundled), and most functions never need it.
 */
export function createClaimChecks(bucket: string): ClaimChecks {
  let client: S3Client | undefined;
  return {
    async check(message, place, signal) {
      const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
      client ??= new S3Client({});
      const body = Buffer.from(message.body);
      const key = claimKey(place);
      const ContentType = 'text/plain; charset=utf-8';
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType }), {
        abortSignal: signal,
      });
      const pointer = [
        'software.amazon.payloadoffloading.PayloadS3Pointer',
        { s3BucketName: bucket, s3Key: key },
      ];
      return withBody(message, JSON.stringify(pointer), { ExtendedPayloadSize: number(body.length) });
    },
  };
}

function claimKey({ topic, partition, offset, timestamp }: ClaimPlace): string {
  return `claim/${topic}/${partition}/${String(offset).padStart(20, '0')}-${timestamp}`;
}
