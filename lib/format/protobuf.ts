// Protobuf values: bare, with the schema in the definition, or as the reader behind a registry's framing. Not among the
// names of lib/index.ts: protobufjs, which reads .proto text, weighs 250 KB and is in every bundle that imports this.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type protobufjs from 'protobufjs';
import { FormatError } from './format-error.ts';
import { markOurs, type Format, type FormatSource } from './format.ts';
import { createProtobufDecoder } from './protobuf/decoder.ts';
import { ProtobufInput } from './protobuf/input.ts';
import type { Longs } from './protobuf/scalar.ts';
import {
  findMessage,
  messageAtPath,
  messageAtSorted,
  parseProto,
  type ProtoFile,
} from './protobuf/source.ts';
import type { Framing, ReadPayload, SchemaReader } from './registry/registry.ts';
import { withSchema } from './validation.ts';

/** How Protobuf values are read. */
export interface ProtobufOptions {
  /**
   * How 64-bit integers are given. `number` (default): one beyond ±(2^53 - 1) is dead-lettered with `UNSAFE_INTEGER`
   * rather than rounded. `bigint`: always a bigint.
   */
  readonly longs?: Longs;
}

/** What a bare value is written with. */
export interface ProtobufDefinition extends ProtobufOptions {
  /** The text of a .proto file, or a schema that `descriptorSet()` has read. */
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
 * their bare value, Struct, Value and ListValue plain JSON; Any keeps `type_url` and `value`.
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
  const { proto, imports = {}, message, longs = 'number', schema } = definition;
  const { root } = typeof proto === 'string' ? parseProto(proto, new Map(Object.entries(imports))) : proto;
  const type = findMessage(root, message);
  const read = createProtobufDecoder(type, longs);
  return markOurs({
    name: 'protobuf',
    decode: withSchema((bytes, source) => read(new ProtobufInput(bytes, source)), schema),
    shape: { kind: 'protobuf', type, check: schema },
  });
}

/**
 * Reads Protobuf behind a registry's framing: the registered schema says what the bytes mean, the framing which of its
 * messages they are.
 */
export function protobufReader(options: ProtobufOptions = {}): SchemaReader {
  const longs = options.longs ?? 'number';
  return markOurs({
    dataFormat: 'PROTOBUF',
    compile(schema, framing) {
      const file = parseProto(schema.text, new Map(schema.references.map(({ name, text }) => [name, text])));
      return createFileReader(file, framing, longs);
    },
  });
}

// A path of messages nested deeper than this is not one that a producer wrote.
const maxPathLength = 32;

/** One decoder per message of the file, made when the first such message comes. */
function createFileReader(file: ProtoFile, framing: Framing, longs: Longs): ReadPayload {
  const readers = new Map<string, (input: ProtobufInput) => unknown>();
  return (payload, source) => {
    const input = new ProtobufInput(payload, source);
    const path = framing === 'glue' ? [input.readUint32()] : readPath(input);
    const id = path.join('.');
    let read = readers.get(id);
    if (read === undefined) {
      const type = framing === 'glue' ? messageAtSorted(file, path[0]!) : messageAtPath(file, path);
      if (type === undefined) throw noMessage(source, path);
      read = createProtobufDecoder(type, longs);
      readers.set(id, read);
    }
    return read(input);
  };
}

/** Zig-zag varints: how many indexes, then the indexes; a lone 0 stands for the file's first message. */
function readPath(input: ProtobufInput): readonly number[] {
  const length = input.readSint32();
  if (length === 0) return firstMessage;
  if (length < 0 || length > maxPathLength)
    throw input.fault('CORRUPT', 'a message-index path of absurd length');
  return Array.from({ length }, () => input.readSint32());
}

const firstMessage: readonly number[] = [0];

function noMessage({ part }: FormatSource, path: readonly number[]): FormatError {
  return new FormatError(
    'SCHEMA_MISMATCH',
    `${part} names a message that its schema does not have, got a path of ${path.length} indexes, expected one of the ` +
      "schema's; the dead letter has it; check which schema the producer registers, and that it writes message indexes",
    // Where the producer writes none, these are the first bytes of the value.
    [`message index ${path.join('.')}`],
  );
}
