// Avro values: bare, with the schema in the definition, or as the reader behind a registry's framing.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { createAvroDecoder } from './avro/decoder.ts';
import { AvroInput } from './avro/input.ts';
import { toShownLogical, type AvroRead, type AvroShow, type Longs } from './avro/primitive.ts';
import { parseAvroSchema, type AvroSchema } from './avro/schema.ts';
import { compileOnce } from './schema/compile.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import type { SchemaReader } from './registry/registry.ts';
import { withSchema } from './schema/validation.ts';

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
  /**
   * How a `timestamp-millis` is given. `date` (default): as a Date; one outside the years ±271821, such as the largest long
   * that means "never", is dead-lettered with `OUT_OF_RANGE`. `raw`: as the long that is stored, in the form of `longs`.
   */
  readonly timestamps?: 'date' | 'raw';
  /** Whether logical types are shown as such. `false`: each value is given as it is stored. Default true. */
  readonly logicalTypes?: boolean;
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
  const show = toShow(options);
  const read = compileOnce(() => {
    const writer = parseAvroSchema(schema);
    const reader = options.reader === undefined ? writer : parseAvroSchema(options.reader);
    return createAvroDecoder(writer, reader, show);
  });
  return markOurs({
    name: 'avro',
    isBinary: true,
    decode: withSchema((bytes, source) => readAll(read(), bytes, source), options.schema),
    shape: { kind: 'avro', schema, check: options.schema },
  });
}

/** Reads Avro behind a registry's framing: each value with the schema that wrote it. */
export function avroReader(options: AvroOptions = {}): SchemaReader {
  const show = toShow(options);
  const toReader = compileOnce(() => ({
    node: options.reader === undefined ? undefined : parseAvroSchema(options.reader),
  }));
  return markOurs({
    dataFormat: 'AVRO',
    schema: options.reader,
    compile(schema, framing) {
      const writer = parseAvroSchema(
        schema.text,
        schema.references.map(({ text }) => text),
      );
      const reader = toReader().node ?? writer;
      const read = createAvroDecoder(writer, reader, show);
      // Confluent's serializers write a value whose whole schema is "bytes" as it is, without its length
      // (AbstractKafkaAvroSerializer); to read it like any other would take its first byte for one.
      if (framing === 'confluent' && writer.kind === 'bytes') {
        if (toShownLogical(writer.logical, show) === undefined && reader.kind === 'bytes') return readBytes;
      }
      return (payload, source) => readAll(read, payload, source);
    },
  });
}

function toShow({ longs = 'number', timestamps = 'date', logicalTypes = true }: AvroOptions): AvroShow {
  return { longs, timestamps, logicalTypes };
}

function readBytes(payload: Buffer, source: FormatSource): Buffer {
  return new AvroInput(payload, source).takeBytes(payload.length);
}

function readAll(read: AvroRead, bytes: Buffer, source: FormatSource): unknown {
  const input = new AvroInput(bytes, source);
  const value = read(input);
  if (input.left > 0) throw input.fault('CORRUPT', `${input.left} bytes after the value`);
  return value;
}
