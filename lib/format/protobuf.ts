// Protobuf values: bare, with the schema in the definition, or as the reader behind a registry's framing. Not among the
// names of lib/index.ts: protobufjs, which reads .proto text, weighs 250 KB and is in every bundle that imports this.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type protobufjs from 'protobufjs';
import { compileOnce } from './schema/compile.ts';
import { FormatError } from './format-error.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import { createProtobufDecoder, type ProtobufShow } from './protobuf/wire/decoder.ts';
import { ProtobufInput } from './protobuf/wire/input.ts';
import { readIndexPath, skipIndexes } from './protobuf/wire/message-indexes.ts';
import type { Longs } from './protobuf/wire/scalar.ts';
import { findMessage, parseProto, toMessagePlaces, type ProtoFile } from './protobuf/schema/source.ts';
import type { Framing, ReadPayload, SchemaReader } from './registry/registry.ts';
import { withSchema } from './schema/validation.ts';

/** How Protobuf values are read. */
export interface ProtobufOptions {
  /**
   * How 64-bit integers are given. `number` (default): one beyond ±(2^53 - 1) is dead-lettered with `UNSAFE_INTEGER`
   * rather than rounded. `bigint`: always a bigint.
   */
  readonly longs?: Longs;
  /**
   * Whether Timestamp, Duration, Struct, Value, ListValue and the wrappers are shown as ProtoJSON shows them. `false`: as the
   * messages that they are, so that a moment outside of the years 1 to 9999 is no fault. Default true.
   */
  readonly wellKnownTypes?: boolean;
}

/** How Protobuf values behind a registry's framing are read. */
export interface ProtobufReaderOptions extends ProtobufOptions {
  /**
   * The message indexes behind Confluent's schema id. `descriptor` (default): as generated classes count them, the entries of
   * map fields included. `normalized`: without those, as Java does with `normalize.schemas`. `none`: there are none, as
   * kafkajs/confluent-schema-registry writes values.
   */
  readonly messageIndexes?: 'descriptor' | 'normalized' | 'none';
  /** The full name of the message that every value is, whatever its indexes say. Default: theirs, or the file's first one. */
  readonly message?: string;
}

/** What a bare value is written with. */
export interface ProtobufDefinition extends ProtobufOptions {
  /**
   * The text of a .proto file, a serialized FileDescriptorProto in base64, or a schema that `descriptorSet()` has read.
   */
  readonly proto: string | { readonly root: protobufjs.Root };
  /** The text of the files it imports, by import path; google/protobuf/*.proto are known. */
  readonly imports?: Readonly<Record<string, string>>;
  /** The message's full name, such as `shop.Order`. */
  readonly message: string;
}

/**
 * Bare Protobuf binary.
 *
 * The value is a plain object whose fields are named as in the schema. Absent fields have their default, unless they track
 * presence (`optional`, messages, members of a oneof, proto2): those are absent. Enums are their names, or numbers that
 * have none; bytes are Buffers of their own; Timestamp and Duration are text (`2026-11-22T12:00:00Z`, `1.5s`), wrappers
 * their bare value, Struct, Value and ListValue plain JSON; Any keeps `type_url` and `value`. Of a mapping with a schema
 * registry the message indexes in front of a `SOURCE` record are passed over.
 *
 * @throws SchemaError `INVALID_SCHEMA`
 */
export function protobuf(definition: ProtobufDefinition): Format<unknown>;
/** Bare Protobuf binary whose value is then checked by a Standard Schema. */
export function protobuf<S extends StandardSchemaV1>(
  definition: ProtobufDefinition & { readonly schema: S },
): Format<StandardSchemaV1.InferOutput<S>>;
export function protobuf(
  definition: ProtobufDefinition & { readonly schema?: StandardSchemaV1 },
): Format<unknown> {
  const { proto, imports = {}, message, schema } = definition;
  const files = new Map(Object.entries(imports));
  const read = compileOnce(() => {
    const { root } = typeof proto === 'string' ? parseProto(proto, files) : proto;
    return createProtobufDecoder(findMessage(root, message), toShow(definition));
  });
  return markOurs({
    name: 'protobuf',
    isBinary: true,
    decode: withSchema((bytes, source) => {
      const input = new ProtobufInput(bytes, source);
      skipIndexes(input, source.schemaMetadata);
      return read()(input);
    }, schema),
    get shape() {
      const { root } = typeof proto === 'string' ? parseProto(proto, files, (text) => text) : proto;
      const { wellKnownTypes } = toShow(definition);
      return { kind: 'protobuf' as const, type: findMessage(root, message), wellKnownTypes, check: schema };
    },
  });
}

/**
 * Reads Protobuf behind a registry's framing: the registered schema says what the bytes mean, the framing which of its
 * messages they are.
 */
export function protobufReader(options: ProtobufReaderOptions = {}): SchemaReader {
  return markOurs({
    dataFormat: 'PROTOBUF',
    compile(schema, framing) {
      const file = parseProto(schema.text, new Map(schema.references.map(({ name, text }) => [name, text])));
      return createFileReader(file, framing, options);
    },
  });
}

function toShow({ longs = 'number', wellKnownTypes = true }: ProtobufOptions): ProtobufShow {
  return { longs, wellKnownTypes };
}

const first: readonly number[] = [0];

/** One decoder per message of the file, made when the first such message comes. */
function createFileReader(file: ProtoFile, framing: Framing, options: ProtobufReaderOptions): ReadPayload {
  const { messageIndexes = 'descriptor', message } = options;
  const hasIndexes = messageIndexes !== 'none';
  const places = toMessagePlaces(file, hasIndexes ? messageIndexes : 'descriptor');
  const isGlue = framing === 'glue' && hasIndexes;
  const named = message === undefined ? undefined : findMessage(file.root, message);
  const readers = new Map<string, (input: ProtobufInput) => unknown>();
  return (payload, source, indexes) => {
    const input = new ProtobufInput(payload, source);
    const before = indexes === undefined ? input : new ProtobufInput(indexes, source);
    const path = hasIndexes ? readIndexPath(before, framing) : first;
    if (path === undefined && named === undefined) throw noMessage(source);
    const id = named === undefined ? path!.join('.') : '';
    let read = readers.get(id);
    if (read === undefined) {
      const type = named ?? (isGlue ? places.atSorted(path![0]!) : places.atPath(path!));
      if (type === undefined) throw noMessage(source);
      read = createProtobufDecoder(type, toShow(options));
      readers.set(id, read);
    }
    return read(input);
  };
}

function noMessage({ part }: FormatSource): FormatError {
  return new FormatError(
    'SCHEMA_MISMATCH',
    `${part} names a message that its schema does not have, got message indexes that lead to none of its messages, expected those of one; ` +
      "set protobufReader({ messageIndexes: 'none' }) where the producer writes none, or name the message in it",
  );
}
