// Sends what is planned: batch after batch at its pace, each written down before and after. Records of one key are never in two batches at
// once, so they arrive in the order of their offsets.
import type { FailedRecord } from '../failed-record.ts';
import type { Account } from './account.ts';
import { createPace, isTooMany } from './pace.ts';
import { toChains } from './plan.ts';
import type { Target } from './target.ts';

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
}

/** What was sent so far. */
export interface Sent {
  readonly succeeded: readonly FailedRecord[];
  readonly failedAgain: readonly { readonly failed: FailedRecord; readonly why: string }[];
  /** Why it ended before everything was sent; undefined when everything was. */
  readonly stopped: string | undefined;
}

/** Sends the records. What is not sent when it stops stays planned in the account. @throws {DeadLettersError} from the target */
export async function sendAll(records: readonly FailedRecord[], options: SendOptions): Promise<Sent> {
  const { account, target, signal, now } = options;
  const succeeded: FailedRecord[] = [];
  const failedAgain: { readonly failed: FailedRecord; readonly why: string }[] = [];
  const pace = createPace(options.rate, { signal });
  const queue = toBatches(records, options.recordsPerBatch);
  let stopped: string | undefined;
  let problem: unknown;
  const work = async (): Promise<void> => {
    while (stopped === undefined && problem === undefined) {
      const batch = queue.next();
      if (batch === undefined) return;
      try {
        await pace.take(batch.length);
      } catch {
        queue.done(batch);
        stopped = 'stopped by Ctrl-C';
        return;
      }
      account.write({ step: 'sending', at: now().toISOString(), ids: batch.map(({ id }) => id) });
      try {
        const result = await target.send(batch);
        for (const failed of batch) {
          const why = result.get(failed.id);
          const at = now().toISOString();
          if (why === undefined) succeeded.push(failed);
          else failedAgain.push({ failed, why });
          const outcome = why === undefined ? ('succeeded' as const) : ('failed again' as const);
          account.write({
            step: 'outcome',
            at,
            id: failed.id,
            outcome,
            ...(why === undefined ? {} : { why }),
          });
        }
      } catch (error) {
        problem ??= error;
        return;
      }
      queue.done(batch);
      if (isTooMany(failedAgain.length, succeeded.length + failedAgain.length, options.stopAt))
        stopped = `more than ${Math.round(options.stopAt * 100)} % failed again`;
      options.onProgress({ succeeded, failedAgain, stopped });
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, work));
  if (problem !== undefined) throw problem;
  return { succeeded, failedAgain, stopped };
}

interface BatchQueue {
  /** The next batch whose keys are in no other batch under way; undefined when there is none. */
  readonly next: () => readonly FailedRecord[] | undefined;
  readonly done: (batch: readonly FailedRecord[]) => void;
}

// Chains of one key are packed whole where they fit; a chain longer than a batch goes in several, one after the other.
function toBatches(records: readonly FailedRecord[], most: number): BatchQueue {
  const chains = toChains(records).map((chain) => [...chain]);
  const busy = new Set<FailedRecord[]>();
  const members = new Map<readonly FailedRecord[], readonly FailedRecord[][]>();
  return {
    next() {
      const batch: FailedRecord[] = [];
      const taken: FailedRecord[][] = [];
      for (const chain of chains) {
        if (batch.length === most) break;
        if (busy.has(chain) || chain.length === 0) continue;
        batch.push(...chain.splice(0, most - batch.length));
        taken.push(chain);
      }
      if (batch.length === 0) return undefined;
      for (const chain of taken) busy.add(chain);
      members.set(batch, taken);
      return batch;
    },
    done(batch) {
      for (const chain of members.get(batch) ?? []) {
        busy.delete(chain);
        if (chain.length === 0) chains.splice(chains.indexOf(chain), 1);
      }
      members.delete(batch);
    },
  };
}
