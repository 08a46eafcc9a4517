// A format whose bytes name their schema: split off the name, find the schema, read the rest. What Confluent's and Glue's
// framing have in common.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FormatError } from '../format-error.ts';
import { isOurs, markOurs, type Format, type FormatSource } from '../format.ts';
import { Pending } from '../pending.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { withSchema } from '../schema/validation.ts';
import { createSchemaCache } from './schema-cache.ts';
import {
  RegistryError,
  type Framing,
  type ReadPayload,
  type RegisteredSchema,
  type SchemaReader,
  type SchemaRegistry,
} from './registry.ts';

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
  const load = async (id: string, isProbe: boolean): Promise<ReadPayload> =>
    compile(await fetchFrom(registry, id, isProbe), { registry, reader, framing });
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
  // What a registry throws passes through, unless it is not asked.
  const isAllOurs = isOurs(reader) && ('read' in reader || isOurs(registry));
  return isAllOurs ? markOurs(format) : format;
}

async function fetchFrom(registry: SchemaRegistry, id: string, isProbe: boolean): Promise<RegisteredSchema> {
  try {
    return await registry.fetchSchema(id, isProbe);
  } catch (error) {
    if (error instanceof FormatError || error instanceof RegistryError) throw error;
    throw new RegistryError(
      'REGISTRY_UNAVAILABLE',
      'registry gave no schema, got an error, expected a schema; see its cause',
      { cause: error },
    );
  }
}

function compile(
  registered: RegisteredSchema,
  { registry, reader, framing }: Pick<FramedSetup, 'registry' | 'reader' | 'framing'>,
): ReadPayload {
  if ('read' in reader) return reader.read;
  const { dataFormat } = registered;
  // Bytes that are no framing at all may have been read as the id: it is payload, and no part of a message.
  const issues = [`schema id ${registered.id}`];
  if (dataFormat !== reader.dataFormat) {
    throw new FormatError(
      'SCHEMA_MISMATCH',
      `a schema of ${registry.name} is of another language, got ${dataFormat}, expected ${reader.dataFormat}; ` +
        'the dead letter names it; name the reader for what the producer writes',
      issues,
    );
  }
  try {
    return reader.compile(registered, framing);
  } catch (error) {
    // A schema that is wrong will be so next time, too; any other error is a mistake of ours or of the reader's.
    const isTooDeep = error instanceof RangeError;
    if (!(error instanceof SchemaError) && !isTooDeep) throw error;
    const [code, reason] = isTooDeep
      ? (['INVALID_SCHEMA', 'it is nested too deeply'] as const)
      : [error.code, error.message];
    const what = `a schema of ${registry.name}, which the dead letter names, cannot be used: ${reason}`;
    throw new FormatError(code, what, issues);
  }
}
