// One invocation under way: which records may still start, what each one became, and what is said about it.

import type { Logger } from '@aws-lambda-powertools/logger';
import { Admission, type StopReason } from './admission.ts';
import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import { toDeadLetter, type DeadLetterStore } from '../deadletter/dead-letter.ts';
import type { EventRecord } from './event.ts';
import { Hold } from './record-loader.ts';
import type { Lane } from './lanes.ts';
import { ByteBudget } from '../memory/budget.ts';
import { weighRecord, type Ledger } from '../memory/ledger.ts';
import type { RetentionWatch } from '../retention/watch.ts';
import type { Watermark } from '../memory/watermark.ts';
import type { Opener } from './value-decoder.ts';
import { classify, createTally, type RetryReason, type Tally } from './outcome.ts';
import type { Lease } from './record.ts';
import { toErrorFields, type ErrorFields } from '../telemetry/error-fields.ts';
import type { LogFields } from '../telemetry/log.ts';

/** What an invocation works with. */
export interface InvocationSetup<V, K> {
  readonly config: ConsumerDefinition<V, K>;
  readonly opener: Opener<V, K>;
  readonly store: DeadLetterStore;
  readonly ledger: Ledger;
  readonly watermark: Watermark;
  readonly retention: RetentionWatch | undefined;
  readonly logger: Logger;
  readonly now: () => number;
  readonly requestId: string;
  /** Whether messages of the user's exceptions are logged. */
  readonly logErrorMessages: boolean;
  /** Epoch milliseconds after which no new record starts. */
  readonly startUntil: number;
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

/** One invocation under way. */
export class Invocation<V, K> {
  readonly tally: Tally = createTally();
  readonly #setup: InvocationSetup<V, K>;
  readonly #budget: ByteBudget;
  readonly #admission: Admission;
  readonly #hold: Hold<V, K>;
  #failureLines = 0;

  /** Nothing has happened yet. */
  constructor(setup: InvocationSetup<V, K>) {
    const { config, opener, ledger, watermark, retention, now, startUntil } = setup;
    const { maxDecompressedBytesInFlight, maxDecompressedBytesPerRecord: maxRecordBytes } = config.limits;
    this.#setup = setup;
    this.#budget = new ByteBudget(maxDecompressedBytesInFlight);
    this.#admission = new Admission({ watermark, now, startUntil, maxRecordBytes, opener });
    const remainingMs = (): number => startUntil - now();
    this.#hold = new Hold({ config, opener, budget: this.#budget, ledger, retention, remainingMs });
  }

  /** Bytes that the record needs which was declined; 0 where none was. */
  get declinedBytes(): number {
    return this.#admission.shortage?.neededBytes ?? 0;
  }

  /** Why a record may not start, or undefined when it may: `release` must follow then. See `Admission`. */
  admit(event: EventRecord): StopReason | undefined | Promise<StopReason | undefined> {
    return this.#admission.admit(event);
  }

  /** Opens and leases a record that was admitted. See `Hold`. */
  lease(event: EventRecord): Lease<V, K> | Promise<Lease<V, K>> {
    return this.#hold.lease(event);
  }

  /** Ends a record that was admitted; `lease` is undefined when it could not be opened. */
  release(lease: Lease<V, K> | undefined): void {
    lease?.release();
    if (lease) this.#budget.give(lease.budgetBytes);
    this.#admission.leave();
  }

  /**
   * Decides what becomes of a failed record; true when its lane may go on. Call it before the event is dropped. `isOurs` says
   * that the error comes from opening the record, not from the user's function.
   */
  async settle(group: string, event: EventRecord, error: unknown, isOurs: boolean): Promise<boolean> {
    const verdict = classify(error);
    if (verdict === 'skip') {
      this.tally.skipped++;
      return true;
    }
    if (verdict === 'dead-letter' && (await this.#deadLetter(event, error, isOurs))) return true;
    if (verdict === 'retry')
      this.#logFailure('warn', 'record failed, reported for retry', event, { error, isOurs });
    this.tally.retry(group, event.offset, 'failed');
    return false;
  }

  /** Reports the records of `lane` from `index` on for another delivery. */
  reportFrom(lane: Lane, index: number, reason: RetryReason): void {
    for (let i = index; i < lane.records.length; i++) {
      const record = lane.records[i];
      if (record === undefined) continue;
      weighRecord(this.#setup.ledger, record);
      this.tally.retry(lane.group, record.offset, reason);
    }
  }

  /** Outcomes, for the invocation's one line. Logs why records were declined. */
  summary(): InvocationSummary {
    const { logger, ledger, requestId } = this.#setup;
    const { done, skipped, deadLettered, retried, retriedBy } = this.tally;
    const declined = retriedBy.memory ?? 0;
    if (declined > 0) {
      logger.warn('memory is near its limit, records declined', {
        requestId,
        declined,
        ...this.#admission.shortage,
      });
    }
    const unloggedFailures = this.#failureLines - maxFailureLines;
    return {
      records: ledger.records,
      done,
      skipped,
      deadLettered,
      retried,
      declined,
      ...(retried > 0 && { retriedBy }),
      inFlightPeakBytes: this.#budget.peak,
      ...(unloggedFailures > 0 && { unloggedFailures }),
    };
  }

  async #deadLetter(event: EventRecord, error: unknown, isOurs: boolean): Promise<boolean> {
    const { config, store, requestId, now } = this.#setup;
    try {
      const about = { consumer: config.name, requestId, now: now() };
      const storedAs = await store.store(toDeadLetter(event, error, about));
      this.tally.deadLettered++;
      this.#logFailure('error', 'record dead-lettered', event, {
        error,
        isOurs,
        storedAs: toPlaceName(storedAs),
      });
      return true;
    } catch (storeError) {
      // Not safe anywhere yet, so the record is reported and comes again.
      const fields = { error: storeError, isOurs: false, reason: this.#errorFields(error, isOurs) };
      this.#logFailure('error', 'dead letter not stored, record reported for retry', event, fields);
      return false;
    }
  }

  #logFailure(
    level: 'warn' | 'error',
    message: string,
    event: EventRecord,
    { error, isOurs, ...more }: { readonly error: unknown; readonly isOurs: boolean } & LogFields,
  ): void {
    if (++this.#failureLines > maxFailureLines) return;
    const { logger, requestId } = this.#setup;
    logger[level](message, {
      requestId,
      ...toPlace(event),
      error: this.#errorFields(error, isOurs),
      ...more,
    });
  }

  #errorFields(error: unknown, isOurs: boolean): ErrorFields {
    const { logErrorMessages, opener } = this.#setup;
    return toErrorFields(error, { all: logErrorMessages, own: isOurs && opener.hasSafeMessages(error) });
  }
}

function toPlace({ topic, partition, offset, key, value }: EventRecord): LogFields {
  return { topic, partition, offset, keyBytes: byteLength(key), valueBytes: byteLength(value) };
}

/** Where a store says that it put a letter: an address such as a URL. Anything else is not told: it may be the letter. */
function toPlaceName(storedAs: unknown): string | undefined {
  return typeof storedAs === 'string' && /^[a-z][a-z0-9+.-]*:[!-~]{1,1024}$/.test(storedAs)
    ? storedAs
    : undefined;
}

/** The length of what a base64 text holds; null where there is no text. */
function byteLength(base64: string | null | undefined): number | null {
  return base64 === undefined || base64 === null ? null : Buffer.byteLength(base64, 'base64');
}
