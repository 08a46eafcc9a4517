// What became of each record of an invocation, and the answer to the mapping that follows from it.

import type { BatchItemFailure, BatchResponse } from './event.ts';

/** Why a record is reported for another delivery. */
export type RetryReason =
  | 'failed' // its function or its dead-letter copy failed
  | 'blocked' // a record before it in its lane is reported, and order must hold
  | 'unread' // a batch function settled without asking for it
  | 'deadline' // the invocation's time was nearly up, so it was not started
  | 'memory' // memory was near its limit, so it was not started
  | 'unsettled' // it was under way when the invocation's time was up
  | 'lateUse' // it was used after its function had settled, so that work of it was not awaited
  | 'hook'; // beforeInvocation or afterInvocation failed

/** Counts outcomes and gathers the records to report. */
export class Tally {
  skipped = 0;
  deadLettered = 0;
  #processed = 0;
  readonly #retriedBy: Partial<Record<RetryReason, number>> = {};
  readonly #failures: BatchItemFailure[] = [];
  /** Every processed record, where they may all have to be reported in the end. */
  readonly #kept: BatchItemFailure[] | undefined;
  /** Records that were reported although they count as processed, or will. */
  readonly #takenBack = new Set<string>();

  /** Nothing has happened yet. `keepsProcessed` is for {@link Tally.takeAllBack}. */
  constructor(keepsProcessed: boolean) {
    this.#kept = keepsProcessed ? [] : undefined;
  }

  get done(): number {
    return this.#processed - this.#takenBack.size;
  }

  get retried(): number {
    return this.#failures.length;
  }

  get retriedBy(): Readonly<Partial<Record<RetryReason, number>>> {
    return this.#retriedBy;
  }

  /** Counts one record of `group` (`<topic>-<partition>`) as processed. */
  process(group: string, offset: number): void {
    this.#processed++;
    this.#kept?.push(toFailure(group, offset));
  }

  /** Reports one record of `group` for another delivery. */
  retry(group: string, offset: number, reason: RetryReason): void {
    // Its work is not done, but it is reported already.
    if (this.#takenBack.size > 0 && this.#takenBack.delete(`${group}@${offset}`)) return;
    this.#failures.push(toFailure(group, offset));
    this.#retriedBy[reason] = (this.#retriedBy[reason] ?? 0) + 1;
  }

  /** Reports a record that counts as processed, or will; once, however often it is asked for. */
  takeBack(group: string, offset: number, reason: RetryReason): void {
    const key = `${group}@${offset}`;
    if (this.#takenBack.has(key)) return;
    this.retry(group, offset, reason);
    this.#takenBack.add(key);
  }

  /** Reports every record that was processed. */
  takeAllBack(reason: RetryReason): void {
    for (const { itemIdentifier } of this.#kept ?? [])
      this.takeBack(itemIdentifier.partition, itemIdentifier.offset, reason);
  }

  toResponse(): BatchResponse {
    return { batchItemFailures: this.#failures };
  }
}

function toFailure(partition: string, offset: number): BatchItemFailure {
  return { itemIdentifier: { partition, offset } };
}
