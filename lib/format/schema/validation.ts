// What a decoded value still has to pass: a Standard Schema (zod, valibot, arktype, ...). Own file: every format that has
// a schema of its own can be followed by one.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from '../format-error.ts';
import type { FormatSource } from '../format.ts';
import { Pending } from '../pending.ts';
import { wordsOf } from './schema-words.ts';

/** A format's decoding function, from bytes unless `I` says otherwise. */
export type Decode<T, I = Buffer> = (input: I, source: FormatSource) => T | Promise<T> | Pending;

/**
 * `decode`, and its result checked by `schema`, synchronous or not; without a schema it is `decode` itself.
 *
 * A value that does not match is a FormatError `SCHEMA_MISMATCH`. A validator that throws, rejects or exhausts the stack gives
 * `VALIDATOR_FAILED` with what it threw as the cause: it would throw again at the next delivery.
 */
export function withSchema<T, I = Buffer>(
  decode: Decode<T, I>,
  schema: StandardSchemaV1 | undefined,
): Decode<unknown, I> {
  if (schema === undefined) return decode;
  const validate = schema['~standard'].validate;
  // Before it has seen a value: a validator may keep some, and another format may share it.
  const words = wordsOf(schema);
  const check = (value: T, source: FormatSource): unknown => {
    // A validator makes a value of its own beside the one it is given.
    source.memory.charge(source.memory.chargedBytes);
    const toValue = (result: StandardSchemaV1.Result<unknown>): unknown => {
      if (result.issues) throw mismatch(result.issues, { value, words, source });
      return result.value;
    };
    try {
      const result = validate(value);
      if (!(result instanceof Promise)) return toValue(result);
      return result.then(toValue).catch((error: unknown) => fail(error, source));
    } catch (error) {
      return fail(error, source);
    }
  };
  return (input, source) => {
    const value = decode(input, source);
    if (value instanceof Pending) return value;
    return value instanceof Promise ? value.then((settled) => check(settled, source)) : check(value, source);
  };
}

interface Checked {
  readonly value: unknown;
  readonly words: ReadonlySet<string>;
  readonly source: FormatSource;
}

/** What {@link mismatch} has found; made here only, so that a validator's own errors are told apart. */
class Mismatch extends FormatError {}

const maxShownIssues = 5;
const maxIssues = 100;
const maxIssueLength = 1000;

function mismatch(issues: readonly Issue[], checked: Checked): Mismatch {
  const shown = issues.slice(0, maxShownIssues).map((issue) => toSafeText(issue, checked));
  const rest = issues.length > shown.length ? `, and ${issues.length - shown.length} more` : '';
  return new Mismatch(
    'SCHEMA_MISMATCH',
    `${checked.source.part} does not match its schema, got ${issues.length} ${issues.length === 1 ? 'issue' : 'issues'} ` +
      `(${shown.join(', ')}${rest}), expected none; the dead letter lists them`,
    issues.slice(0, maxIssues).map(toFullText),
  );
}

function fail(error: unknown, { part }: FormatSource): never {
  if (error instanceof Mismatch) throw error;
  throw new FormatError(
    'VALIDATOR_FAILED',
    `${part} could not be checked by its schema, got an exception of the validator, expected a result; ` +
      'mend the validator, or bound what it recurses into',
    [],
    { cause: error },
  );
}

type Issue = StandardSchemaV1.Issue & { readonly code?: unknown; readonly type?: unknown };

/** An issue for the dead letter, which holds the record anyway: path and message as the validator gives them. */
function toFullText(issue: Issue): string {
  const path = keysOf(issue).join('.');
  const prefix = path === '' ? '' : `${path}: `;
  return `${prefix}${issue.message}`.slice(0, maxIssueLength);
}

// https://zod.dev/error-customization: the codes of its issues; valibot has a `type`, which is a word of its schema.
const issueCodes: ReadonlySet<unknown> = new Set([
  'custom',
  'invalid_element',
  'invalid_format',
  'invalid_key',
  'invalid_type',
  'invalid_union',
  'invalid_value',
  'not_multiple_of',
  'too_big',
  'too_small',
  'unrecognized_keys',
]);

/** Where the value is wrong and how, without a word of it: names that the schema does not have are `*`. */
function toSafeText(issue: Issue, { value, words }: Checked): string {
  let at: unknown = value;
  const path = keysOf(issue).map((key) => {
    const isIndex = Array.isArray(at) && Object.hasOwn(at, key);
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
    return words.has(key) || (isIndex && /^\d+$/.test(key)) ? key : '*';
  });
  const code = [issue.code, issue.type].find((each) => issueCodes.has(each) || words.has(each as string));
  return `${path.length === 0 ? 'the value' : path.join('.')}: ${typeof code === 'string' ? code : 'an issue'}`;
}

function keysOf({ path = [] }: Issue): readonly string[] {
  return path.map((part) => String(typeof part === 'object' ? part.key : part));
}
