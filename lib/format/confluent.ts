// Confluent's wire format: a zero byte, the schema's id as a big-endian uint32, then the value (Protobuf: a message-index
// path first, which its reader takes).
// Source: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from './format-error.ts';
import type { Format, FormatSource } from './format.ts';
import { confluentRegistry } from './registry/confluent-client.ts';
import { createFramedFormat, type Framed } from './registry/framed.ts';
import type { SchemaReader, SchemaRegistry } from './registry/registry.ts';

/** What a Confluent-framed key or value is made of. */
export interface ConfluentOptions {
  /** `avroReader()`, `protobufReader()` or `jsonReader()`. */
  readonly reader: SchemaReader;
  /** Default: `confluentRegistry()`, which the environment configures. */
  readonly registry?: SchemaRegistry;
  /** Schemas that are kept compiled, 1..10000. Default 200. */
  readonly maxSchemas?: number;
}

const prefixBytes = 5;

/**
 * A value behind Confluent's prefix, read with the schema that the prefix names.
 *
 * When the mapping has a schema registry of its own and delivers `SOURCE` records, the prefix is off and the mapping's word
 * for the schema counts; for its `JSON` records use `json()`.
 */
export function confluent(options: ConfluentOptions): Format<unknown>;
/** A value behind Confluent's prefix that is then checked by a Standard Schema. */
export function confluent<S extends StandardSchemaV1>(
  options: ConfluentOptions & { readonly schema: S },
): Format<StandardSchemaV1.InferOutput<S>>;
export function confluent(
  options: ConfluentOptions & { readonly schema?: StandardSchemaV1 },
): Format<unknown> {
  const { reader, registry = confluentRegistry(), schema, maxSchemas } = options;
  return createFramedFormat({ framing: 'confluent', registry, reader, schema, maxSchemas, split, toId });
}

function split(bytes: Buffer, { part }: FormatSource): Framed {
  if (bytes.length >= prefixBytes && bytes[0] === 0)
    return { id: bytes.readUInt32BE(1), payload: bytes.subarray(prefixBytes) };
  const got = bytes.length < prefixBytes ? `${bytes.length} bytes` : 'another first byte than 0';
  throw new FormatError(
    'NOT_FRAMED',
    `${part} has no Confluent prefix, got ${got}, expected 0 and a schema id; ` +
      'let the producer use a Schema Registry serializer, or name the format it writes',
  );
}

function toId(schemaId: string, { part }: FormatSource): number {
  const id = Number(schemaId);
  if (/^\d{1,10}$/.test(schemaId) && id < 2 ** 32) return id;
  throw new FormatError(
    'UNKNOWN_SCHEMA',
    `${part} names a schema that no Confluent registry has, got an id that is no number, expected one; ` +
      "use glue() when the mapping's registry is Glue",
  );
}
