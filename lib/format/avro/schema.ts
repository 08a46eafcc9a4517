// Avro schemas as JSON -> a tree of nodes with every name resolved, so that nothing behind this file looks one up.
// Source: Apache Avro 1.12 specification, "Schema Declaration"

import { mayHoldUnsafeInteger, parseExactly } from '../json/integers.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { parseLogical, type Logical, type PrimitiveKind } from './logical.ts';

interface Named {
  /** With its namespace. */
  readonly name: string;
  readonly aliases: readonly string[];
}

/** A type without parts. */
export interface PrimitiveNode {
  readonly kind: PrimitiveKind;
  readonly logical: Logical | undefined;
}
/** Bytes of a fixed length. */
export interface FixedNode extends Named {
  readonly kind: 'fixed';
  readonly size: number;
  readonly logical: Logical | undefined;
}
/** One of several symbols. */
export interface EnumNode extends Named {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  readonly byDefault: string | undefined;
}
/** A list. */
export interface ArrayNode {
  readonly kind: 'array';
  readonly items: AvroNode;
}
/** Values by name. */
export interface MapNode {
  readonly kind: 'map';
  readonly values: AvroNode;
}
/** One of several types. */
export interface UnionNode {
  readonly kind: 'union';
  readonly branches: readonly AvroNode[];
}
/** A field of a record; `byDefault` is JSON, undefined when there is none. */
export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly node: AvroNode;
  readonly byDefault: unknown;
}
/** Named fields; `fields` is complete once the whole schema is parsed, for records may contain themselves. */
export interface RecordNode extends Named {
  readonly kind: 'record';
  readonly fields: AvroField[];
}
/** A parsed schema. */
export type AvroNode = PrimitiveNode | FixedNode | EnumNode | ArrayNode | MapNode | UnionNode | RecordNode;

/** A schema as JSON text, or as the value that text stands for. */
export type AvroSchema = string | object;

const primitives: ReadonlySet<string> = new Set<PrimitiveKind>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const maxDepth = 100;
// Wider than the specification's: other writers allow hyphens, above all in namespaces, and letters of any language.
const namePattern = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;
const namespacePattern = /^[\p{L}\p{N}_$-]+$/u;
const maxShownLength = 80;

interface Scope {
  readonly names: Map<string, AvroNode>;
  readonly namespace: string;
  readonly path: string;
  readonly depth: number;
}

/**
 * Parses a schema; `references` are the schemas of types that it names, each before those that use it.
 *
 * @throws SchemaError `INVALID_SCHEMA`, naming the place
 */
export function parseAvroSchema(schema: AvroSchema, references: readonly AvroSchema[] = []): AvroNode {
  const names = new Map<string, AvroNode>();
  for (const reference of references)
    parse(fromText(reference), { names, namespace: '', path: 'reference', depth: 0 });
  return parse(fromText(schema), { names, namespace: '', path: 'schema', depth: 0 });
}

function fromText(schema: AvroSchema): unknown {
  if (typeof schema !== 'string' || primitives.has(schema)) return schema;
  try {
    // Defaults of type long may be beyond 2^53.
    return mayHoldUnsafeInteger(schema) ? parseExactly(schema, 'bigint') : JSON.parse(schema);
  } catch {
    // What the parser says quotes the text.
    throw new SchemaError('INVALID_SCHEMA', 'schema is not JSON; write the text of an .avsc file');
  }
}

function parse(schema: unknown, scope: Scope): AvroNode {
  if (scope.depth > maxDepth) throw invalid(scope, `more than ${maxDepth} levels`, 'fewer');
  if (typeof schema === 'string') return resolve(schema, scope);
  if (Array.isArray(schema)) return parseUnion(schema, scope);
  if (!isObject(schema)) throw invalid(scope, shown(schema), 'a type name, an object or a list');
  const type = schema['type'];
  switch (type) {
    case 'record':
    case 'error':
      return parseRecord(schema, scope);
    case 'enum':
      return parseEnum(schema, scope);
    case 'fixed':
      return parseFixed(schema, scope);
    case 'array':
      return { kind: 'array', items: parse(schema['items'], inside(scope, 'items')) };
    case 'map':
      return { kind: 'map', values: parse(schema['values'], inside(scope, 'values')) };
    default:
      if (typeof type !== 'string' || !primitives.has(type)) return parse(type, inside(scope, 'type'));
      return { kind: type as PrimitiveKind, logical: parseLogical(type as PrimitiveKind, schema, undefined) };
  }
}

