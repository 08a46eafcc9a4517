// What an error says is to become of its record. One place, whoever throws it: a decoder, the user's function, or either of them
// inside of causes and aggregates.

import { CodecError } from '../../codec/codec.ts';
import { RecordError } from '../event/event.ts';
import { FormatError } from '../../format/format-error.ts';
import { classNameOf } from '../../telemetry/class-name.ts';
import {
  disposition,
  isInstanceOf,
  isObject,
  membersOf,
  readProperty,
  readText,
} from '../../telemetry/thrown.ts';

/** What to do about a record whose processing failed. */
export type Disposition = 'retry' | 'dead-letter' | 'skip';

/** Throw it in your function for a record that can never succeed: the runtime stores a copy and continues. */
export class DeadLetterError<C extends string = string> extends Error {
  override readonly name = 'DeadLetterError';
  /** The reason, in logs and in the dead letter. */
  readonly code: string;
  readonly [disposition] = 'dead-letter';

  /**
   * `code` must be a literal such as `'NO_ACCOUNT'`, never text of the record: it is logged if it has only capital letters, digits
   * and underscores, at most 40 characters, at most 4 digits. `message` may quote the record: it is in the dead letter, but not in
   * the log.
   */
  constructor(code: string extends C ? 'a literal code' : C, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Throw it in your function to skip the record: the runtime continues and stores no copy. */
export class SkipError extends Error {
  override readonly name = 'SkipError';
  readonly code = 'SKIPPED';
  readonly [disposition] = 'skip';
}

const maxErrors = 1000;

/**
 * Sorts an error into what can succeed later and what cannot.
 *
 * Everything unknown is retried: only an error that says of itself that no later try can succeed loses its place in
 * the stream. The outermost error that says something counts; of an aggregate's members a dead letter, or a skip that all of
 * them agree on.
 */
export function classify(error: unknown): Disposition {
  return find(error, new Map()) ?? 'retry';
}

/** What each error that was met says; undefined also while it is looked at, which ends circles. */
type Seen = Map<object, Disposition | undefined>;

/** What an error or something within it says; undefined when nothing does. `seen` bounds the search. */
function find(error: unknown, seen: Seen): Disposition | undefined {
  if (!isObject(error)) return undefined;
  if (seen.has(error) || seen.size >= maxErrors) return seen.get(error);
  seen.set(error, undefined);
  const found = look(error, seen);
  seen.set(error, found);
  return found;
}

function look(error: object, seen: Seen): Disposition | undefined {
  const own = dispositionOf(error);
  if (own !== undefined) return own;
  const members = membersOf(error, maxErrors).map((member) => find(member, seen));
  if (members.includes('dead-letter')) return 'dead-letter';
  // A skip keeps no copy, so a member that failed otherwise has the record come again.
  if (members.includes('skip')) return members.every((each) => each === 'skip') ? 'skip' : 'retry';
  return find(readProperty(error, 'cause'), seen);
}

function dispositionOf(error: object): Disposition | undefined {
  // The user's word. Recovery of a dead letter is a person reading it; nobody recovers what is skipped, which is why it must
  // be asked for by name.
  const word = readProperty(error, disposition);
  if (word === 'dead-letter' || word === 'skip') return word;
  // An odd field will be the same next time; an offset that no answer can name must not be lost.
  if (isInstanceOf(error, RecordError)) return error.code === 'INVALID_RECORD' ? 'dead-letter' : 'retry';
  if (isInstanceOf(error, FormatError) && error.code === 'VALIDATOR_FAILED') return ofValidator(error);
  // The bytes themselves are at fault and will be the same next time; the dead letter keeps them.
  if (isInstanceOf(error, CodecError) || isInstanceOf(error, FormatError)) return 'dead-letter';
  switch (classNameOf(error)) {
    // Of another copy of the library: a class cannot come from a record, as a field can.
    case 'CodecError':
    case 'FormatError':
    case 'DeadLetterError':
      return readText(error, 'code') === undefined ? undefined : 'dead-letter';
    case 'SkipError':
      return readText(error, 'code') === 'SKIPPED' ? 'skip' : undefined;
    // The registry is down, refuses us or is late, which says nothing about the record, whatever the cause.
    case 'RegistryError':
    case 'NotReadyError':
      return 'retry';
    default:
      // The mapping delivers it again: a fault of the user's function.
      return undefined;
  }
}

/** A validator may throw the user's word as well; whatever else it throws, it would throw again. */
function ofValidator(error: FormatError): Disposition {
  return find(error.cause, new Map()) === 'skip' ? 'skip' : 'dead-letter';
}
