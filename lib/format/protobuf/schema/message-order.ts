// The messages of a .proto text in the order in which they are declared, the entries of its map fields among them, as descriptors
// have them: registries' framings name a message by its place.

import { readStatements, type Statement } from './statements.ts';

/** A message and what is declared inside it. */
export interface DeclaredMessage {
  readonly name: string;
  readonly nested: readonly DeclaredMessage[];
  /** It is the entry of a map, written as such or behind a map field. */
  readonly isMapEntry: boolean;
}

/** What a .proto text declares. */
export interface Declared {
  readonly package: string;
  readonly messages: readonly DeclaredMessage[];
}

/** Reads the declarations of a text that protobufjs has parsed without an error. */
export function readDeclared(proto: string): Declared {
  const statements = readStatements(proto);
  const named = statements.find(({ words }) => words[0] === 'package');
  return { package: named?.words[1] ?? '', messages: messagesOf(statements) };
}

function messagesOf(statements: readonly Statement[]): readonly DeclaredMessage[] {
  return statements.flatMap(({ words, body }) => {
    const [first, second = ''] = words;
    // map < K , V > name = 1
    if (first === 'map' && second === '<')
      return [{ name: toEntryName(words[6] ?? ''), nested: [], isMapEntry: true }];
    if (body === undefined) return [];
    const group = words.indexOf('group');
    if (first === 'message') return [toMessage(second, body)];
    if (group >= 0 && group < 2) return [toMessage(words[group + 1]!, body)];
    // Groups of a oneof or of an extension are messages of the one around them.
    return first === 'oneof' || first === 'extend' ? messagesOf(body) : [];
  });
}

function toMessage(name: string, body: readonly Statement[]): DeclaredMessage {
  const isMapEntry = body.some(({ words }) => words.join(' ') === 'option map_entry = true');
  return { name, nested: messagesOf(body), isMapEntry };
}

/** `line_items` -> `LineItemsEntry`, as protoc names the message behind a map field. */
function toEntryName(field: string): string {
  const camel = field.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return `${camel}Entry`;
}
