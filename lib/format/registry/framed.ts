// A format whose bytes name their schema: split off the name, find the schema, read the rest. What Confluent's and Glue's
// framing have in common.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from '../format-error.ts';
import { isOurs, markOurs, type Format, type FormatSource } from '../format.ts';
import { Pending } from '../pending.ts';
import { SchemaError } from '../schema-error.ts';
import { withSchema } from '../validation.ts';
import { createSchemaCache } from './schema-cache.ts';
import type { Framing, ReadPayload, SchemaReader, SchemaRegistry } from './registry.ts';

/** A schema's id and the bytes written with it. */
export interface Framed {
  readonly id: string | number;
  readonly payload: Buffer;
  /** Protobuf's message indexes, where they stand beside the id and not in front of the payload. */
  readonly indexes?: Buffer | undefined;
}

/** What one framing brings. */
export interface FramedSetup {
  readonly framing: Framing;
  readonly registry: SchemaRegistry;
  readonly reader: SchemaReader;
  readonly schema: StandardSchemaV1 | undefined;
  readonly maxSchemas: number | undefined;
  /** Reads the prefix. @throws FormatError `NOT_FRAMED` */
  readonly split: (bytes: Buffer, source: FormatSource) => Framed;
  /** Checks the id that the mapping found, when it has taken the prefix off. @throws FormatError `UNKNOWN_SCHEMA` */
  readonly toId: (schemaId: string, source: FormatSource) => string | number;
  /** For a framing that packs: see {@link Format.decompressedBytes}. */
  readonly decompressedBytes?: (bytes: Buffer, source: FormatSource) => number;
}

/** Makes the format. */
export function createFramedFormat(setup: FramedSetup): Format<unknown> {
  const { framing, registry, reader, split, toId } = setup;
  const load = (id: string): Promise<ReadPayload> => loadReader(registry, reader, framing, id);
  const cache = createSchemaCache(
    load,
    setup.maxSchemas === undefined ? {} : { maxSchemas: setup.maxSchemas },
  );

  const decode = (bytes: Buffer, source: FormatSource): unknown => {
    const metadata = source.schemaMetadata;
    const { id, payload, indexes }: Framed =
      metadata === undefined ? split(bytes, source) : { id: toId(metadata.schemaId, source), payload: bytes };
    if ('read' in reader) return reader.read(payload, source);
    const read = cache.get(id);
    return read instanceof Pending ? read : read(payload, source, indexes);
  };
  const format: Format<unknown> = {
    name: `${framing} ${reader.dataFormat.toLowerCase()}`,
    decode: withSchema(decode, setup.schema),
    shape: {
      kind: 'framed',
      framing,
      dataFormat: reader.dataFormat,
      schema: 'schema' in reader ? reader.schema : undefined,
      check: setup.schema,
    },
    ...(setup.decompressedBytes !== undefined && { decompressedBytes: setup.decompressedBytes }),
  };
  return isOurs(reader) ? markOurs(format) : format;
}

async function loadReader(
  registry: SchemaRegistry,
  reader: SchemaReader,
  framing: Framing,
  id: string,
): Promise<ReadPayload> {
  const registered = await registry.fetchSchema(id);
  if ('read' in reader) return reader.read;
  if (registered.dataFormat !== reader.dataFormat) {
    throw new FormatError(
      'SCHEMA_MISMATCH',
      `schema ${id} of ${registry.name} is of another language, got ${registered.dataFormat}, ` +
        `expected ${reader.dataFormat}; name the reader for what the producer writes`,
    );
  }
  try {
    return reader.compile(registered, framing);
  } catch (error) {
    // Whatever a compiler stumbles on, its schema will be the same next time.
    const code = error instanceof SchemaError ? error.code : 'INVALID_SCHEMA';
    const reason = error instanceof Error ? error.message : 'no reason given';
    throw new FormatError(code, `schema ${id} of ${registry.name} cannot be used: ${reason}`);
  }
}
