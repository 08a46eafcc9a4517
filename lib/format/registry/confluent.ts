// Confluent's wire format: the schema's id, then the value (Protobuf: a message-index path first, which its reader takes). The id is a
// zero byte and a big-endian uint32, or a byte 1 and a GUID of 16 bytes; since version 8 it may stand in a header instead, and the
// indexes with it.
// Sources: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format;
// confluentinc/schema-registry, SchemaId and DualSchemaIdDeserializer

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from '../format-error.ts';
import type { Format, FormatSource } from '../format.ts';
import { explain } from '../hint.ts';
import { confluentRegistry } from './confluent-client.ts';
import { createFramedFormat, type Framed } from './framed.ts';
import { toUuid } from './uuid.ts';
import type { SchemaReader, SchemaRegistry } from './registry.ts';

/** What a Confluent-framed key or value is made of. */
export interface ConfluentOptions {
  /** `avroReader()`, `protobufReader()` or `jsonReader()`. */
  readonly reader: SchemaReader;
  /** Default: `confluentRegistry()`, which the environment configures. */
  readonly registry?: SchemaRegistry;
  /** Schemas that are kept compiled, 1..10000. Default 200. */
  readonly maxSchemas?: number;
}

/**
 * A value behind Confluent's prefix, read with the schema that the prefix names, or a header where the producer writes it there.
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

const idBytes = 5;
const guidBytes = 17;
const headers = { key: '__key_schema_id', value: '__value_schema_id' } as const;

function split(bytes: Buffer, source: FormatSource): Framed {
  const { part } = source;
  // The header decides when there is one: a value of its own may start with any byte.
  const header = source.header(headers[part]);
  const id = parseId(header ?? bytes);
  if (id !== undefined && header !== undefined) {
    const indexes = header.length > id.bytes ? header.subarray(id.bytes) : undefined;
    return { id: id.id, payload: bytes, indexes };
  }
  if (id !== undefined) return { id: id.id, payload: bytes.subarray(id.bytes) };
  const { looks, remedy } = explain(
    bytes,
    'Confluent',
    'let the producer use a Schema Registry serializer, or name the format it writes',
  );
  const got = header === undefined ? `${bytes.length} bytes without one${looks}` : 'a header without an id';
  throw new FormatError(
    'NOT_FRAMED',
    `${part} has no Confluent prefix, got ${got}, expected 0 and a schema id; ${remedy}`,
  );
}

function parseId(bytes: Buffer): { readonly id: string | number; readonly bytes: number } | undefined {
  if (bytes[0] === 0 && bytes.length >= idBytes) return { id: bytes.readUInt32BE(1), bytes: idBytes };
  if (bytes[0] === 1 && bytes.length >= guidBytes) return { id: toUuid(bytes, 1), bytes: guidBytes };
  return undefined;
}

function toId(schemaId: string, { part }: FormatSource): number {
  const id = Number(schemaId);
  if (/^\d{1,10}$/.test(schemaId) && id < 2 ** 32) return id;
  throw new FormatError(
    'UNKNOWN_SCHEMA',
    `${part} names a schema that no Confluent registry has, got an id that is not a number, expected one; ` +
      "use glue() when the mapping's registry is Glue",
  );
}
