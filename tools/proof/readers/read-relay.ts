// Drains the relay consumer's queue, for the proof that every record was forwarded; a reader of the queue would do the
// same, claim checks included.

import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { digest64 } from '../../traffic/digest.ts';
import type { HeaderPair } from '../../traffic/record.ts';
import { fromArchived, type ArchivedHeader } from './read-archive.ts';

/** What the queue held of one record. */
export interface RelayedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly headers: readonly HeaderPair[];
  /** null when the record has no key or an empty one; bytes when it is no text. */
  readonly key: string | Uint8Array | null;
  /** Of the body's text, wherever it was; undefined for a tombstone. */
  readonly digest: bigint | undefined;
  /** Whether the body was fetched from S3. */
  readonly isClaimCheck: boolean;
}

/** Where the queue is, and how patient to be. */
export interface RelaySource {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queueUrl: string;
  /** How long to wait for messages that another reader holds, milliseconds. Default 30,000. */
  readonly maxIdleMs?: number;
}

/**
 * Every message of the queue, which is empty afterwards: each is deleted once the next ones are asked for.
 *
 * @throws Error when a message is none of the consumer's, its claim check does not hold, or messages stay out of reach
 */
export async function* readRelay({
  sqs,
  s3,
  queueUrl,
  maxIdleMs = 30_000,
}: RelaySource): AsyncGenerator<RelayedRecord> {
  let idleSince: number | undefined;
  for (;;) {
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        // Waiting is for the messages that somebody else holds; a queue with none of these is done.
        WaitTimeSeconds: idleSince === undefined ? 0 : 1,
      }),
    );
    if (messages.length === 0) {
      const left = await countMessages(sqs, queueUrl);
      if (left === 0) return;
      idleSince ??= Date.now();
      if (Date.now() - idleSince > maxIdleMs)
        throw new Error(
          `queue still has ${left} messages, got none of them for ${maxIdleMs} ms; stop its other readers`,
        );
      continue;
    }
    idleSince = undefined;
    for (const message of messages) yield await toRecord(message, s3);
    await deleteMessages(sqs, queueUrl, messages);
  }
}

async function countMessages(sqs: SQSClient, queueUrl: string): Promise<number> {
  const counts = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...counts] });
  const { Attributes = {} } = await sqs.send(command);
  return counts.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

async function deleteMessages(sqs: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  if (Failed.length > 0)
    throw new Error(`${Failed.length} messages could not be deleted, got ${Failed[0]?.Code} for the first`);
}

async function toRecord(
  { Body: body = '', MessageAttributes = {} }: Message,
  s3: S3Client,
): Promise<RelayedRecord> {
  const number = (name: string): number => {
    const value = MessageAttributes[name]?.StringValue;
    if (value === undefined) throw new Error(`message is none of relay's, got no attribute ${name}`);
    return Number(value);
  };
  const { key, headers, tombstone } = MessageAttributes;
  const isClaimCheck = MessageAttributes['ExtendedPayloadSize'] !== undefined;
  const value = isClaimCheck ? await readClaim(body, number('ExtendedPayloadSize'), s3) : body;
  return {
    partition: number('partition'),
    offset: number('offset'),
    timestamp: number('timestamp'),
    headers: headers === undefined ? [] : fromArchived(JSON.parse(textOf(headers)) as ArchivedHeader[]),
    key: key?.StringValue ?? key?.BinaryValue ?? null,
    digest: tombstone?.StringValue === 'true' ? undefined : digest64(value),
    isClaimCheck,
  };
}

function textOf({ StringValue, BinaryValue }: MessageAttributeValue): string {
  return StringValue ?? Buffer.from(BinaryValue ?? []).toString();
}

interface ClaimPointer {
  readonly s3BucketName: string;
  readonly s3Key: string;
}

async function readClaim(body: string, expectedBytes: number, s3: S3Client): Promise<Uint8Array> {
  const [, pointer] = JSON.parse(body) as readonly [className: string, pointer: ClaimPointer];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: pointer.s3BucketName, Key: pointer.s3Key }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  if (bytes.length === expectedBytes) return bytes;
  throw new Error(
    `claim check ${pointer.s3Key} does not hold, got ${bytes.length} bytes, expected ${expectedBytes}`,
  );
}
