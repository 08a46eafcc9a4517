// What became of each record of an invocation, and the answer to the mapping that follows from it.

import type { BatchItemFailure, BatchResponse } from '../event/event.ts';

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
  #processed = 0;
  #skipped = 0;
  #deadLettered = 0;
  readonly #retriedBy: Partial<Record<RetryReason, number>> = {};
  readonly #failures: BatchItemFailure[] = [];
  /** Every processed record, where they may all have to be reported in the end. */
  readonly #kept: BatchItemFailure[] | undefined;
  /** Records that were reported although they count as processed, or will. */
  readonly #takenBack = new Set<string>();
  /** Records that were skipped or dead-lettered: nothing of them is to be done again. */
  readonly #resolved = new Set<string>();
  /** Records that are reported; made with the first one that is taken back. */
  #reported: Set<string> | undefined;

  /** Nothing has happened yet. `keepsProcessed` is for {@link Tally.takeAllBack}. */
  constructor(keepsProcessed: boolean) {
    this.#kept = keepsProcessed ? [] : undefined;
  }

  get done(): number {
    return this.#processed - this.#takenBack.size;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get deadLettered(): number {
    return this.#deadLettered;
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

  /** Counts one record of `group` as skipped. */
  skip(group: string, offset: number): void {
    if (this.#resolve(toKey(group, offset))) this.#skipped++;
  }

  /** Counts one record of `group` as dead-lettered. */
  deadLetter(group: string, offset: number): void {
    if (this.#resolve(toKey(group, offset))) this.#deadLettered++;
  }

  /** Reports one record of `group` for another delivery. */
  retry(group: string, offset: number, reason: RetryReason): void {
    // Its work is not done, but it is reported already.
    if (this.#takenBack.size > 0 && this.#takenBack.delete(toKey(group, offset))) return;
    this.#failures.push(toFailure(group, offset));
    this.#reported?.add(toKey(group, offset));
    this.#retriedBy[reason] = (this.#retriedBy[reason] ?? 0) + 1;
  }

  /** Reports a record that counts as processed, or will; once, and not where it has another outcome. */
  takeBack(group: string, offset: number, reason: RetryReason): void {
    const key = toKey(group, offset);
    this.#reported ??= new Set(
      this.#failures.map(({ itemIdentifier }) => toKey(itemIdentifier.partition, itemIdentifier.offset)),
    );
    if (this.#reported.has(key) || this.#resolved.has(key)) return;
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

  /** False for a record that is reported: it comes again, whatever was made of it. */
  #resolve(key: string): boolean {
    if (this.#takenBack.delete(key)) return false;
    this.#resolved.add(key);
    return true;
  }
}

function toKey(group: string, offset: number): string {
  return `${group}@${offset}`;
}

function toFailure(partition: string, offset: number): BatchItemFailure {
  return { itemIdentifier: { partition, offset } };
}
