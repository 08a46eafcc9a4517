// One invocation under way: which records may still start, what each one became, and what is said about it.

import type { Logger } from '@aws-lambda-powertools/logger';
import type { ConsumerConfig } from './define.ts';
import { errorCode, toDeadLetter, type DeadLetterStore } from './deadletter/dead-letter.ts';
import type { EventRecord } from './event.ts';
import { openWhenReady, Pending } from './format/pending.ts';
import { headerText } from './headers.ts';
import type { Lane } from './lanes.ts';
import { createByteBudget, type ByteBudget } from './memory/budget.ts';
import type { Opener, Opened } from './opener.ts';
import { classify, createTally, type RetryReason, type Tally } from './outcome.ts';
import { Lease } from './record.ts';
import { toErrorFields, type LogFields } from './telemetry/log.ts';

/** What an invocation works with. */
export interface InvocationSetup<V, K> {
  readonly config: ConsumerConfig<V, K>;
  readonly opener: Opener<V, K>;
  readonly store: DeadLetterStore;
  readonly logger: Logger;
  readonly now: () => number;
  readonly requestId: string;
  /** Epoch milliseconds after which no new record starts. */
  readonly startUntil: number;
}

/** A record under lease and the share of the byte budget that it holds. */
export interface Held<V, K> {
  readonly lease: Lease<V, K>;
  readonly budgetBytes: number;
}

/** One invocation under way. */
export interface Invocation<V, K> {
  readonly tally: Tally;
  /** False once the deadline is near: nothing new may start. */
  mayStart(): boolean;
  /** Waits for budget, opens the record and leases it. @throws whatever kept the value from being opened */
  hold(event: EventRecord): Promise<Held<V, K>>;
  release(held: Held<V, K>): void;
  /** Decides what becomes of a failed record; true when its lane may go on. Call it before the event is dropped. */
  settle(group: string, event: EventRecord, error: unknown): Promise<boolean>;
  /** Reports the records of `lane` from `index` on for another delivery. */
  reportFrom(lane: Lane, index: number, reason: RetryReason): void;
  /** Byte counts and outcomes, for the invocation's one line. */
  summary(): LogFields;
}

// A lane stops at its first failure, but a consumer without order has a lane per record: 10,000 failing records are
// one cause and must not be 10,000 lines.
const maxFailureLines = 20;

