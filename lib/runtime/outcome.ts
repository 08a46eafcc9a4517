// What became of each record of an invocation, and the answer to the mapping that follows from it.

import { CodecError } from '../codec/codec.ts';
import { disposition, isInstanceOf } from '../telemetry/thrown.ts';
import type { BatchItemFailure, BatchResponse } from './event.ts';
import { FormatError } from '../format/format-error.ts';

/** Thrown by a user's function: this record can never succeed, so keep a copy of it and go on. */
export class DeadLetterError<C extends string = string> extends Error {
  override readonly name = 'DeadLetterError';
  /** Names the reason in logs and in the dead letter. */
  readonly code: string;
  readonly [disposition] = 'dead-letter';

  /**
   * `code` is a literal such as `'NO_ACCOUNT'`, never text of the record: it is logged when it is of capital letters, digits and
   * underscores, at most 40, at most 4 of them digits. `message` may quote the record: it is in the dead letter, and in no log.
   */
  constructor(code: string extends C ? 'a literal code' : C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a user's function: this record is to be passed over, with no copy kept. */
export class SkipError extends Error {
  override readonly name = 'SkipError';
  readonly code = 'SKIPPED';
  readonly [disposition] = 'skip';
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
  if (isInstanceOf(error, CodecError) || isInstanceOf(error, FormatError)) return 'dead-letter';
  // The user's word. Recovery is a person reading the dead letter.
  if (isInstanceOf(error, DeadLetterError)) return 'dead-letter';
  // The user's word. Nobody recovers it, which is why it must be asked for by name.
  if (isInstanceOf(error, SkipError)) return 'skip';
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
