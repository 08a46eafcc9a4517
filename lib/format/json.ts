// JSON values, checked by any Standard Schema (zod, valibot, arktype, ...) when one is given.

import { isUtf8 } from 'node:buffer';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError, type Format } from './format.ts';

/** JSON without a schema: the value is `unknown`. */
export function json(): Format<unknown>;
/** JSON checked by a Standard Schema, synchronous or not; the value has the schema's output type. */
export function json<S extends StandardSchemaV1>(schema: S): Format<StandardSchemaV1.InferOutput<S>>;
export function json(schema?: StandardSchemaV1): Format<unknown> {
  if (schema === undefined) return { name: 'json', decode: parse };
  const validate = schema['~standard'].validate;
  return {
    name: 'json',
    decode(bytes) {
      const result = validate(parse(bytes));
      return result instanceof Promise ? result.then(toValue) : toValue(result);
    },
  };
}

function parse(bytes: Buffer): unknown {
  // Decoding replaces what is no UTF-8, so it would parse, as another value than was produced.
  if (!isUtf8(bytes)) throw invalid(`${bytes.length} bytes that are not UTF-8`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The engine's own message quotes the text, so neither it nor its error may be passed on.
    throw invalid(`${bytes.length} bytes that do not parse`);
  }
}

function invalid(got: string): FormatError {
  return new FormatError(
    'INVALID_JSON',
    `value is not JSON, got ${got}, expected one JSON text; ` +
      'read the dead letter, or name the format the producer writes',
  );
}

function toValue(result: StandardSchemaV1.Result<unknown>): unknown {
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ path, message }) => {
    const place = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  throw new FormatError(
    'SCHEMA_MISMATCH',
    `value does not match its schema, got ${issues.length} ${issues.length === 1 ? 'issue' : 'issues'}, expected none; ` +
      'the dead letter lists them',
    issues,
  );
}
