// An SQS queue that a mapping, or an SNS topic behind it, fills with documents about failed batches. Messages are looked at and put back:
// they are deleted only when their records are resolved and a copy of them is safe.
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { DeadLettersError, leaveOut, toAwsError, type OnUnreadable } from '../error.ts';
import type { FailedRecord } from '../failed-record.ts';
import { parseJson, readDocument } from './document.ts';

/** How long messages stay hidden from others; renewed as long as they are looked at. A run that is killed hides them no longer than this. */
const hiddenSeconds = 30;
const renewMs = 10_000;
/** Requests at once, so that a queue of 100,000 messages is renewed in time. */
const sideBySide = 16;

/** Failed records of a queue; `release` lets others see the messages again. */
export interface QueueView {
  readonly records: readonly FailedRecord[];
  readonly release: () => Promise<void>;
}

/**
 * Reads a whole queue.
 *
 * @param waitsForHidden whether to wait for messages that others hide, such as a run that was killed: half a minute
 * @throws {DeadLettersError} `NO_ACCESS`, `NO_SUCH_PLACE`
 */
export async function readQueue(
  sqs: SQSClient,
  queueUrl: string,
  { waitsForHidden, onUnreadable }: { readonly waitsForHidden: boolean; readonly onUnreadable: OnUnreadable },
): Promise<QueueView> {
  const records: FailedRecord[] = [];
  const handles = new Map<string, string>();
  const hide = async (seconds: number): Promise<void> =>
    await changeVisibility(sqs, queueUrl, { handles: [...handles.values()], seconds });
  // What cannot be renewed now is renewed next time, or comes back to the queue.
  const renewal = setInterval(() => void hide(hiddenSeconds).catch(() => {}), renewMs);
  const release = async (): Promise<void> => {
    clearInterval(renewal);
    await hide(0);
  };
  const deadlineMs = performance.now() + (waitsForHidden ? (hiddenSeconds + 5) * 1000 : 0);
  try {
    for (;;) {
      const messages = await receive(sqs, queueUrl);
      // With a wait SQS asks all of its servers, so that an empty answer means an empty queue.
      if (messages.length === 0) {
        if (performance.now() > deadlineMs || (await countHidden(sqs, queueUrl)) <= handles.size) break;
        continue;
      }
      for (const {
        MessageId: messageId = '',
        ReceiptHandle: receiptHandle = '',
        Body: body = '',
      } of messages) {
        // A queue delivers at least once: the same message may come twice, with another handle.
        const isNew = !handles.has(messageId);
        handles.set(messageId, receiptHandle);
        const place = { kind: 'message', queueUrl, messageId, receiptHandle, body } as const;
        const where = `message ${messageId} of ${queueUrl}`;
        if (isNew)
          records.push(...leaveOut(() => readDocument(unwrap(body, where), place, where), onUnreadable));
      }
    }
  } catch (error) {
    await release().catch(() => {});
    throw error instanceof DeadLettersError ? error : toAwsError(error, `reading ${queueUrl}`);
  }
  return { records, release };
}

async function receive(sqs: SQSClient, queueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: hiddenSeconds,
      WaitTimeSeconds: 1,
    }),
  );
  return Messages;
}

async function countHidden(sqs: SQSClient, queueUrl: string): Promise<number> {
  const name = 'ApproximateNumberOfMessagesNotVisible';
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] }),
  );
  return Number(Attributes?.[name] ?? 0);
}

// SNS wraps what it delivers into an envelope, unless raw delivery is on.
function unwrap(body: string, where: string): string {
  const parsed = parseJson(body, where) as {
    readonly Type?: unknown;
    readonly Message?: unknown;
  };
  return parsed?.Type === 'Notification' && typeof parsed.Message === 'string' ? parsed.Message : body;
}

async function changeVisibility(
  sqs: SQSClient,
  queueUrl: string,
  { handles, seconds }: { readonly handles: readonly string[]; readonly seconds: number },
): Promise<void> {
  let at = 0;
  const work = async (): Promise<void> => {
    while (at < handles.length) {
      const Entries = handles
        .slice(at, (at += 10))
        .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: seconds }));
      // A message that was deleted meanwhile is reported in the answer, not thrown.
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
}

/** Deletes a message whose records are all resolved; its copy must be safe before. */
export async function deleteMessage(sqs: SQSClient, queueUrl: string, receiptHandle: string): Promise<void> {
  try {
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
  } catch (error) {
    throw toAwsError(error, `deleting a message of ${queueUrl}`);
  }
}
