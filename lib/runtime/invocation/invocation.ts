// One invocation under way: which records may still start, what each one became, and what is said about it.

import type { Admission, Entrance, StopReason } from '../admission/admission.ts';
import type { ConsumerHooks, InvocationInfo } from '../consumer-function.ts';
import type { ConsumerDefinition } from '../../definition/define-consumer.ts';
import type { DeadLetterStore } from '../../deadletter/dead-letter.ts';
import type { EventRecord } from '../event/event.ts';
import type { Lane } from '../lanes/lanes.ts';
import type { LateUseObserver } from '../record/late-use.ts';
import type { BudgetAccount, ByteBudget } from '../../memory/budget.ts';
import { weighRecord, type Ledger } from '../../memory/ledger.ts';
import { Tally, type RetryReason } from '../outcome/outcome.ts';
import { RecordLoader } from '../record/record-loader.ts';
import type { Lease, ReleasedError } from '../record/record.ts';
import { Settlement } from '../outcome/settlement.ts';
import { FailureLog } from '../../telemetry/failure-log.ts';
import { toRecordLog, type LineLogger, type Log, type Place } from '../../telemetry/log.ts';
import type { RecordCounts } from '../../telemetry/metrics.ts';
import type { ValueDecoder } from '../record/value-decoder.ts';

/** What an invocation works with. */
export interface InvocationOptions<V, K> {
  readonly definition: ConsumerDefinition<V, K>;
  readonly hooks: ConsumerHooks<V, K>;
  readonly decoder: ValueDecoder<V, K>;
  readonly store: DeadLetterStore;
  readonly ledger: Ledger;
  /** Both are shared with the other invocations of this process. */
  readonly budget: ByteBudget;
  readonly admission: Admission;
  /** Whether allocations are sampled, so that the function must be told from its caller. */
  readonly isSampled: boolean;
  readonly logger: LineLogger;
  readonly logErrorMessages: boolean;
  readonly now: () => number;
  /** Epoch milliseconds after which no new record starts. */
  readonly startUntil: number;
  readonly info: InvocationInfo;
  /** The event's keys, `<topic>-<partition>`. */
  readonly groups: ReadonlySet<string>;
}

/** What an invocation's one line says of its records. */
export interface InvocationSummary extends RecordCounts {
  readonly retriedBy?: Tally['retriedBy'];
  readonly inFlightPeakBytes: number;
  /** Failures beyond the twenty that are logged in detail. */
  readonly unloggedFailures?: number;
}

/** One invocation under way. */
export class Invocation<V, K> implements LateUseObserver {
  readonly tally: Tally;
  readonly failures: FailureLog;
  readonly settlement: Settlement<V, K>;
  /** What functions are given beside their records, but for their log. */
  readonly info: InvocationInfo;
  readonly isSampled: boolean;
  readonly ledger: Ledger;
  readonly #options: InvocationOptions<V, K>;
  readonly #budget: BudgetAccount;
  readonly #entrance: Entrance;
  readonly #loader: RecordLoader<V, K>;
  #isClosed = false;

  /** Nothing has happened yet. */
  constructor(options: InvocationOptions<V, K>) {
    const { definition, decoder, ledger, now, startUntil, logger, info } = options;
    this.#options = options;
    this.info = info;
    this.isSampled = options.isSampled;
    this.ledger = ledger;
    this.tally = new Tally(options.hooks.afterInvocation !== undefined);
    this.failures = new FailureLog({
      logger,
      requestId: info.requestId,
      logErrorMessages: options.logErrorMessages,
    });
    this.#budget = options.budget.open();
    this.#entrance = options.admission.open(startUntil);
    const remainingMs = (): number => startUntil - now();
    this.#loader = new RecordLoader({ decoder, budget: this.#budget, ledger, remainingMs });
    this.settlement = new Settlement({
      ...options,
      consumer: definition.name,
      requestId: info.requestId,
      loader: this.#loader,
      tally: this.tally,
      failures: this.failures,
      isClosed: () => this.#isClosed,
    });
  }

  /** Bytes that the record needs which was declined; 0 where none was. */
  get declinedBytes(): number {
    return this.#entrance.shortage?.neededBytes ?? 0;
  }

  /** Whether the answer is made: nothing may start, or count, any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Starts the next record of a lane: it is under way then, with its lease. Else gives why it may not start. A promise only where
   * there is something to wait for; `end` must follow in any case.
   *
   * @throws what kept the record from being decoded, or rejects with it
   */
  start(lane: Lane<V, K>, event: EventRecord): StopReason | undefined | Promise<StopReason | undefined> {
    const stop = this.#entrance.admit(event);
    if (stop instanceof Promise) return this.#startLater(lane, event, stop);
    if (stop !== undefined) return stop;
    lane.begin(event);
    const lease = this.#loader.load(event);
    if (lease instanceof Promise) return this.#leaseLater(lane, lease);
    lane.lease = lease;
    lane.phase = 'function';
    return undefined;
  }

