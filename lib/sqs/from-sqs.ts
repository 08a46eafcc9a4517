// Runs a handler that was written for SQS on Kafka records: what it gets looks as SQS would have sent it, and what it
// reports as failed is delivered again.

import type { FunctionContext, LambdaContext, RecordFunction } from '../runtime/consumer-function.ts';
import type { LeasedRecord } from '../runtime/record/record.ts';
import { SkipError } from '../runtime/outcome/classify.ts';
import { createKeptWatch } from './kept-records.ts';
import { toSqsRecord, type SqsRecord } from './sqs-record.ts';

/** The event of an SQS event source mapping. */
export interface SqsEvent {
  Records: SqsRecord[];
}

/** A handler of SQS events, as `@types/aws-lambda` has it; the rest of its arguments do not exist on Node 24. */
export type SqsHandler = (event: SqsEvent, context: never) => unknown;

/** Options of `fromSqs()`; every field is optional. */
export interface FromSqsOptions {
  /** Most messages in one call of the handler, 1..10000. Default 10, as in SQS. */
  readonly maxMessages?: number;
  /** The `eventSourceARN` of the messages. Default the ARN of a queue with the topic's name. */
  readonly queueArn?: string;
  /**
   * What happens to tombstones, which SQS does not have: `skip` counts them as skipped, `deliver` sends a message with an empty
   * body. Default `skip`.
   */
  readonly tombstones?: 'skip' | 'deliver';
}

/** The handler named a message in `batchItemFailures`, or answered with something that SQS does not understand. */
export class SqsFailureError extends Error {
  override readonly name = 'SqsFailureError';
  readonly code: 'SQS_ITEM_FAILED' | 'SQS_RESPONSE_INVALID';

  constructor(code: SqsFailureError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  readonly message: SqsRecord;
  readonly context: FunctionContext;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The messages of one invocation that wait for a call of the handler. Once its signal aborts, none waits and no call starts: a message
 * without a call never settles, so its invocation reports it as `unsettled`.
 */
interface Queue {
  waiting: Waiting[];
  isRunning: boolean;
}

/**
 * Makes a consumer's function from an existing SQS handler. Records that may run in parallel (by `order` and `concurrency` of the
 * definition) are put into one SQS event, at most `maxMessages`. Within an invocation calls of the handler never overlap, and none
 * starts after the signal aborts. A message that the handler reports, or every message if it throws, is delivered again, and its
 * lane waits for it. Bodies are the values' text: use `text()` as the value format.
 *
 * @throws TypeError for a handler with a callback, which Node 24 does not support, and for options out of range
 */
export function fromSqs<V, K>(handler: SqsHandler, options: FromSqsOptions = {}): RecordFunction<V, K> {
  const { maxMessages = 10, tombstones = 'skip', queueArn } = options;
  if (handler.length > 2)
    throw new TypeError(
      'the SQS handler takes a callback, got 3 parameters, expected event and context; return a promise, as Node 24 needs it',
    );
  if (!Number.isInteger(maxMessages) || maxMessages < 1 || maxMessages > 10_000)
    throw new TypeError(`maxMessages is out of range, got ${maxMessages}, expected an integer 1..10000`);
  const kept = createKeptWatch();
  // By the signal of their invocation.
  const queues = new WeakMap<AbortSignal, Queue>();

  const openQueue = (signal: AbortSignal): Queue => {
    const queue: Queue = { waiting: [], isRunning: false };
    queues.set(signal, queue);
    // At once, or a call that never settles would hold what waits behind it.
    signal.addEventListener('abort', () => (queue.waiting = []), { once: true });
    return queue;
  };

  const run = async (queue: Queue, signal: AbortSignal): Promise<void> => {
    queue.isRunning = true;
    try {
      while (queue.waiting.length > 0) {
        // Lanes that run side by side ask in the same turn, or once their values are there; all of them go together.
        if (queue.waiting.length < maxMessages) await new Promise((resolve) => setImmediate(resolve));
        const batch = queue.waiting.splice(0, maxMessages);
        if (batch.length === 0) return;
        await callHandler(handler, batch);
        if (signal.aborted) return;
        kept.follow(
          batch.map(({ message }) => message),
          batch[0]?.context.log,
        );
      }
    } finally {
      queue.isRunning = false;
    }
  };

  return {
    record(record: LeasedRecord<V, K>, context: FunctionContext): Promise<void> {
      if (record.isTombstone && tombstones === 'skip')
        throw new SkipError('a record without a value is no SQS message');
      const message = toSqsRecord(record, queueArn);
      const { signal } = context;
      const queue = queues.get(signal) ?? openQueue(signal);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return;
        queue.waiting.push({ message, context, resolve, reject });
        if (!queue.isRunning) void run(queue, signal);
      });
    },
  };
}

/** Settles every message of the batch; never throws. */
async function callHandler(handler: SqsHandler, batch: readonly Waiting[]): Promise<void> {
  try {
    const context: LambdaContext | undefined = batch[0]?.context.lambdaContext;
    const response = await handler({ Records: batch.map(({ message }) => message) }, context as never);
    const failed = readFailures(
      response,
      batch.map(({ message }) => message.messageId),
    );
    for (const { message, resolve, reject } of batch) {
      if (!failed.has(message.messageId)) resolve();
      else
        reject(
          new SqsFailureError('SQS_ITEM_FAILED', `the SQS handler reported ${message.messageId} as failed`),
        );
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

/**
 * The ids that the handler reports. Without a list everything succeeded; with one that SQS does not understand everything failed.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Success and failure conditions"
 */
function readFailures(response: unknown, ids: readonly string[]): ReadonlySet<string> {
  if (typeof response !== 'object' || response === null || !('batchItemFailures' in response))
    return new Set();
  const { batchItemFailures: list } = response;
  if (list === null || list === undefined) return new Set();
  if (!Array.isArray(list)) throw invalid('batchItemFailures is no list');
  const known = new Set(ids);
  const failed = new Set<string>();
  for (const item of list as readonly unknown[]) {
    const id =
      typeof item === 'object' && item !== null && 'itemIdentifier' in item ? item.itemIdentifier : undefined;
    if (typeof id !== 'string' || !known.has(id))
      throw invalid('an itemIdentifier that is no messageId of the event');
    failed.add(id);
  }
  return failed;
}

function invalid(got: string): SqsFailureError {
  return new SqsFailureError(
    'SQS_RESPONSE_INVALID',
    `the SQS handler’s answer is not understood, got ${got}, expected { batchItemFailures: [{ itemIdentifier: messageId }] }; all its messages are delivered again`,
  );
}
