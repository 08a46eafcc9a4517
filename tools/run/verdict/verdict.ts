// What a run comes out at: each consumer by its account and by whether it did its work, and the exit code of it all.

import type { Denial } from '../../aws/permissions/guard.ts';
import { exitCode } from '../../exit-code.ts';
import type { Fault } from '../../local/fault.ts';
import type { MappingStatus } from '../../local/mapping/mapping-status.ts';
import type { Account } from '../../proof/reconciliation.ts';
import type { Hopelessness } from './fail-fast.ts';
import type { Failure } from './failures.ts';

/** `idle`: nothing was sent, so that there is nothing to prove. */
export type Verdict = Account['verdict'] | 'idle';

/** One consumer's part of the result. */
export interface ConsumerResult {
  readonly verdict: Verdict;
  readonly account: Account;
  readonly status: MappingStatus;
  /** Why it was stopped before the end; null: it was not. */
  readonly stopped: Hopelessness | null;
  /** The first ways in which it failed, at most five. */
  readonly failures: readonly Failure[];
}

/** How a run ended; this is also the document that `--json` prints (docs/reference/run-json.md). */
export interface RunResult {
  readonly verdict: Verdict;
  readonly isProven: boolean;
  readonly exitCode: number;
  readonly produced: number;
  readonly seed: number;
  /** Least share of the good records that must be processed for a verdict, 0..1. */
  readonly minShare: number;
  /** From the command's start until a function reported its first record, milliseconds; null when none did. */
  readonly firstRecordMs: number | null;
  readonly durationMs: number;
  /** Faults that were asked for and never happened, in words. */
  readonly missedFaults: readonly string[];
  /** Calls that the functions' roles do not allow, each action and resource of a function once. */
  readonly denied: readonly Denial[];
  readonly consumers: readonly ConsumerResult[];
}

/** What one consumer comes out at. */
export function toConsumerVerdict(
  account: Account,
  stopped: Hopelessness | undefined,
  minShare: number,
): Verdict {
  if (stopped !== undefined) return 'undecided';
  if (account.produced > 0) return account.verdict;
  // Records of somebody else's: they tell whether the consumer works, and nothing of what was lost.
  return account.seen > 0 && account.processed / account.seen < minShare ? 'undecided' : 'idle';
}

/** What all of them come out at, worst first. */
export function toRunVerdict(consumers: readonly Pick<ConsumerResult, 'verdict'>[]): Verdict {
  const verdicts = new Set(consumers.map(({ verdict }) => verdict));
  return (['disproved', 'undecided', 'proven'] as const).find((each) => verdicts.has(each)) ?? 'idle';
}

/** A fault that did not happen has shown nothing, whatever the account says. */
export function toExitCode(verdict: Verdict, missedFaults: readonly string[]): number {
  if (verdict === 'disproved' || missedFaults.length > 0) return exitCode.wrong;
  return verdict === 'undecided' ? exitCode.undecided : exitCode.ok;
}

/** The faults that were asked for and that did not happen; `happened` has those that did, as `kind:consumer`. */
export function findMissedFaults(
  faults: readonly Fault[],
  statuses: readonly Pick<MappingStatus, 'consumer' | 'invocations'>[],
  happened: ReadonlySet<string>,
): readonly string[] {
  return faults.flatMap(({ kind, consumer, atInvocation }) =>
    statuses
      .filter((status) => (consumer ?? status.consumer) === status.consumer)
      .filter((status) => !happened.has(`${kind}:${status.consumer}`))
      .map(
        (status) =>
          `${kind} of ${status.consumer}: it hits invocation ${atInvocation}, and there were ${status.invocations}; send more records`,
      ),
  );
}
