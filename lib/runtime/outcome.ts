// What became of each record of an invocation, and the answer to the mapping that follows from it.

import { CodecError } from '../codec/codec.ts';
import type { BatchItemFailure, BatchResponse } from './event.ts';
import { FormatError } from '../format/format-error.ts';

/** Thrown by a user's function: this record can never succeed, so keep a copy of it and go on. */
export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';
  /** Names the reason in logs, metrics and the dead letter; choose a literal, never something from the record. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a user's function: this record is to be passed over, with no copy kept. */
export class SkipError extends Error {
  override readonly name = 'SkipError';
  readonly code = 'SKIPPED';
}

/** What to do about a record whose processing failed. */
export type Verdict = 'retry' | 'dead-letter' | 'skip';

/**
 * Sorts an error into what can succeed later and what cannot.
 *
 * Everything unknown is retried: only an error that says of itself that no later try can succeed loses its place in
 * the stream.
 */
export function classify(error: unknown): Verdict {
  // The bytes themselves are at fault and will be the same next time; the dead letter keeps them.
  if (error instanceof CodecError || error instanceof FormatError) return 'dead-letter';
  // The user's word. Recovery is a person reading the dead letter.
  if (error instanceof DeadLetterError) return 'dead-letter';
  // The user's word. Nobody recovers it, which is why it must be asked for by name.
  if (error instanceof SkipError) return 'skip';
  // The mapping delivers it again: a fault of the user's function, or a registry that is down, refuses us or is late
  // (RegistryError, NotReadyError), which says nothing about the record.
  return 'retry';
}

/** Why a record is reported for another delivery. */
export type RetryReason =
  | 'failed' // its function or its dead-letter copy failed
  | 'blocked' // a record before it in its lane is reported, and order must hold
  | 'unread' // a batch function settled without asking for it
  | 'deadline' // the invocation's time was nearly up, so it was not started
  | 'memory'; // memory was near its limit, so it was not started

/** Counts outcomes and gathers the records to report. */
export interface Tally {
  done: number;
  skipped: number;
  deadLettered: number;
  /** Reports one record of `group` (`<topic>-<partition>`) for another delivery. */
  retry(group: string, offset: number, reason: RetryReason): void;
  readonly retried: number;
  readonly retriedBy: Readonly<Partial<Record<RetryReason, number>>>;
  toResponse(): BatchResponse;
}

/** Starts a tally in which nothing has happened. */
export function createTally(): Tally {
  const failures: BatchItemFailure[] = [];
  const retriedBy: Partial<Record<RetryReason, number>> = {};
  return {
    done: 0,
    skipped: 0,
    deadLettered: 0,
    retry(group, offset, reason) {
      failures.push({ itemIdentifier: { partition: group, offset } });
      retriedBy[reason] = (retriedBy[reason] ?? 0) + 1;
    },
    get retried() {
      return failures.length;
    },
    retriedBy,
    toResponse: () => ({ batchItemFailures: failures }),
  };
}