function resolve(name: string, scope: Scope): AvroNode {
  if (primitives.has(name)) return { kind: name as PrimitiveKind, logical: undefined };
  const node = scope.names.get(fullName(name, scope.namespace)) ?? scope.names.get(name);
  if (node) return node;
  throw invalid(scope, shown(name), 'a primitive type or a type that is defined before');
}

function parseUnion(schemas: readonly unknown[], scope: Scope): UnionNode {
  const branches = schemas.map((schema, index) => parse(schema, inside(scope, String(index))));
  const keys = branches.map((branch) => ('name' in branch ? branch.name : branch.kind));
  if (keys.includes('union') || new Set(keys).size < keys.length || keys.length === 0)
    throw invalid(scope, shown(keys.join(', ')), 'a union of different types');
  return { kind: 'union', branches };
}

function parseRecord(schema: Readonly<Record<string, unknown>>, scope: Scope): RecordNode {
  const fields: AvroField[] = [];
  const { node, inner } = declare(schema, scope, (named): RecordNode => ({
    ...named,
    kind: 'record',
    fields,
  }));
  if (!Array.isArray(schema['fields'])) throw invalid(inner, typeof schema['fields'], 'a list of fields');
  const names = new Set<string>();
  for (const field of schema['fields'] as readonly unknown[]) {
    const name = isObject(field) ? field['name'] : undefined;
    if (!isObject(field) || typeof name !== 'string' || !namePattern.test(name) || name === '__proto__')
      throw invalid(inner, shown(name), 'a field name');
    if (names.has(name)) throw invalid(inner, `two fields ${name}`, 'one');
    names.add(name);
    const type = parse(field['type'], inside(inner, name));
    fields.push({ name, aliases: toNames(field['aliases']), node: type, byDefault: field['default'] });
  }
  return node;
}

function parseEnum(schema: Readonly<Record<string, unknown>>, scope: Scope): EnumNode {
  const symbols = toNames(schema['symbols']);
  const byDefault = typeof schema['default'] === 'string' ? schema['default'] : undefined;
  const { node, inner } = declare(schema, scope, (named): EnumNode => ({
    ...named,
    kind: 'enum',
    symbols,
    byDefault,
  }));
  if (symbols.length === 0 || new Set(symbols).size < symbols.length)
    throw invalid(inner, `${symbols.length} symbols`, 'different symbols, at least one');
  if (byDefault !== undefined && !symbols.includes(byDefault))
    throw invalid(inner, 'a default that is no symbol', 'a symbol');
  return node;
}

function parseFixed(schema: Readonly<Record<string, unknown>>, scope: Scope): FixedNode {
  const size = schema['size'] as number;
  const logical = parseLogical('fixed', schema, size);
  const { node, inner } = declare(schema, scope, (named): FixedNode => ({
    ...named,
    kind: 'fixed',
    size,
    logical,
  }));
  if (!Number.isSafeInteger(size) || size < 0) throw invalid(inner, String(size), 'a size in bytes');
  return node;
}

/** Enters a named type into the scope before its parts are parsed, so that they can name it. */
function declare<T extends AvroNode>(
  schema: Readonly<Record<string, unknown>>,
  scope: Scope,
  make: (named: Named) => T,
): { readonly node: T; readonly inner: Scope } {
  const { name, namespace } = schema;
  if (typeof name !== 'string' || !isTypeName(name)) throw invalid(scope, shown(name), 'a type name');
  const full = fullName(name, typeof namespace === 'string' ? namespace : scope.namespace);
  const space = full.slice(0, Math.max(0, full.lastIndexOf('.')));
  const aliases = toNames(schema['aliases']).map((alias) => fullName(alias, space));
  const node = make({ name: full, aliases });
  if (scope.names.has(full)) throw invalid(scope, `two types ${full}`, 'one');
  scope.names.set(full, node);
  return { node, inner: { ...inside(scope, name), namespace: space } };
}

/** A name with or without its namespace in front. */
function isTypeName(name: string): boolean {
  const parts = name.split('.');
  return namePattern.test(parts.at(-1)!) && parts.slice(0, -1).every((part) => namespacePattern.test(part));
}

/** The start of a text in quotes, or what else stands there. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value !== 'string') return value === null ? 'null' : `a ${typeof value}`;
  return JSON.stringify(value.length > maxShownLength ? `${value.slice(0, maxShownLength)}...` : value);
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function toNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function inside(scope: Scope, part: string): Scope {
  return { ...scope, path: `${scope.path}.${part}`, depth: scope.depth + 1 };
}

function invalid({ path }: Scope, got: string, expected: string): SchemaError {
  return new SchemaError(
    'INVALID_SCHEMA',
    `${path} is not valid Avro, got ${got}, expected ${expected}; correct the schema`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
