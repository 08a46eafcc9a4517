// Avro values: bare, with the schema in the definition, or as the reader behind a registry's framing.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { createAvroDecoder } from './avro/decoder.ts';
import { AvroInput } from './avro/input.ts';
import type { AvroRead, Longs } from './avro/primitive.ts';
import { parseAvroSchema, type AvroSchema } from './avro/schema.ts';
import { toOwnBuffer } from './bytes.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import type { SchemaReader } from './registry/registry.ts';
import { withSchema } from './validation.ts';

/** How Avro values are read. */
export interface AvroOptions {
  /**
   * The schema that your code expects: fields it lacks are passed over, fields it adds get their defaults. Default: the
   * schema that wrote the value.
   */
  readonly reader?: AvroSchema;
  /**
   * How a `long` is given. `number` (default): one beyond ±(2^53 - 1) is dead-lettered with `UNSAFE_INTEGER` rather than
   * rounded. `bigint`: always a bigint.
   */
  readonly longs?: Longs;
}

/**
 * Bare Avro binary, written with `schema` (the JSON of an `.avsc` file): no prefix, no container.
 *
 * Unions give the value of their branch. `timestamp-millis` is a Date; `timestamp-micros`, `time-*` and local timestamps
 * are integers, `timestamp-nanos` a bigint; `date` is `2026-11-22`, `decimal` its exact text, `uuid` its text,
 * `duration` `{ months, days, milliseconds }`. Bytes are Buffers of their own.
 *
 * @throws SchemaError `INVALID_SCHEMA`, or `SCHEMA_MISMATCH` when `reader` can read nothing that `schema` writes
 */
export function avro(schema: AvroSchema, options?: AvroOptions): Format<unknown>;
/** Bare Avro binary whose value is then checked by a Standard Schema. */
export function avro<S extends StandardSchemaV1>(
  schema: AvroSchema,
  options: AvroOptions & { readonly schema: S },
): Format<StandardSchemaV1.InferOutput<S>>;
export function avro(
  schema: AvroSchema,
  options: AvroOptions & { readonly schema?: StandardSchemaV1 } = {},
): Format<unknown> {
  const writer = parseAvroSchema(schema);
  const reader = options.reader === undefined ? writer : parseAvroSchema(options.reader);
  const read = createAvroDecoder(writer, reader, options.longs ?? 'number');
  return markOurs({
    name: 'avro',
    decode: withSchema((bytes, source) => readAll(read, bytes, source), options.schema),
    shape: { kind: 'avro', schema, check: options.schema },
  });
}

/** Reads Avro behind a registry's framing: each value with the schema that wrote it. */
export function avroReader(options: AvroOptions = {}): SchemaReader {
  const reader = options.reader === undefined ? undefined : parseAvroSchema(options.reader);
  return markOurs({
    dataFormat: 'AVRO',
    schema: options.reader,
    compile(schema, framing) {
      const writer = parseAvroSchema(
        schema.text,
        schema.references.map(({ text }) => text),
      );
      const read = createAvroDecoder(writer, reader ?? writer, options.longs ?? 'number');
      // Confluent's serializers write a value whose whole schema is "bytes" as it is, without its length
      // (AbstractKafkaAvroSerializer); to read it like any other would take its first byte for one.
      if (framing === 'confluent' && writer.kind === 'bytes') {
        if (writer.logical === undefined && (reader ?? writer).kind === 'bytes') return toOwnBuffer;
      }
      return (payload, source) => readAll(read, payload, source);
    },
  });
}

function readAll(read: AvroRead, bytes: Buffer, source: FormatSource): unknown {
  const input = new AvroInput(bytes, source);
  const value = read(input);
  if (input.left > 0) throw input.fault('CORRUPT', `${input.left} bytes after the value`);
  return value;
}
