// The messages of a .proto text in the order in which they are declared, the entries of its map fields among them, as descriptors
// have them. Own file: registries' framings name a message by its place, and protobufjs's reflection does not tell where a map
// field stands between two messages.

import protobuf from 'protobufjs';

/** A message and what is declared inside it. */
export interface DeclaredMessage {
  readonly name: string;
  readonly nested: DeclaredMessage[];
  /** It is the entry of a map, written as such or behind a map field. */
  isMapEntry: boolean;
}

/** What a .proto text declares. */
export interface Declared {
  readonly package: string;
  readonly messages: readonly DeclaredMessage[];
}

interface Tokens {
  next(): string | null;
}

/** Reads the declarations of a text that protobufjs has parsed without an error. */
export function readDeclared(proto: string): Declared {
  const tokens: Tokens = protobuf.tokenize(proto, false);
  const file: DeclaredMessage & { package?: string } = { name: '', nested: [], isMapEntry: false };
  readBody(tokens, file);
  return { package: file.package ?? '', messages: file.nested };
}

/** Reads statements up to the end of the body, or of the text, into the message that they belong to. */
function readBody(tokens: Tokens, into: DeclaredMessage & { package?: string }): void {
  for (let token = tokens.next(); token !== null && token !== '}'; token = tokens.next()) {
    if (token === ';') continue;
    const statement = [token];
    if (token === 'map') statement.push(...readType(tokens));
    let [depth, last] = [0, token as string | null];
    // A statement ends with a semicolon, or with the brace that opens a body; braces behind an equals sign are an option's value.
    for (last = tokens.next(); last !== null && (depth > 0 || last !== ';'); last = tokens.next()) {
      if (last === '{' && depth === 0 && !isAssigned(statement)) break;
      if (last === '{' || last === '[') depth++;
      if (last === '}' || last === ']') depth--;
      if (depth === 0) statement.push(last);
    }
    if (last === '{') readBlock(tokens, statement, into);
    else readStatement(statement, into);
  }
}

/** `<K, V>` of a map field. */
function readType(tokens: Tokens): string[] {
  for (let token = tokens.next(); token !== null && token !== '>'; token = tokens.next());
  return [];
}

function isAssigned(statement: readonly string[]): boolean {
  return statement[0] === 'option' && statement.includes('=');
}

function readStatement(statement: readonly string[], into: DeclaredMessage & { package?: string }): void {
  const [first, second = '', third, fourth] = statement;
  if (first === 'package') into.package = second;
  else if (first === 'map') into.nested.push({ name: toEntryName(second), nested: [], isMapEntry: true });
  else if (first === 'option' && second === 'map_entry' && third === '=' && fourth === 'true')
    into.isMapEntry = true;
}

function readBlock(tokens: Tokens, statement: readonly string[], into: DeclaredMessage): void {
  const group = statement.indexOf('group');
  const [first, second = ''] = statement;
  if (first === 'message' || (group >= 0 && group < 2)) {
    const message = {
      name: first === 'message' ? second : statement[group + 1]!,
      nested: [],
      isMapEntry: false,
    };
    into.nested.push(message);
    readBody(tokens, message);
    return;
  }
  // Groups of a oneof or of an extension are messages of the one around them; nothing else declares any.
  readBody(
    tokens,
    first === 'oneof' || first === 'extend' ? into : { name: '', nested: [], isMapEntry: false },
  );
}

/** `line_items` -> `LineItemsEntry`, as protoc names the message behind a map field. */
function toEntryName(field: string): string {
  const camel = field.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return `${camel}Entry`;
}
