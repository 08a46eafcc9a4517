// Sends what is planned: batch after batch at its pace, each written down before and after. Records of one key are never in two batches at
// once, so they arrive in the order of their offsets.
import type { FailedRecord } from '../../failed-record.ts';
import { DeadLettersError } from '../../error.ts';
import type { Account } from '../account.ts';
import { createBatchQueue } from './batch-queue.ts';
import { createPace, isTooMany, type Sleep } from './pace.ts';
import { toKeyName } from '../plan.ts';
import type { SendResult, Target } from './target.ts';

/** How to send. */
export interface SendOptions {
  readonly target: Target;
  readonly account: Account;
  readonly rate: number;
  /** Batches under way at once. */
  readonly inFlight: number;
  readonly recordsPerBatch: number;
  readonly stopAt: number;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called after each batch. */
  readonly onProgress: (soFar: Sent) => void;
  /** Default the timers'. */
  readonly sleep?: Sleep;
}

/** What was sent so far. */
export interface Sent {
  readonly succeeded: readonly FailedRecord[];
  readonly failedAgain: readonly { readonly failed: FailedRecord; readonly why: string }[];
  /** Why it ended before everything was sent; undefined when everything was. */
  readonly stopped: string | undefined;
}

/** Why a record is skipped: an old one must not be processed after a later one of its key, so behind a failure its key waits. */
export const heldBack = 'an earlier record of its key failed again';

/** Attempts in a row that a target refuses before a run stops: waits of four minutes in total. */
const mostRefusals = 14;
/** Attempts in a row of which nobody knows what became. */
const mostUnclear = 4;

/**
 * Sends the records. What is not sent when it stops stays planned in the account.
 * @throws {DeadLettersError} from the target or the account, once nothing is under way any more
 */
export async function sendAll(records: readonly FailedRecord[], options: SendOptions): Promise<Sent> {
  const { account, target, signal, now, stopAt } = options;
  const succeeded: FailedRecord[] = [];
  const failedAgain: { readonly failed: FailedRecord; readonly why: string }[] = [];
  const pace = createPace(options.rate, { signal, ...(options.sleep && { sleep: options.sleep }) });
  const queue = createBatchQueue(records, options.recordsPerBatch);
  let stopped: string | undefined;
  let problem: unknown;
  const isGoing = (): boolean => stopped === undefined && problem === undefined;

  const settle = (batch: readonly FailedRecord[], result: SendResult): void => {
    for (const failed of batch) {
      const why = result.get(failed.id);
      const at = now().toISOString();
      if (why === undefined) {
        account.write({ step: 'outcome', at, id: failed.id, outcome: 'succeeded' });
        succeeded.push(failed);
      } else {
        account.write({ step: 'outcome', at, id: failed.id, outcome: 'failed again', why });
        failedAgain.push({ failed, why });
      }
    }
    if (isTooMany(failedAgain.length, succeeded.length + failedAgain.length, stopAt))
      stopped ??= `more than ${Math.round(stopAt * 100)} % failed again`;
    options.onProgress({ succeeded, failedAgain, stopped });
  };

  // Sends until the target has taken the batch; undefined when the run stops before that.
  const attempt = async (
    batch: readonly FailedRecord[],
  ): Promise<{ readonly result: SendResult } | { readonly crash: string } | undefined> => {
    let unclear = 0;
    await pace.take(batch.length);
    while (isGoing()) {
      const ids = batch.map(({ id }) => id);
      account.write({ step: 'sending', at: now().toISOString(), ids });
      const answer = await target.send(batch).catch((error: unknown) => {
        // By its contract nothing of the batch has arrived.
        if (error instanceof DeadLettersError)
          account.write({ step: 'refused', at: now().toISOString(), ids });
        throw error;
      });
      if (answer.kind === 'answered' || answer.kind === 'crashed') {
        pace.recover();
        return answer.kind === 'answered' ? answer : { crash: answer.why };
      }
      if (answer.kind !== 'unclear') account.write({ step: 'refused', at: now().toISOString(), ids });
      if (answer.kind === 'declined') {
        pace.recover();
        return { crash: answer.why };
      }
      if (answer.kind === 'unclear') unclear += 1;
      if (pace.refusals() >= mostRefusals || unclear >= mostUnclear) stopped ??= answer.why;
      else await pace.backOff();
    }
    return undefined;
  };

  // A part of a batch that fails as a whole is sent again in halves, until the records that fail it are alone.
  const deliver = async (batch: readonly FailedRecord[]): Promise<ReadonlySet<string>> => {
    const taken = await attempt(batch);
    if (taken === undefined) return new Set();
    if ('result' in taken || batch.length === 1) {
      const result = 'result' in taken ? taken.result : new Map([[batch[0]?.id ?? '', taken.crash] as const]);
      settle(batch, result);
      return new Set(batch.filter(({ id }) => result.get(id) !== undefined).map(toKeyName));
    }
    const half = Math.ceil(batch.length / 2);
    const first = await deliver(batch.slice(0, half));
    const rest = holdBack(batch.slice(half), first);
    return new Set([...first, ...(rest.length === 0 ? [] : await deliver(rest))]);
  };

  const holdBack = (waiting: readonly FailedRecord[], keys: ReadonlySet<string>): readonly FailedRecord[] => {
    const { held = [], free = [] } = Object.groupBy(waiting, (each) =>
      keys.has(toKeyName(each)) ? 'held' : 'free',
    );
    for (const { id } of held)
      account.write({ step: 'outcome', at: now().toISOString(), id, outcome: 'skipped', why: heldBack });
    return free;
  };

  const work = async (): Promise<void> => {
    try {
      while (isGoing()) {
        const batch = queue.next();
        if (batch === undefined) return;
        const keys = new Set<string>();
        for (const part of await target.split(batch)) for (const key of await deliver(part)) keys.add(key);
        holdBack(queue.done(batch, keys), keys);
      }
    } catch (error) {
      if (signal.aborted) stopped ??= 'stopped by Ctrl-C';
      else problem ??= error;
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, work));
  if (problem !== undefined) throw problem;
  return { succeeded, failedAgain, stopped };
}
