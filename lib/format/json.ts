// JSON values, checked by any Standard Schema (zod, valibot, arktype, ...) when one is given.

import { isUtf8 } from 'node:buffer';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from './format-error.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import type { SchemaReader } from './registry/registry.ts';
import { withSchema } from './validation.ts';

/** JSON without a schema: the value is `unknown`. */
export function json(): Format<unknown>;
/** JSON checked by a Standard Schema, synchronous or not; the value has the schema's output type. */
export function json<S extends StandardSchemaV1>(schema: S): Format<StandardSchemaV1.InferOutput<S>>;
export function json(schema?: StandardSchemaV1): Format<unknown> {
  return markOurs({
    name: 'json',
    decode: withSchema(parseJson, schema),
    decodeText: withSchema(parseText, schema),
    shape: { kind: 'json', check: schema },
  });
}

/**
 * Reads JSON behind a registry's framing. Its schema is not fetched: JSON reads without one, and the Standard Schema of
 * the definition is what checks it.
 */
export function jsonReader(): SchemaReader {
  return markOurs({ dataFormat: 'JSON', read: parseJson });
}

/** Parses one JSON text. @throws FormatError `INVALID_JSON` */
export function parseJson(bytes: Buffer, source: FormatSource): unknown {
  // Decoding replaces what is no UTF-8, so it would parse, as another value than was produced.
  if (!isUtf8(bytes)) throw invalid(`${bytes.length} bytes that are not UTF-8`, source);
  return parseText(bytes.toString('utf8'), source);
}

function parseText(text: string, source: FormatSource): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, so neither it nor its error may be passed on.
    throw invalid(`${Buffer.byteLength(text)} bytes that do not parse`, source);
  }
}

function invalid(got: string, { part }: FormatSource): FormatError {
  return new FormatError(
    'INVALID_JSON',
    `${part} is not JSON, got ${got}, expected one JSON text; ` +
      'read the dead letter, or name the format the producer writes',
  );
}
