// One lane through a user's function: record by record, or as a batch whose records come one at a time.

import type { BatchFunction, FunctionContext, LambdaContext, RecordFunction } from '../consumer-function.ts';
import type { Invocation } from '../invocation/invocation.ts';
import { anchors } from '../jit-anchors.ts';
import type { DeliveredRecord, Lane } from './lanes.ts';
import type { RetryReason } from '../outcome/outcome.ts';
import type { LeasedRecord } from '../record/record.ts';
import { callApart } from '../../retention/allocations.ts';
import type { Log, Place } from '../../telemetry/log.ts';

/**
 * Runs a lane record by record; it stops at its first record that must come again.
 *
 * After each wait it looks whether the invocation is closed: then its records are reported, and nothing may go on.
 */
export async function runRecords<V, K>(
  lane: Lane<V, K>,
  invocation: Invocation<V, K>,
  fn: RecordFunction<V, K>,
): Promise<void> {
  for (let event = lane.peek(); event !== undefined; event = lane.peek()) {
    try {
      // Awaited only where there is something to wait for: an await for each record would be 1 % of an invocation.
      const starting = invocation.start(lane, event);
      const stop = starting instanceof Promise ? await starting : starting;
      if (stop !== undefined) return invocation.reportRest(lane, stop);
      if (lane.lease === undefined) return;
      const context = new RecordContext(invocation, lane.lease);
      anchors.lease = lane.lease;
      anchors.context = context;
      const leased = lane.lease as LeasedRecord<V, K>;
      const settled = invocation.isSampled ? callApart(fn, leased, context) : fn.record(leased, context);
      if (isThenable(settled)) await settled;
      if (invocation.isClosed) return;
      invocation.tally.process(lane.group, event.offset);
    } catch (error) {
      if (invocation.isClosed) return;
      const mayGoOn = await invocation.settlement.settle(lane, error);
      if (invocation.isClosed) return;
      if (!mayGoOn) return invocation.reportRest(lane, 'blocked');
    } finally {
      invocation.end(lane);
    }
  }
}

/** How far a batch is. */
interface BatchProgress {
  /** The lane's: records that the function has had, up to the one under way. */
  readonly delivered: DeliveredRecord[];
  /** Why the records that have not started will not. */
  restReason: RetryReason;
}

/** Runs a lane as one batch; records that cannot be opened are dead-lettered on the way and do not reach the function. */
export async function runBatch<V, K>(
  lane: Lane<V, K>,
  invocation: Invocation<V, K>,
  fn: BatchFunction<V, K>,
): Promise<void> {
  const first = lane.peek();
  if (first === undefined || invocation.isClosed) return;
  const { topic, partition, offset } = first;
  const place = { topic, partition, offset };
  const progress: BatchProgress = { delivered: (lane.delivered = []), restReason: 'unread' };
  const records = leaseEach(lane, invocation, progress);
  try {
    await fn.batch(records, { ...invocation.info, ...place, log: invocation.recordLog(place) });
    // Closes the loop of a function that left it open: nothing may be leased after this.
    await records.return();
    if (invocation.isClosed) return;
    lane.delivered = undefined;
    for (const each of progress.delivered) invocation.tally.process(each.group, each.offset);
    if (lane.event) invocation.tally.retry(lane.group, lane.event.offset, 'unread');
  } catch (error) {
    await records.return();
    if (invocation.isClosed) return;
    lane.delivered = undefined;
    for (const each of progress.delivered) invocation.tally.retry(each.group, each.offset, 'failed');
    // What it says of a record concerns the one under way; without one it can only be tried again.
    if (lane.event) await invocation.settlement.settle(lane, error);
    else
      invocation.failures.log('warn', 'batch function failed, its records are reported for retry', {
        place,
        failure: { error },
      });
    if (invocation.isClosed) return;
  } finally {
    invocation.end(lane);
  }
  invocation.reportRest(lane, progress.restReason);
}

/** Leases the records of a lane one after the other: each is under way until the next one is asked for. */
async function* leaseEach<V, K>(
  lane: Lane<V, K>,
  invocation: Invocation<V, K>,
  progress: BatchProgress,
): AsyncGenerator<LeasedRecord<V, K>, void> {
  for (let event = lane.peek(); event !== undefined; event = lane.peek()) {
    try {
      const stop = await invocation.start(lane, event);
      if (stop !== undefined) {
        progress.restReason = stop;
        return;
      }
      if (lane.lease === undefined) return;
      anchors.lease = lane.lease;
    } catch (error) {
      if (invocation.isClosed) return;
      const mayGoOn = await invocation.settlement.settle(lane, error);
      invocation.end(lane);
      if (invocation.isClosed) return;
      if (mayGoOn) continue;
      progress.restReason = 'blocked';
      return;
    }
    yield lane.lease as LeasedRecord<V, K>;
    if (invocation.isClosed) return;
    const { topic, partition, offset } = event;
    progress.delivered.push({ group: lane.group, topic, partition, offset });
    invocation.end(lane);
  }
}

/** Its log is made when it is asked for: most functions never log, and a log costs as much as a small record's base64. */
class RecordContext<V, K> implements FunctionContext {
  readonly #invocation: Invocation<V, K>;
  readonly #place: Place;
  #log: Log | undefined;

  constructor(invocation: Invocation<V, K>, place: Place) {
    this.#invocation = invocation;
    this.#place = place;
  }

  get signal(): AbortSignal {
    return this.#invocation.info.signal;
  }

  get requestId(): string {
    return this.#invocation.info.requestId;
  }

  get lambdaContext(): LambdaContext {
    return this.#invocation.info.lambdaContext;
  }

  get log(): Log {
    return (this.#log ??= this.#invocation.recordLog(this.#place));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
