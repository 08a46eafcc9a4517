// What a decoded value still has to pass: a Standard Schema (zod, valibot, arktype, ...). Own file: every format that has
// a schema of its own can be followed by one.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from './format-error.ts';
import type { FormatSource } from './format.ts';
import { Pending } from './pending.ts';

/** A format's decoding function, from bytes unless `I` says otherwise. */
export type Decode<T, I = Buffer> = (input: I, source: FormatSource) => T | Promise<T> | Pending;

/** `decode`, and its result checked by `schema`, synchronous or not; without a schema it is `decode` itself. */
export function withSchema<T, I = Buffer>(
  decode: Decode<T, I>,
  schema: StandardSchemaV1 | undefined,
): Decode<unknown, I> {
  if (schema === undefined) return decode;
  const validate = schema['~standard'].validate;
  const check = (value: T, source: FormatSource): unknown => {
    const result = validate(value);
    return result instanceof Promise
      ? result.then((settled) => toValue(settled, source))
      : toValue(result, source);
  };
  return (input, source) => {
    const value = decode(input, source);
    if (value instanceof Pending) return value;
    return value instanceof Promise ? value.then((settled) => check(settled, source)) : check(value, source);
  };
}

function toValue(result: StandardSchemaV1.Result<unknown>, { part }: FormatSource): unknown {
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ path, message }) => {
    const place = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new FormatError(
    'SCHEMA_MISMATCH',
    `${part} does not match its schema, got ${issues.length} ${issues.length === 1 ? 'issue' : 'issues'}, expected none; ` +
      'the dead letter lists them',
    issues,
  );
}
