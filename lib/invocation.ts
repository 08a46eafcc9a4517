// One invocation under way: which records may still start, what each one became, and what is said about it.

import type { Logger } from '@aws-lambda-powertools/logger';
import { createAdmission, type StopReason } from './admission.ts';
import type { ConsumerConfig } from './define.ts';
import { errorCode, toDeadLetter, type DeadLetterStore } from './deadletter/dead-letter.ts';
import type { EventRecord } from './event.ts';
import { openWhenReady, Pending } from './format/pending.ts';
import type { Lane } from './lanes.ts';
import { createByteBudget } from './memory/budget.ts';
import { weighRecord, type Ledger } from './memory/ledger.ts';
import type { RetentionWatch } from './memory/retention.ts';
import type { Watermark } from './memory/watermark.ts';
import { openWithin, type Opener } from './opener.ts';
import { classify, createTally, type RetryReason, type Tally } from './outcome.ts';
import { payloadTexts } from './payload-texts.ts';
import { Lease } from './record.ts';
import { toErrorFields, type LogFields } from './telemetry/log.ts';

/** What an invocation works with. */
export interface InvocationSetup<V, K> {
  readonly config: ConsumerConfig<V, K>;
  readonly opener: Opener<V, K>;
  readonly store: DeadLetterStore;
  readonly ledger: Ledger;
  readonly watermark: Watermark;
  readonly retention: RetentionWatch | undefined;
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
  /** Why a record may not start, or undefined when it may: `release` must follow then. See `Admission`. */
  admit(event: EventRecord): StopReason | undefined | Promise<StopReason | undefined>;
  /** Waits for budget, opens the record and leases it. @throws whatever kept the value from being opened */
  hold(event: EventRecord): Promise<Held<V, K>>;
  /** Ends a record that was admitted; `held` is undefined when it could not be opened. */
  release(held: Held<V, K> | undefined): void;
  /** Decides what becomes of a failed record; true when its lane may go on. Call it before the event is dropped. */
  settle(group: string, event: EventRecord, error: unknown): Promise<boolean>;
  /** Reports the records of `lane` from `index` on for another delivery. */
  reportFrom(lane: Lane, index: number, reason: RetryReason): void;
  /** Outcomes, for the invocation's one line. Logs why records were declined. */
  summary(): InvocationSummary;
}

/** Counts of records; those that were retried include those that were declined. */
export interface InvocationSummary {
  readonly records: number;
  readonly done: number;
  readonly skipped: number;
  readonly deadLettered: number;
  readonly retried: number;
  /** Not started, because memory was near its limit. */
  readonly declined: number;
  readonly retriedBy?: Tally['retriedBy'];
  readonly inFlightPeakBytes: number;
  /** Failures beyond the twenty that are logged in detail. */
  readonly unloggedFailures?: number;
}

// A lane stops at its first failure, but a consumer without order has a lane per record: 10,000 failing records are
// one cause and must not be 10,000 lines.
const maxFailureLines = 20;

/** Starts an invocation in which nothing has happened yet. */
export function createInvocation<V, K>(setup: InvocationSetup<V, K>): Invocation<V, K> {
  const { config, opener, store, ledger, watermark, retention, logger, now, startUntil } = setup;
  const budget = createByteBudget(config.limits.maxInflatedBytesInFlight);
  const tally = createTally();
  const admission = createAdmission({
    watermark,
    now,
    startUntil,
    maxRecordBytes: config.limits.maxInflatedBytesPerRecord,
    opener,
  });
  const around = { opener, ledger, retention };
  let failureLines = 0;

  const remainingMs = (): number => startUntil - now();
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
        error: toErrorFields(error, payloadTexts(event, opener)),
        storedAs,
      });
      return true;
    } catch (storeError) {
      // Not safe anywhere yet, so the record is reported and comes again.
      logFailure('error', 'dead letter not stored, record reported for retry', {
        ...toPlace(event),
        reason: errorCode(error),
        error: toErrorFields(storeError, payloadTexts(event, opener)),
      });
      return false;
    }
  };

  return {
    tally,
    admit: (event) => admission.admit(event),
    async hold(event) {
      weighRecord(ledger, event);
      // The key first: were the value's promise already under way, a key that throws would leave its rejection to nobody.
      const key = opener.isKeyLazy ? null : await holdKey(event);
      const { opened, budgetBytes } = await openWithin(
        budget,
        config.limits.maxInflatedBytesPerRecord,
        opener,
        event,
      );
      const { inflatedBytes } = opened;
      ledger.decodedBytes += opened.decodedBytes;
      ledger.inflatedBytes += inflatedBytes;
      try {
        let { value } = opened;
        if (value instanceof Pending)
          value = await openWhenReady(() => opener.open(event).value, remainingMs);
        if (value instanceof Promise) value = await value;
        retention?.follow(event.topic, value);
        return { lease: new Lease(event, { value, key, inflatedBytes }, around), budgetBytes };
      } catch (error) {
        budget.give(budgetBytes);
        throw error;
      }
    },
    release(held) {
      held?.lease.release();
      if (held) budget.give(held.budgetBytes);
      admission.leave();
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
          error: toErrorFields(error, payloadTexts(event, opener)),
        });
      }
      tally.retry(group, event.offset, 'failed');
      return false;
    },
    reportFrom(lane, index, reason) {
      for (let i = index; i < lane.records.length; i++) {
        const record = lane.records[i];
        if (record === undefined) continue;
        weighRecord(ledger, record);
        tally.retry(lane.group, record.offset, reason);
      }
    },
    summary() {
      const { done, skipped, deadLettered, retried, retriedBy } = tally;
      const declined = retriedBy.memory ?? 0;
      if (declined > 0) {
        logger.warn('memory is near its limit, records declined', {
          requestId: setup.requestId,
          declined,
          ...admission.shortage,
        });
      }
      return {
        records: ledger.records,
        done,
        skipped,
        deadLettered,
        retried,
        declined,
        ...(retried > 0 && { retriedBy }),
        inFlightPeakBytes: budget.peak,
        ...(failureLines > maxFailureLines && { unloggedFailures: failureLines - maxFailureLines }),
      };
    },
  };
}

function toPlace({ topic, partition, offset }: EventRecord): LogFields {
  return { topic, partition, offset };
}
