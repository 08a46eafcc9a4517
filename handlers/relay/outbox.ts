// Gathers the messages of lanes that run side by side into SendMessageBatch calls, and gives each its own answer: one
// refused message fails one record.

import {
  SendMessageBatchCommand,
  type BatchResultErrorEntry,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { DeadLetterError } from '../../lib/index.ts';
import type { Message } from './message.ts';

/** Takes messages one by one and sends them in batches. */
export interface Outbox {
  /**
   * Resolves once SQS has the message.
   *
   * Rejects with DeadLetterError `MESSAGE_REFUSED` when SQS will never take it, with OutboxError `NOT_SENT` when SQS could
   * not take it now, and with the call's own error when the whole call failed.
   */
  send(message: Message, signal: AbortSignal): Promise<void>;
}

/** SQS took the call, but not this message. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  readonly code = 'NOT_SENT';
  /** SQS's own code, or `NO_ANSWER` when the answer does not name the message. */
  readonly reason: string;

  constructor(reason: string) {
    super(`message was not sent, got ${reason} from SQS, expected it to be taken; it is tried again`);
    this.reason = reason;
  }
}

interface Waiting {
  readonly message: Message;
  readonly settle: PromiseWithResolvers<void>;
}

/** Messages of one invocation: those of another have another deadline, and several may run at once (Lambda Managed Instances). */
interface Batch {
  readonly signal: AbortSignal;
  readonly waiting: Waiting[];
  bytes: number;
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const maxEntries = 10;
/** The most bytes of a message, and of all messages of one call together. */
export const maxBatchBytes = 1_048_576;

/** What is wrong with the message itself. All else (throttling, keys, access) a later try can find put right. */
const refusals: ReadonlySet<string> = new Set(['InvalidMessageContents', 'InvalidParameterValue']);

/**
 * Makes an outbox for one FIFO queue.
 *
 * A call goes out when ten messages or 1 MiB are together, or else once the event loop has run everything that could
 * add one: by then every running lane waits, for this call or for something slower.
 */
export function createOutbox(client: SQSClient, queueUrl: string): Outbox {
  /** Those that a message can still be added to. */
  const open = new Map<AbortSignal, Batch>();

  const openBatch = (signal: AbortSignal): Batch => {
    const batch: Batch = { signal, waiting: [], bytes: 0 };
    open.set(signal, batch);
    setImmediate(() => flush(batch));
    return batch;
  };

  const flush = (batch: Batch): void => {
    // Full, it went out before its turn.
    if (open.get(batch.signal) !== batch) return;
    open.delete(batch.signal);
    void deliver(batch);
  };

  /** Settles every message of the batch; never rejects itself. */
  const deliver = async ({ signal, waiting }: Batch): Promise<void> => {
    try {
      const Entries = waiting.map(({ message }, index) => toEntry(message, String(index)));
      const { Successful = [], Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
        { abortSignal: signal },
      );
      const taken = new Set(Successful.map(({ Id }) => Id));
      const failed = new Map(Failed.map((entry) => [entry.Id, entry]));
      for (const [index, { settle }] of waiting.entries()) {
        const id = String(index);
        if (taken.has(id)) settle.resolve();
        else settle.reject(toError(failed.get(id)));
      }
    } catch (error) {
      for (const { settle } of waiting) settle.reject(error);
    }
  };

  return {
    send(message, signal) {
      let batch = open.get(signal) ?? openBatch(signal);
      if (batch.bytes + message.bytes > maxBatchBytes && batch.waiting.length > 0) {
        flush(batch);
        batch = openBatch(signal);
      }
      const settle = Promise.withResolvers<void>();
      batch.waiting.push({ message, settle });
      batch.bytes += message.bytes;
      if (batch.waiting.length === maxEntries) flush(batch);
      return settle.promise;
    },
  };
}

function toEntry(message: Message, id: string): SendMessageBatchRequestEntry {
  return {
    Id: id,
    MessageBody: message.body,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    MessageAttributes: { ...message.attributes },
  };
}

/** SQS's own message stays out: it may quote the record. */
function toError(failed: BatchResultErrorEntry | undefined): Error {
  const reason = failed?.Code?.split('.').at(-1) ?? 'NO_ANSWER'; // older endpoints write AWS.SimpleQueueService.<code>
  if (!failed?.SenderFault || !refusals.has(reason)) return new OutboxError(reason);
  return new DeadLetterError(
    'MESSAGE_REFUSED',
    `SQS refuses the message for good, got ${reason}, expected it to be taken; compare the record with the queue's limits`,
  );
}