  /** Ends the record that is under way in a lane, if one is. */
  end(lane: Lane<V, K>): void {
    if (lane.lease) this.#loader.unload(lane.lease);
    if (lane.event) this.#entrance.leave();
    lane.lease = undefined;
    lane.event = undefined;
  }

  /** A log whose lines name a record. */
  recordLog(place: Place): Log {
    const { logger, info } = this.#options;
    return toRecordLog(logger, info.requestId, place);
  }

  /** Reports the records of a lane that have not started for another delivery. */
  reportRest(lane: Lane<V, K>, reason: RetryReason): void {
    for (let record = lane.peek(); record; record = lane.peek()) {
      weighRecord(this.#options.ledger, record);
      this.tally.retry(lane.groupAt(lane.next), record.offset, reason);
      lane.drop();
    }
  }

  /** Ends a lane that the runtime itself has failed: what is under way, and the rest of it, is reported. */
  failLane(lane: Lane<V, K>, error: unknown): void {
    if (this.#isClosed) return;
    const line = { failure: { error }, ...(lane.event && { place: lane.event }) };
    this.failures.log('error', 'lane ended by a fault of the runtime, reported for retry', line);
    this.#reportDelivered(lane, 'failed');
    if (lane.event) this.tally.retry(lane.group, lane.event.offset, 'failed');
    this.end(lane);
    this.reportRest(lane, 'blocked');
  }

  /** Ends the invocation for the others of this process: whatever it has taken is free. */
  leave(): void {
    this.#budget.close();
    this.#entrance.close();
  }

  /** Makes the answer: what is still under way is named, given up and reported, and so is what has not started. */
  close(lanes: readonly Lane<V, K>[], reason: RetryReason): void {
    this.#isClosed = true;
    for (const lane of lanes) {
      const { event, phase, delivered: [first] = [] } = lane;
      if (first && !event)
        this.failures.log(
          'error',
          'batch function did not settle before the deadline, its records are reported for retry',
          {
            place: first,
          },
        );
      this.#reportDelivered(lane, 'unsettled');
      if (event) {
        const line = { place: event, more: { waitsFor: phase } };
        this.failures.log('error', 'record did not settle before the deadline, reported for retry', line);
        this.tally.retry(lane.group, event.offset, 'unsettled');
        this.end(lane);
      }
      this.reportRest(lane, event || first ? 'blocked' : reason);
    }
  }

  /** Reports what a batch function has had: it may have kept all of it, to write it in the end. */
  #reportDelivered(lane: Lane<V, K>, reason: RetryReason): void {
    for (const { group, offset } of lane.delivered ?? []) this.tally.retry(group, offset, reason);
    lane.delivered = undefined;
  }

  /** Takes note of a record that was used after its function had settled: what it did not await is not done. */
  noteLateUse(error: ReleasedError): void {
    const { topic, partition, offset, member } = error;
    const line = { place: { topic, partition, offset }, failure: { error }, more: { member } };
    this.failures.log('error', 'record used after its function had settled', line);
    const group = `${topic}-${partition}`;
    if (this.hasLeased(error) && this.#options.groups.has(group))
      this.tally.takeBack(group, offset, 'lateUse');
  }

  /** Whether the record of a late use is one of this invocation's. */
  hasLeased(error: ReleasedError): boolean {
    return error.isOf(this.#loader);
  }

  /** Outcomes, for the invocation's one line. Logs why records were declined. */
  summary(): InvocationSummary {
    const { logger, ledger, info } = this.#options;
    const { done, skipped, deadLettered, retried, retriedBy } = this.tally;
    const declined = retriedBy.memory ?? 0;
    if (declined > 0) {
      logger.warn('memory is near its limit, records declined', {
        requestId: info.requestId,
        declined,
        ...this.#entrance.shortage,
      });
    }
    const unloggedFailures = this.failures.unlogged;
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

  async #startLater(
    lane: Lane<V, K>,
    event: EventRecord,
    admitted: Promise<StopReason | undefined>,
  ): Promise<StopReason | undefined> {
    const stop = await admitted;
    if (stop !== undefined) return stop;
    if (this.#isClosed) {
      // Another record's end has let it start after the answer; it is reported already.
      this.#entrance.leave();
      return undefined;
    }
    lane.begin(event);
    return this.#leaseLater(lane, this.#loader.load(event));
  }

  async #leaseLater(lane: Lane<V, K>, loading: Lease<V, K> | Promise<Lease<V, K>>): Promise<undefined> {
    const lease = await loading;
    if (this.#isClosed) {
      this.#loader.unload(lease);
      return undefined;
    }
    lane.lease = lease;
    lane.phase = 'function';
    return undefined;
  }
}
