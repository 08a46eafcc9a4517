// .proto text -> protobufjs's reflection, and the ways in which registries' framings number the messages of a file.

import protobuf from 'protobufjs';
import { SchemaError } from '../schema-error.ts';

const optionsOf = [
  'File',
  'Message',
  'Field',
  'Oneof',
  'Enum',
  'EnumValue',
  'ExtensionRange',
  'Service',
  'Method',
];

/**
 * Files that a schema imports without the registry having them as references, and that protobufjs does not bring: of
 * descriptor.proto what custom options extend, and the types that Kafka Connect's logical types become.
 * Source: Confluent's ProtobufSchema and its KNOWN_DEPENDENCIES
 */
const knownFiles: ReadonlyMap<string, string> = new Map([
  [
    'google/protobuf/descriptor.proto',
    `syntax = "proto2"; package google.protobuf;
     ${optionsOf.map((part) => `message ${part}Options { extensions 1000 to max; }`).join(' ')}`,
  ],
  [
    'confluent/type/decimal.proto',
    `syntax = "proto3"; package confluent.type;
     message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  ],
  [
    'google/type/date.proto',
    `syntax = "proto3"; package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  ],
  [
    'google/type/timeofday.proto',
    `syntax = "proto3"; package google.type;
     message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  ],
]);

/** The .proto files of a schema, parsed. */
export interface ProtoFile {
  readonly root: protobuf.Root;
  /** The main file alone: its messages in the order in which it declares them. */
  readonly main: protobuf.NamespaceBase;
}

/**
 * Parses a .proto file and what it imports; google/protobuf/*.proto and the types of Kafka Connect are known.
 *
 * @param imports text by import path
 * @throws SchemaError `INVALID_SCHEMA`
 */
export function parseProto(text: string, imports: ReadonlyMap<string, string>): ProtoFile {
  const root = new protobuf.Root();
  try {
    const added = new Set<string>();
    const add = (proto: string): void => {
      for (const path of importsOf(protobuf.parse(proto, root, { keepCase: true }))) {
        if (added.has(path)) continue;
        added.add(path);
        const text = imports.get(path);
        const known = text ?? knownFiles.get(path);
        if (known !== undefined) add(known);
        else addCommon(root, path);
      }
    };
    add(text);
    root.resolveAll();
    return { root, main: mainOf(text) };
  } catch (error) {
    if (error instanceof SchemaError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SchemaError('INVALID_SCHEMA', `.proto text does not parse, got ${reason}; correct it`, {
      cause: error,
    });
  }
}

/** The message of that full name. @throws SchemaError `INVALID_SCHEMA` */
export function findMessage(root: protobuf.Root, name: string): protobuf.Type {
  const found = root.lookup(name, [protobuf.Type]);
  if (found instanceof protobuf.Type) return found;
  throw new SchemaError(
    'INVALID_SCHEMA',
    `schema has no message ${name}; name one with its package, such as shop.Order`,
  );
}

/**
 * The message that a Confluent message-index path names: the position among the file's messages, then among the messages
 * nested in that one, and so on; undefined when there is none.
 */
export function messageAtPath({ root, main }: ProtoFile, path: readonly number[]): protobuf.Type | undefined {
  let scope: protobuf.NamespaceBase = main;
  for (const index of path) {
    const next: protobuf.Type | undefined = messagesOf(scope)[index];
    if (next === undefined) return undefined;
    scope = next;
  }
  return scope instanceof protobuf.Type ? findMessage(root, scope.fullName) : undefined;
}

/**
 * The message that a Glue index names: the position among all messages of the file, nested ones and the entries of map
 * fields included, sorted by full name (awslabs/aws-glue-schema-registry, MessageIndexFinder).
 */
export function messageAtSorted({ root, main }: ProtoFile, index: number): protobuf.Type | undefined {
  const names: string[] = [];
  const collect = (scope: protobuf.NamespaceBase): void => {
    for (const type of messagesOf(scope)) {
      names.push(type.fullName);
      for (const field of type.fieldsArray) {
        if (field instanceof protobuf.MapField)
          names.push(`${type.fullName}.${entryName(field.protoName ?? field.name)}`);
      }
      collect(type);
    }
  };
  collect(main);
  const name = names.toSorted()[index];
  const found = name === undefined ? undefined : root.lookup(name, [protobuf.Type]);
  return found instanceof protobuf.Type ? found : undefined;
}

function importsOf(parsed: protobuf.IParserResult): readonly string[] {
  return [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])];
}

function addCommon(root: protobuf.Root, path: string): void {
  const definition = protobuf.common.get(path);
  if (definition?.nested) {
    root.addJSON(definition.nested);
    return;
  }
  // A file of options alone, such as google/api/annotations.proto, changes no bytes; a type that is missing is noticed
  // when it is resolved.
}

function mainOf(text: string): protobuf.NamespaceBase {
  const { root, package: space } = protobuf.parse(text, new protobuf.Root(), { keepCase: true });
  const found = space === undefined ? root : root.lookup(space);
  return found instanceof protobuf.Namespace ? found : root;
}

function messagesOf(scope: protobuf.NamespaceBase): readonly protobuf.Type[] {
  return scope.nestedArray.filter((each) => each instanceof protobuf.Type);
}

/** `line_items` -> `LineItemsEntry`, as protoc names the message behind a map field. */
function entryName(field: string): string {
  const camel = field.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return `${camel}Entry`;
}
