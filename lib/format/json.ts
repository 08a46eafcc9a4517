// JSON values, checked by any Standard Schema (zod, valibot, arktype, ...) when one is given.

import { isUtf8 } from 'node:buffer';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from './format-error.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import { explain } from './hint.ts';
import {
  holdsLongDigits,
  mayHoldUnsafeInteger,
  parseExactly,
  UnsafeIntegerError,
  type JsonIntegers,
} from './json/integers.ts';
import { chargeJson } from './json/memory.ts';
import { withoutNonFinite } from './json/non-finite.ts';
import type { SchemaReader } from './registry/registry.ts';
import { withSchema, type Decode } from './schema/validation.ts';

/** Options of `json()`; every field is optional. */
export interface JsonOptions {
  /**
   * How an integer beyond ±(2^53 - 1) is read, which a number would round. `number` (default): the record is dead-lettered with
   * `UNSAFE_INTEGER`. `bigint`, `string`: exactly, in this type; smaller integers stay numbers. `rounded`: as `JSON.parse` reads
   * it. Numbers with a fraction or an exponent are rounded as usual.
   */
  readonly integers?: JsonIntegers;
  /** A byte order mark in front of the text (U+FEFF), which JSON does not allow. Default `refuse`. */
  readonly byteOrderMark?: 'refuse' | 'skip';
  /** `NaN`, `Infinity` and `-Infinity`, which are not JSON but are written by Python's encoder. Default `refuse`. */
  readonly nonFinite?: 'refuse' | 'null';
}

/** JSON without a schema: the value is `unknown`. */
export function json(options?: JsonOptions): Format<unknown>;
/** JSON checked by a Standard Schema, synchronous or not; the value has the schema's output type. */
export function json<S extends StandardSchemaV1>(
  schema: S,
  options?: JsonOptions,
): Format<StandardSchemaV1.InferOutput<S>>;
export function json(first?: StandardSchemaV1 | JsonOptions, second?: JsonOptions): Format<unknown> {
  // A schema may be a function with properties, as arktype's are.
  const schema = first !== undefined && '~standard' in first ? first : undefined;
  const options = schema === undefined ? (first as JsonOptions | undefined) : second;
  const parse = createParser(options);
  return markOurs({
    name: 'json',
    decode: withSchema(fromBytes(parse), schema),
    decodeText: withSchema(
      (text: string, source) => parse(text, source, source.hasLongDigits === false),
      schema,
    ),
    shape: { kind: 'json', check: schema },
  });
}

/** Reads JSON behind a registry's framing. The registry's schema is not fetched; only the definition's Standard Schema checks the value. */
export function jsonReader(options?: JsonOptions): SchemaReader {
  return markOurs({ dataFormat: 'JSON', read: fromBytes(createParser(options)) });
}

/** `isPlain`: no integer beyond ±(2^53 - 1) is in the text. */
type Parse = (text: string, source: FormatSource, isPlain?: boolean) => unknown;

function fromBytes(parse: Parse): Decode<unknown> {
  return (bytes, source) => {
    // Decoding replaces what is no UTF-8, so it would parse, as another value than was produced.
    if (!isUtf8(bytes)) throw invalid(bytes, 'that are not UTF-8', source);
    source.memory.charge(bytes.length);
    return parse(bytes.toString('utf8'), source, !holdsLongDigits(bytes));
  };
}

/** @throws RangeError for an option that is none */
function createParser(options: JsonOptions = {}): Parse {
  const { integers = 'number', byteOrderMark = 'refuse', nonFinite = 'refuse' } = options;
  oneOf('integers', integers, ['number', 'rounded', 'bigint', 'string']);
  oneOf('byteOrderMark', byteOrderMark, ['refuse', 'skip']);
  oneOf('nonFinite', nonFinite, ['refuse', 'null']);

  return (given, source, isPlain = false) => {
    const exactly = isPlain ? 'rounded' : integers;
    const text = byteOrderMark === 'skip' && given.startsWith('\ufeff') ? given.slice(1) : given;
    chargeJson(text, source.memory);
    try {
      return parse(text, exactly, source);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    // The engine's own message quotes the text, so neither it nor its error may be passed on.
    return parseNonFinite(text, source, (finite) => {
      const value = parse(finite, exactly, source);
      if (nonFinite === 'refuse') throw notFinite(source);
      return value;
    });
  };
}

/** What `parse` makes of a text that parses once its NaN and Infinity are gone. @throws FormatError `INVALID_JSON` */
function parseNonFinite(text: string, source: FormatSource, parse: (finite: string) => unknown): unknown {
  // The text once more, and a place for each match.
  source.memory.charge(text.length * 8);
  const finite = withoutNonFinite(text);
  try {
    if (finite !== text) return parse(finite);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid(Buffer.from(text), 'that do not parse', source);
}

function parse(text: string, integers: JsonIntegers, source: FormatSource): unknown {
  if (integers === 'rounded' || !mayHoldUnsafeInteger(text)) return JSON.parse(text);
  // Beside each value the parser keeps its source, and takes one more turn through all of them.
  source.memory.charge(source.memory.chargedBytes);
  try {
    return parseExactly(text, integers);
  } catch (error) {
    if (error instanceof UnsafeIntegerError) throw unsafeInteger(source);
    if (error instanceof RangeError) throw tooDeep(source);
    throw error;
  }
}

function invalid(bytes: Buffer, why: string, { part }: FormatSource): FormatError {
  const empty = { looks: '', remedy: 'let the producer write a null value where it means a deletion' };
  const { looks, remedy } =
    bytes.length === 0
      ? empty
      : explain(bytes, 'JSON', 'read the dead letter, or name the format that the producer writes');
  return new FormatError(
    'INVALID_JSON',
    `${part} is not JSON, got ${bytes.length} bytes ${why}${looks}, expected one JSON text; ${remedy}`,
  );
}

function notFinite({ part }: FormatSource): FormatError {
  return new FormatError(
    'INVALID_JSON',
    `${part} is not JSON, got NaN or Infinity, expected numbers; ` +
      "set json({ nonFinite: 'null' }), or let the producer write null",
  );
}

function unsafeInteger({ part }: FormatSource): FormatError {
  return new FormatError(
    'UNSAFE_INTEGER',
    `${part} holds an integer that a number would round, got one beyond 2^53 - 1, expected less; ` +
      "set json({ integers: 'bigint' }) or 'string', or 'rounded' if your code does not need its exact value",
  );
}

function tooDeep({ part }: FormatSource): FormatError {
  return new FormatError(
    'VALUE_TOO_LARGE',
    `${part} is nested too deeply for its integers to be read exactly, expected some thousand levels; ` +
      "set json({ integers: 'rounded' }), or let the producer nest less",
  );
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value))
    throw new RangeError(`${name} of json() is unknown, got ${value}, expected ${allowed.join(', ')}`);
}
