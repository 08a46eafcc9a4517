// One invocation under way: which records may still start, what each one became, and what is said about it.

import type { Logger } from '@aws-lambda-powertools/logger';
import { createAdmission, type StopReason } from './admission.ts';
import type { ConsumerConfig } from './define.ts';
import { errorCode, toDeadLetter, type DeadLetterStore } from './deadletter/dead-letter.ts';
import type { EventRecord } from './event.ts';
import { createHold, type Hold } from './hold.ts';
import type { Lane } from './lanes.ts';
import { createByteBudget } from './memory/budget.ts';
import { weighRecord, type Ledger } from './memory/ledger.ts';
import type { RetentionWatch } from './memory/retention.ts';
import type { Watermark } from './memory/watermark.ts';
import type { Opener } from './opener.ts';
import { classify, createTally, type RetryReason, type Tally } from './outcome.ts';
import { payloadTexts } from './payload-texts.ts';
import type { Lease } from './record.ts';
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

/** One invocation under way. */
export interface Invocation<V, K> {
  readonly tally: Tally;
  /** Why a record may not start, or undefined when it may: `release` must follow then. See `Admission`. */
  admit(event: EventRecord): StopReason | undefined | Promise<StopReason | undefined>;
  readonly hold: Hold<V, K>;
  /** Ends a record that was admitted; `lease` is undefined when it could not be opened. */
  release(lease: Lease<V, K> | undefined): void;
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
  const remainingMs = (): number => startUntil - now();
  const hold = createHold({ config, opener, budget, ledger, retention, remainingMs });
  let failureLines = 0;

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
    hold,
    release(lease) {
      lease?.release();
      if (lease) budget.give(lease.budgetBytes);
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
