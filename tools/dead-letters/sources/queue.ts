// An SQS queue that a mapping, or an SNS topic behind it, fills with documents about failed batches. Messages are looked at and put back:
// they are deleted only when their records are resolved and a copy of them is safe.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { toAwsError } from '../error.ts';
import type { FailedRecord } from '../failed-record.ts';
import { parseJson, readDocument } from './document.ts';

/** How long messages stay hidden from others while they are looked at, seconds: a redrive takes its time. */
const hiddenSeconds = 900;

/** Failed records of a queue; `release` lets others see the messages again. */
export interface QueueView {
  readonly records: readonly FailedRecord[];
  readonly release: () => Promise<void>;
}

/**
 * Reads a whole queue.
 * @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE`, `UNREADABLE`
 */
export async function readQueue(sqs: SQSClient, queueUrl: string): Promise<QueueView> {
  const records: FailedRecord[] = [];
  const handles = new Map<string, string>();
  const release = async (): Promise<void> => await releaseAll(sqs, queueUrl, [...handles.values()]);
  try {
    for (let isEmpty = false; !isEmpty;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hiddenSeconds,
          WaitTimeSeconds: 1,
        }),
      );
      // With a wait SQS asks all of its servers, so that an empty answer means an empty queue.
      isEmpty = Messages.length === 0;
      for (const {
        MessageId: messageId = '',
        ReceiptHandle: receiptHandle = '',
        Body: body = '',
      } of Messages) {
        // A queue delivers at least once: the same message may come twice, with another handle.
        const isNew = !handles.has(messageId);
        handles.set(messageId, receiptHandle);
        const place = { kind: 'message', queueUrl, messageId, receiptHandle, body } as const;
        if (isNew)
          records.push(
            ...readDocument(unwrap(body, queueUrl, messageId), place, `message ${messageId} of ${queueUrl}`),
          );
      }
    }
  } catch (error) {
    await release();
    throw error instanceof Error && 'code' in error && error.name === 'DeadLettersError'
      ? error
      : toAwsError(error, `reading ${queueUrl}`);
  }
  return { records, release };
}

// SNS wraps what it delivers into an envelope, unless raw delivery is on.
function unwrap(body: string, queueUrl: string, messageId: string): string {
  const parsed = parseJson(body, `message ${messageId} of ${queueUrl}`) as {
    readonly Type?: unknown;
    readonly Message?: unknown;
  };
  return parsed?.Type === 'Notification' && typeof parsed.Message === 'string' ? parsed.Message : body;
}

async function releaseAll(sqs: SQSClient, queueUrl: string, handles: readonly string[]): Promise<void> {
  for (let at = 0; at < handles.length; at += 10) {
    const Entries = handles
      .slice(at, at + 10)
      .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    // A message that was deleted meanwhile is reported in the answer, not thrown.
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** Deletes a message whose records are all resolved; its copy must be safe before. */
export async function deleteMessage(sqs: SQSClient, queueUrl: string, receiptHandle: string): Promise<void> {
  try {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
  } catch (error) {
    throw toAwsError(error, `deleting a message of ${queueUrl}`);
  }
}

/** How long the queue keeps a message, ms. */
export async function readRetentionMs(sqs: SQSClient, queueUrl: string): Promise<number> {
  try {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['MessageRetentionPeriod'] }),
    );
    return Number(Attributes?.['MessageRetentionPeriod'] ?? 345_600) * 1000;
  } catch (error) {
    throw toAwsError(error, `reading ${queueUrl}`);
  }
}
