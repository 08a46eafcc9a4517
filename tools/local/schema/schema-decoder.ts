// A mapping's schema registry at work: keys and values are read by the schema that they name before anybody sees them.
// Source: AWS Lambda guide, "Using schema registries with Kafka event sources".
import type { KafkaMessage } from 'kafkajs';
import { avroReader } from '../../../lib/format/avro.ts';
import { FormatError } from '../../../lib/format/format-error.ts';
import type { FormatSource } from '../../../lib/format/format.ts';
import { ValueMemory } from '../../../lib/format/bounds/value-memory.ts';
import { json } from '../../../lib/format/json.ts';
import { protobufReader } from '../../../lib/format/protobuf.ts';
import type { DataFormat, ReadPayload, SchemaRegistry } from '../../../lib/format/registry/registry.ts';
import { maxEventBytes } from '../batch-builder.ts';
import type { SchemaMetadata, UnreadableCondition } from '../event.ts';
import type { DecodeMessage } from '../poller/record-pipeline.ts';
import type { RegistryConfig } from '../mapping/registry-config.ts';
import { splitFraming } from './schema-framing.ts';

/** The schema of a registry, ready to read with. */
interface Schema {
  readonly dataFormat: DataFormat;
  readonly read: ReadPayload;
}

type Part = 'key' | 'value';
type Decoded =
  | { readonly bytes: Buffer; readonly metadata: SchemaMetadata }
  | { readonly unreadable: UnreadableCondition };

/**
 * Makes the decoder of one mapping. A record that names an unknown schema, or does not fit the one it names, gets its
 * admission refused and stays as it was; a registry that does not answer rejects, and says nothing about the record.
 */
export function createSchemaDecoder(
  { type, recordFormat, attributes }: Pick<RegistryConfig, 'type' | 'recordFormat' | 'attributes'>,
  { topic, registry }: { readonly topic: string; readonly registry: SchemaRegistry },
): DecodeMessage {
  const schemas = new Map<string, Promise<Schema>>();
  const find = async (id: string): Promise<Schema> => {
    let schema = schemas.get(id);
    if (schema === undefined) {
      schema = load(registry, type, id);
      schemas.set(id, schema);
      // Asked anew next time: a registry comes back, and a schema may be registered after its first record.
      schema.catch(() => schemas.delete(id));
    }
    return await schema;
  };
  const decode = async (bytes: Buffer, part: Part): Promise<Decoded> => {
    const source: FormatSource = {
      topic,
      part,
      maxBytes: maxEventBytes,
      memory: new ValueMemory(Infinity),
      schemaMetadata: undefined,
      header: () => undefined,
    };
    try {
      const { id, payload } = splitFraming(type, bytes, source);
      const { dataFormat, read } = await find(id);
      // Also for SOURCE: what cannot be read is not delivered, in whichever form.
      const value = read(payload, source);
      // JSON stays the text that it was.
      const isAsItWas = recordFormat === 'SOURCE' || dataFormat === 'JSON';
      const metadata = { dataFormat, schemaId: id };
      return { bytes: isAsItWas ? payload : toJson(value, dataFormat), metadata };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return { unreadable: error.code === 'UNKNOWN_SCHEMA' ? 'SCHEMA_NOT_FOUND' : 'DESERIALIZATION_ERROR' };
    }
  };
  const decodePart = async (message: KafkaMessage, part: Part): Promise<Decoded | undefined> => {
    const bytes = message[part];
    const isValidated = attributes.includes(part === 'key' ? 'KEY' : 'VALUE');
    // A tombstone names no schema.
    return isValidated && bytes !== null ? await decode(bytes, part) : undefined;
  };
  return async (message) => {
    const key = await decodePart(message, 'key');
    const value = await decodePart(message, 'value');
    for (const part of [value, key])
      if (part !== undefined && 'unreadable' in part)
        return { message, extras: { admission: part.unreadable } };
    const [readKey, readValue] = [key, value] as (Exclude<Decoded, { unreadable: unknown }> | undefined)[];
    return {
      message: {
        ...copy(message),
        ...(readKey !== undefined && { key: readKey.bytes }),
        ...(readValue !== undefined && { value: readValue.bytes }),
      },
      extras: {
        ...(readKey !== undefined && { originalKey: message.key ?? undefined }),
        keySchemaMetadata: readKey?.metadata,
        valueSchemaMetadata: readValue?.metadata,
      },
    };
  };
}

// Property by property: a polled record reads them when they are asked for, and has none of its own to spread.
function copy(message: KafkaMessage): KafkaMessage {
  const { key, value, offset, timestamp, headers, attributes } = message;
  const { batchContext } = message as { readonly batchContext?: unknown };
  return { key, value, offset, timestamp, headers, attributes, batchContext } as KafkaMessage;
}

const anyJson = json({ integers: 'rounded' });
const readers = {
  AVRO: avroReader({ longs: 'bigint' }),
  PROTOBUF: protobufReader({ longs: 'bigint' }),
} as const;

async function load(registry: SchemaRegistry, type: RegistryConfig['type'], id: string): Promise<Schema> {
  const registered = await registry.fetchSchema(id);
  const { dataFormat } = registered;
  if (dataFormat === 'JSON') return { dataFormat, read: anyJson.decode };
  const reader = readers[dataFormat];
  if (!('compile' in reader)) throw new TypeError(`the reader of ${dataFormat} takes no schema`);
  try {
    return { dataFormat, read: reader.compile(registered, type) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no reason given';
    throw new FormatError('INVALID_SCHEMA', `schema ${id} cannot be used: ${reason}`);
  }
}

// Values as JSON: long integers with all their digits, bytes as Avro's own JSON writes them (one character each), or as
// Protobuf's does (base64); a moment in Avro as the number that it is stored as.
function toJson(value: unknown, dataFormat: DataFormat): Buffer {
  return Buffer.from(JSON.stringify(toPlain(value, dataFormat)));
}

// TC39's JSON.parse source text access: the counterpart of a reviver's source, missing in TypeScript's types.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

// Not a replacer function: Date and Buffer have a toJSON that runs before one.
function toPlain(value: unknown, dataFormat: DataFormat): unknown {
  if (typeof value === 'bigint') return rawJSON(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString(dataFormat === 'AVRO' ? 'latin1' : 'base64');
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map((item) => toPlain(item, dataFormat));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toPlain(item, dataFormat)]));
}
