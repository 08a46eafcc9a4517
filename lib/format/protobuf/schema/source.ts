// .proto text -> protobufjs's reflection, and the ways in which registries' framings number the messages of a file.

import protobuf from 'protobufjs';
import { SchemaError } from '../../schema/schema-error.ts';
import { toProtoText } from './descriptor-text.ts';
import { knownFiles } from './known-files.ts';
import { readDeclared, type DeclaredMessage } from './message-order.ts';
import { toShards } from './shards.ts';

/** The .proto files of a schema, parsed. */
export interface ProtoFile {
  readonly root: protobuf.Root;
  /** The text of the main file. */
  readonly text: string;
}

/**
 * Parses a .proto file and what it imports; google/protobuf/*.proto and the types of Kafka Connect are known. Each may be text, or
 * a serialized FileDescriptorProto in base64.
 *
 * @param imports text by import path
 * @param cut what is made of each text first: its large messages cut, for a decoder; nothing, for who reads the reflection
 * @throws SchemaError `INVALID_SCHEMA`
 */
export function parseProto(
  given: string,
  imports: ReadonlyMap<string, string>,
  cut: (proto: string) => string = toShards,
): ProtoFile {
  const root = new protobuf.Root();
  const text = toProtoText(given);
  try {
    const added = new Set<string>();
    const add = (proto: string): void => {
      for (const path of importsOf(protobuf.parse(cut(proto), root, { keepCase: true }))) {
        if (added.has(path)) continue;
        added.add(path);
        const imported = imports.get(path);
        const known = imported === undefined ? knownFiles.get(path) : toProtoText(imported);
        if (known !== undefined) add(known);
        else addCommon(root, path);
      }
    };
    add(text);
    root.resolveAll();
    return { root, text };
  } catch (cause) {
    if (cause instanceof SchemaError) throw cause;
    throw new SchemaError('INVALID_SCHEMA', `.proto text does not parse${placeOf(cause)}; correct it`, {
      cause,
    });
  }
}

/** The line that protobufjs names; the rest of its message quotes the text. */
function placeOf(error: unknown): string {
  const line = error instanceof Error ? /\(line (\d+)\)/.exec(error.message)?.[1] : undefined;
  return line === undefined ? '' : `, got an error in line ${line}`;
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

/** How message indexes count; see `ProtobufReaderOptions`. */
export type MessageCount = 'descriptor' | 'normalized';

/** The messages of a file by their place, as registries' framings name them. */
export interface MessagePlaces {
  /**
   * The message that a Confluent message-index path names: the position among the file's messages, then among the messages
   * nested in that one, and so on; undefined when there is none.
   */
  readonly atPath: (path: readonly number[]) => protobuf.Type | undefined;
  /**
   * The message that a Glue index names: the position among all messages of the file, nested ones and the entries of map
   * fields included, sorted by full name (awslabs/aws-glue-schema-registry, MessageIndexFinder).
   */
  readonly atSorted: (index: number) => protobuf.Type | undefined;
}

/** Reads the places of a file's messages. */
export function toMessagePlaces({ root, text }: ProtoFile, count: MessageCount): MessagePlaces {
  const { package: space, messages } = readDeclared(text);
  const toType = (name: string | undefined): protobuf.Type | undefined => {
    const found = name === undefined ? undefined : root.lookup(name, [protobuf.Type]);
    return found instanceof protobuf.Type ? found : undefined;
  };
  const prefix = `.${space === '' ? '' : `${space}.`}`;
  let sorted: readonly string[] | undefined;
  return {
    atPath(path) {
      // Nobody writes the entry of a map as a value: a path that leads to one was counted without them.
      const whole = count === 'descriptor' ? followPath(messages, path, () => true) : undefined;
      const name = whole ?? followPath(messages, path, ({ isMapEntry }) => !isMapEntry);
      return toType(name === undefined ? undefined : `${prefix}${name}`);
    },
    atSorted(index) {
      sorted ??= namesOf(messages, prefix).toSorted();
      return toType(sorted[index]);
    },
  };
}

function followPath(
  messages: readonly DeclaredMessage[],
  path: readonly number[],
  counts: (message: DeclaredMessage) => boolean,
): string | undefined {
  const names: string[] = [];
  let scope = messages;
  for (const index of path) {
    const next = scope.filter(counts)[index];
    if (next === undefined || next.isMapEntry) return undefined;
    names.push(next.name);
    scope = next.nested;
  }
  return names.join('.');
}

function namesOf(messages: readonly DeclaredMessage[], prefix: string): readonly string[] {
  return messages.flatMap(({ name, nested }) => [
    `${prefix}${name}`,
    ...namesOf(nested, `${prefix}${name}.`),
  ]);
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
