// What becomes of a record that failed: the user or the error's kind decides, a dead letter is stored before its record counts as
// resolved, and one line says so.

import { classify, type Disposition } from './classify.ts';
import type { ConsumerHooks } from '../consumer-function.ts';
import { toDeadLetter, type DeadLetterStore } from '../../deadletter/dead-letter.ts';
import type { EventRecord } from '../event/event.ts';
import type { Lane } from '../lanes/lanes.ts';
import type { Tally } from './outcome.ts';
import type { RecordLoader } from '../record/record-loader.ts';
import type { Failure, FailureLog } from '../../telemetry/failure-log.ts';
import { readText } from '../../telemetry/thrown.ts';
import type { ValueDecoder } from '../record/value-decoder.ts';

/** What settling works with. */
export interface SettlementOptions<V, K> {
  /** The consumer's name. */
  readonly consumer: string;
  readonly requestId: string;
  readonly hooks: ConsumerHooks<V, K>;
  readonly decoder: ValueDecoder<V, K>;
  readonly loader: RecordLoader<V, K>;
  readonly store: DeadLetterStore;
  readonly tally: Tally;
  readonly failures: FailureLog;
  readonly now: () => number;
  /** Whether the answer is made, so that nothing counts any more. */
  readonly isClosed: () => boolean;
}

/** Settles the failed records of one invocation. */
export class Settlement<V, K> {
  readonly #options: SettlementOptions<V, K>;

  constructor(options: SettlementOptions<V, K>) {
    this.#options = options;
  }

  /** Decides what becomes of the failed record that is under way in a lane; true when the lane may go on. Never throws. */
  async settle(lane: Lane<V, K>, error: unknown): Promise<boolean> {
    const { event, group } = lane;
    const { tally, failures, isClosed } = this.#options;
    if (event === undefined) return false;
    const failure = this.#failureOf(lane, error);
    const disposition = this.#decide(lane, error);
    if (disposition === 'skip') {
      tally.skip(lane.group, event.offset);
      return true;
    }
    if (disposition === 'dead-letter' && (await this.#deadLetter(lane, event, failure))) return true;
    if (isClosed()) return false;
    if (disposition === 'retry')
      failures.log('warn', 'record failed, reported for retry', { place: event, failure });
    tally.retry(group, event.offset, 'failed');
    return false;
  }

  /** What is to become of the record that is under way in a lane: the user decides, or else the error's kind. */
  #decide(lane: Lane<V, K>, error: unknown): Disposition {
    const { hooks, loader, failures } = this.#options;
    const { event } = lane;
    if (hooks.onError === undefined || event === undefined) return classify(error);
    const record = lane.lease ?? loader.leaseUndecoded(event);
    try {
      const decision: unknown = hooks.onError(error, record);
      if (decision === undefined) return classify(error);
      if (decision === 'retry' || decision === 'dead-letter' || decision === 'skip') return decision;
      if (decision instanceof Promise) decision.catch(() => undefined);
      const more = { got: decision instanceof Promise ? 'a promise' : typeof decision };
      failures.log('error', 'onError gave no decision, record is retried', { place: event, more });
    } catch (thrown) {
      const failure = { error: thrown };
      failures.log('error', 'onError failed, record is retried', { place: event, failure });
    } finally {
      if (record !== lane.lease) record.release();
    }
    return 'retry';
  }

  async #deadLetter(lane: Lane<V, K>, event: EventRecord, failure: Failure): Promise<boolean> {
    const { consumer, requestId, store, now, tally, failures, isClosed } = this.#options;
    lane.phase = 'dead-letter store';
    try {
      const about = { consumer, requestId, now: now() };
      const storedAs = await store.store(toDeadLetter(event, failure.error, about));
      if (isClosed()) return false;
      tally.deadLetter(lane.group, event.offset);
      const more = { storedAs: toAddress(storedAs) };
      failures.log('error', 'record dead-lettered', { place: event, failure, more });
      return true;
    } catch (storeError) {
      if (isClosed()) return false;
      // Not safe anywhere yet, so the record is reported and comes again.
      const more = { reason: failures.toFields(failure) };
      const line = { place: event, failure: { error: storeError }, more };
      failures.log('error', 'dead letter not stored, record reported for retry', line);
      return false;
    }
  }

  /** Without a lease the error comes from loading the record, and no code of the user's has held it yet. */
  #failureOf(lane: Lane<V, K>, error: unknown): Failure {
    const isOwn = lane.lease === undefined && this.#options.decoder.hasSafeMessage(error);
    const ownMessage = isOwn ? readText(error, 'message') : undefined;
    return ownMessage === undefined ? { error } : { error, ownMessage };
  }
}

/** Where a store says that it put a letter: an address such as a URL. Anything else is not told: it may be the letter. */
function toAddress(storedAs: unknown): string | undefined {
  return typeof storedAs === 'string' && /^[a-z][a-z0-9+.-]*:[!-~]{1,1024}$/.test(storedAs)
    ? storedAs
    : undefined;
}
