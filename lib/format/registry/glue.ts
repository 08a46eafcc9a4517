// AWS Glue Schema Registry framing: byte 3, a byte for compression (0 none, 5 zlib), the schema version's UUID in 16
// bytes, then the value (Protobuf: a message index first, which its reader takes).
// Source: awslabs/aws-glue-schema-registry, GlueSchemaRegistryDeserializerDataParser

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { CodecError } from '../../codec/codec.ts';
import { zlib } from '../../codec/zlib/deflate.ts';
import { createScratch } from '../../codec/scratch.ts';
import { FormatError } from '../format-error.ts';
import type { Format, FormatSource } from '../format.ts';
import { explain } from '../hint.ts';
import { createFramedFormat, type Framed } from './framed.ts';
import { glueRegistry } from './glue-client.ts';
import { isUuid, toUuid } from './uuid.ts';
import type { SchemaReader, SchemaRegistry } from './registry.ts';

/** What a Glue-framed key or value is made of. */
export interface GlueOptions {
  /** `avroReader()`, `protobufReader()` or `jsonReader()`. */
  readonly reader: SchemaReader;
  /** Default: `glueRegistry()`, the function's own account and region. */
  readonly registry?: SchemaRegistry;
  /** Schemas that are kept compiled, 1..10000. Default 200. */
  readonly maxSchemas?: number;
}

const prefixBytes = 18;
const headerVersion = 3;
const plain = 0;
const zlibPacked = 5;

/**
 * A value behind Glue's prefix, read with the schema version that the prefix names; a zlib-packed one decompresses to at most
 * `limits.maxDecompressedBytesPerRecord`.
 *
 * When the mapping has a schema registry of its own and delivers `SOURCE` records, the prefix is off and the mapping's word
 * for the schema counts; for its `JSON` records use `json()`.
 */
export function glue(options: GlueOptions): Format<unknown>;
/** A value behind Glue's prefix that is then checked by a Standard Schema. */
export function glue<S extends StandardSchemaV1>(
  options: GlueOptions & { readonly schema: S },
): Format<StandardSchemaV1.InferOutput<S>>;
export function glue(options: GlueOptions & { readonly schema?: StandardSchemaV1 }): Format<unknown> {
  const { reader, registry = glueRegistry(), schema, maxSchemas } = options;
  return createFramedFormat({
    framing: 'glue',
    registry,
    reader,
    schema,
    maxSchemas,
    split,
    toId,
    decompressedBytes,
  });
}

function split(bytes: Buffer, source: FormatSource): Framed {
  if (bytes.length < prefixBytes) throw notFramed(source, bytes, 'too few');
  if (bytes[0] !== headerVersion)
    throw notFramed(source, bytes, `the first of which is not ${headerVersion}`);
  const payload = bytes.subarray(prefixBytes);
  const id = toUuid(bytes, 2);
  if (bytes[1] === plain) return { id, payload };
  if (bytes[1] === zlibPacked) return { id, payload: decompress(payload, source) };
  throw notFramed(source, bytes, `the second of which is neither ${plain} nor ${zlibPacked}`);
}

function decompressedBytes(bytes: Buffer, { maxBytes, schemaMetadata }: FormatSource): number {
  const isPacked = schemaMetadata === undefined && bytes[0] === headerVersion && bytes[1] === zlibPacked;
  return isPacked ? Math.min(maxBytes, zlib.bound(bytes)) : bytes.length;
}

function decompress(payload: Buffer, { part, maxBytes, memory }: FormatSource): Buffer {
  try {
    // zlib gives a buffer of its own and leaves the scratch empty.
    const decompressed = zlib.decompress(payload, { maxBytes, scratch: createScratch() });
    memory.charge(decompressed.length);
    return decompressed;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const code = error.code === 'TRUNCATED' || error.code === 'TOO_LARGE' ? error.code : 'CORRUPT';
    throw new FormatError(code, `${part} cannot be decompressed behind its Glue prefix: ${error.message}`);
  }
}

function toId(schemaId: string, { part }: FormatSource): string {
  if (isUuid(schemaId)) return schemaId.toLowerCase();
  throw new FormatError(
    'UNKNOWN_SCHEMA',
    `${part} names a schema that no Glue registry has, got an id that is no UUID, expected one; ` +
      "use confluent() when the mapping's registry is Confluent's",
  );
}

function notFramed({ part }: FormatSource, bytes: Buffer, why: string): FormatError {
  const { looks, remedy } = explain(
    bytes,
    'Glue',
    'let the producer use a Glue Schema Registry serializer, or name the format it writes',
  );
  return new FormatError(
    'NOT_FRAMED',
    `${part} has no Glue prefix, got ${bytes.length} bytes, ${why}${looks}, expected a header of ${prefixBytes} bytes; ${remedy}`,
  );
}