/** Starts an invocation in which nothing has happened yet. */
export function createInvocation<V, K>(setup: InvocationSetup<V, K>): Invocation<V, K> {
  const { config, opener, store, logger, now } = setup;
  const budget = createByteBudget(config.limits.maxInflatedBytesInFlight);
  const tally = createTally();
  let decodedBytes = 0;
  let inflatedBytes = 0;
  let failureLines = 0;

  const remainingMs = (): number => setup.startUntil - now();
  const holdKey = (event: EventRecord): Promise<K | null> =>
    openWhenReady(() => opener.openKey(event), remainingMs);

  const logFailure = (level: 'warn' | 'error', message: string, fields: LogFields): void => {
    if (++failureLines <= maxFailureLines) logger[level](message, fields);
  };

  const deadLetter = async (event: EventRecord, error: unknown): Promise<boolean> => {
    const about = { consumer: config.name, requestId: setup.requestId, now: now() };
    try {
      const storedAs = await store.store(toDeadLetter(event, error, about));
      tally.deadLettered++;
      logFailure('error', 'record dead-lettered', {
        ...toPlace(event),
        error: toErrorFields(error, textsOf(event, opener)),
        storedAs,
      });
      return true;
    } catch (storeError) {
      // Not safe anywhere yet, so the record is reported and comes again.
      logFailure('error', 'dead letter not stored, record reported for retry', {
        ...toPlace(event),
        reason: errorCode(error),
        error: toErrorFields(storeError, textsOf(event, opener)),
      });
      return false;
    }
  };

  return {
    tally,
    mayStart: () => now() < setup.startUntil,
    async hold(event) {
      // The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody.
      const key = opener.isKeyLazy ? null : await holdKey(event);
      const { opened, budgetBytes } = await openWithin(
        budget,
        config.limits.maxInflatedBytesPerRecord,
        opener,
        event,
      );
      decodedBytes += opened.decodedBytes;
      inflatedBytes += opened.inflatedBytes;
      try {
        let { value } = opened;
        if (value instanceof Pending)
          value = await openWhenReady(() => opener.open(event).value, remainingMs);
        if (value instanceof Promise) value = await value;
        return { lease: new Lease(event, value, key, opener), budgetBytes };
      } catch (error) {
        budget.give(budgetBytes);
        throw error;
      }
    },
    release(held) {
      held.lease.release();
      budget.give(held.budgetBytes);
    },
    async settle(group, event, error) {
      const verdict = classify(error);
      if (verdict === 'skip') {
        tally.skipped++;
        return true;
      }
      if (verdict === 'dead-letter' && (await deadLetter(event, error))) return true;
      if (verdict === 'retry') {
        logFailure('warn', 'record failed, reported for retry', {
          ...toPlace(event),
          error: toErrorFields(error, textsOf(event, opener)),
        });
      }
      tally.retry(group, event.offset, 'failed');
      return false;
    },
    reportFrom(lane, index, reason) {
      for (let i = index; i < lane.records.length; i++) {
        const record = lane.records[i];
        if (record) tally.retry(lane.group, record.offset, reason);
      }
    },
    summary: () => ({
      done: tally.done,
      skipped: tally.skipped,
      deadLettered: tally.deadLettered,
      retried: tally.retried,
      ...(tally.retried > 0 && { retriedBy: tally.retriedBy }),
      decodedBytes,
      inflatedBytes,
      inFlightPeakBytes: budget.peak,
      ...(failureLines > maxFailureLines && { unloggedFailures: failureLines - maxFailureLines }),
    }),
  };
}

/**
 * Opens a record once the budget has room for what it inflates to.
 *
 * Non-obvious: while the budget could take the largest legal record no size is computed first, which saves a pass over
 * the tokens of nearly every record. Otherwise the size is found without inflating, and because the scratch areas are
 * everybody's, a record that had to wait is decoded from its base64 again.
 */
async function openWithin<V, K>(
  budget: ByteBudget,
  maxRecordBytes: number,
  opener: Opener<V, K>,
  event: EventRecord,
): Promise<{ readonly opened: Opened<V>; readonly budgetBytes: number }> {
  if (budget.free < maxRecordBytes) {
    const budgetBytes = opener.inflatedSize(event);
    if (!budget.tryTake(budgetBytes)) await budget.take(budgetBytes);
    try {
      return { opened: opener.open(event), budgetBytes };
    } catch (error) {
      budget.give(budgetBytes);
      throw error;
    }
  }
  const opened = opener.open(event);
  budget.tryTake(opened.inflatedBytes);
  return { opened, budgetBytes: opened.inflatedBytes };
}

function toPlace({ topic, partition, offset }: EventRecord): LogFields {
  return { topic, partition, offset };
}

/** What an error message must not quote. The value is only there when it can be opened. */
function textsOf<V, K>(event: EventRecord, opener: Opener<V, K>): string[] {
  const texts = (event.headers ?? []).flatMap((header) =>
    Object.keys(header).map((name) => headerText([header], name) ?? ''),
  );
  if (event.key) texts.push(Buffer.from(event.key, 'base64').toString());
  if (event.value) texts.push(event.value, openedText(event, opener));
  return texts;
}

function openedText<V, K>(event: EventRecord, opener: Opener<V, K>): string {
  try {
    return opener.copyBytes(event)?.toString() ?? '';
  } catch {
    // It cannot be opened, so nothing can have quoted its inflated text.
    return '';
  }
}
