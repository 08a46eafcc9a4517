// One lane through a user's function: record by record, or as a batch whose records come one at a time.

import type { Logger } from '@aws-lambda-powertools/logger';
import type { EventRecord } from './event.ts';
import type { Invocation } from './invocation.ts';
import type { Lane } from './lanes.ts';
import type { RetryReason } from './outcome.ts';
import type { Lease, LeasedRecord } from './record.ts';
import { specimens } from './jit-anchors.ts';
import { toErrorFields } from '../telemetry/error-fields.ts';
import { toRecordLog, type Log, type Place } from '../telemetry/log.ts';

/** What a user's function is given beside its record or records. */
export interface FunctionContext {
  /** Aborts shortly before the invocation's deadline. */
  readonly signal: AbortSignal;
  /** Logs with the place of the record, or of the lane's first record, on each line. */
  readonly log: Log;
}

/** A function that is called for each record in turn. */
export interface RecordFunction<V, K> {
  /** The record is usable until what this returns has settled. */
  record(record: LeasedRecord<V, K>, context: FunctionContext): unknown;
}

/** A function that is called once per lane. */
export interface BatchFunction<V, K> {
  /**
   * Each record is usable until the next one is asked for. The lane succeeds or fails as a whole when what this returns
   * settles: after an exception every record is reported for another delivery; one whose loop was left early, or that
   * was never asked for, is reported in any case.
   */
  batch(records: AsyncIterable<LeasedRecord<V, K>>, context: FunctionContext & Place): unknown;
}

/** What the lanes of an invocation share. */
export interface LaneSurroundings {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly logErrorMessages: boolean;
}

/** Runs a lane record by record; it stops at its first record that must come again. */
export async function runRecords<V, K>(
  lane: Lane,
  invocation: Invocation<V, K>,
  fn: RecordFunction<V, K>,
  around: LaneSurroundings,
): Promise<void> {
  for (let index = 0; index < lane.records.length; index++) {
    const event = next(lane, index);
    // Awaited only where there is something to wait for: an await for each record would be 1 % of an invocation.
    const admitted = invocation.admit(event);
    const stop = admitted instanceof Promise ? await admitted : admitted;
    if (stop) return invocation.reportFrom(lane, index, stop);
    lane.records[index] = undefined;
    let held: Lease<V, K> | undefined;
    try {
      const holding = invocation.lease(event);
      held = holding instanceof Promise ? await holding : holding;
      const context = new RecordContext(around, held);
      specimens.lease = held;
      specimens.context = context;
      const settled = fn.record(held, context);
      if (isThenable(settled)) await settled;
      invocation.tally.done++;
    } catch (error) {
      const mayGoOn = await invocation.settle(lane.group, event, error, held === undefined);
      if (!mayGoOn) return invocation.reportFrom(lane, index + 1, 'blocked');
    } finally {
      invocation.release(held);
    }
  }
}

/** Runs a lane as one batch; records that cannot be opened are dead-lettered on the way and do not reach the function. */
export async function runBatch<V, K>(
  lane: Lane,
  invocation: Invocation<V, K>,
  fn: BatchFunction<V, K>,
  around: LaneSurroundings,
): Promise<void> {
  const { group } = lane;
  const delivered: number[] = [];
  let index = 0;
  let restReason: RetryReason = 'unread';

  async function* lease(): AsyncGenerator<LeasedRecord<V, K>, void> {
    while (index < lane.records.length) {
      const event = next(lane, index);
      const admitted = invocation.admit(event);
      const stop = admitted instanceof Promise ? await admitted : admitted;
      if (stop) {
        restReason = stop;
        return;
      }
      lane.records[index++] = undefined;
      let held: Lease<V, K>;
      try {
        held = await invocation.lease(event);
        specimens.lease = held;
      } catch (error) {
        const mayGoOn = await invocation.settle(group, event, error, true);
        invocation.release(undefined);
        if (mayGoOn) continue;
        restReason = 'blocked';
        return;
      }
      let isRead = false;
      try {
        yield held;
        isRead = true;
      } finally {
        invocation.release(held);
        if (isRead) delivered.push(event.offset);
        else invocation.tally.retry(group, event.offset, 'unread');
      }
    }
  }

  const records = lease();
  const place = toPlace(lane);
  try {
    await fn.batch(records, { signal: around.signal, log: toRecordLog(around.logger, place), ...place });
    // Closes the loop of a function that left it open: its last record must not stay leased.
    await records.return();
    invocation.tally.done += delivered.length;
  } catch (error) {
    await records.return();
    for (const offset of delivered) invocation.tally.retry(group, offset, 'failed');
    around.logger.warn('batch function failed, its records are reported for retry', {
      requestId: around.requestId,
      ...place,
      error: toErrorFields(error, { all: around.logErrorMessages, own: false }),
    });
  }
  invocation.reportFrom(lane, index, restReason);
}

/** Its log is made when it is asked for: most functions never log, and a log costs as much as a small record's base64. */
class RecordContext implements FunctionContext {
  readonly signal: AbortSignal;
  readonly #logger: Logger;
  readonly #place: Place;
  #log: Log | undefined;

  constructor({ signal, logger }: LaneSurroundings, place: Place) {
    this.signal = signal;
    this.#logger = logger;
    this.#place = place;
  }

  get log(): Log {
    return (this.#log ??= toRecordLog(this.#logger, this.#place));
  }
}

/** The record at `index`; once it may start the lane drops it, so that the lane does not keep it alive. */
function next(lane: Lane, index: number): EventRecord {
  const event = lane.records[index];
  if (event === undefined)
    throw new Error(`lane ${lane.group} has no record at ${index}, a bug in the runtime`);
  return event;
}

function toPlace(lane: Lane): Place {
  const first = lane.records[0];
  if (first === undefined) throw new Error(`lane ${lane.group} is empty, a bug in the runtime`);
  return { topic: first.topic, partition: first.partition, offset: first.offset };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
