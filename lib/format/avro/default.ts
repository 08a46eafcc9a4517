// Defaults of the reader's fields: JSON in the schema -> a fresh value per record, in the same form as a decoded one.
// Source: Apache Avro 1.12 specification, "Complex Types, Records", the table of default values

import { bigintBytes, listBytes, numberBytes } from '../bounds/bounded-input.ts';
import { bufferBytes } from '../bytes.ts';
import { entryBytes, mapBytes, objectBytes, setEntry } from '../bounds/plain-object.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { longsOf, toShownLogical, type AvroShow } from './primitive.ts';
import { toLogicalValue } from './logical.ts';
import type { AvroField, AvroNode } from './schema.ts';

/** What one record's absent fields get. */
export interface Defaults {
  /** Each call of `make` gives a value of its own. */
  readonly defaults: readonly { readonly name: string; readonly make: () => unknown }[];
  /** What all of them take together. */
  readonly heapBytes: number;
}

// Defaults may name each other: ten records that each hold the next one twice are a thousand.
const maxValues = 100_000;

interface Context {
  readonly show: AvroShow;
  values: number;
}

/**
 * Makes the defaults of `fields`.
 *
 * @throws SchemaError `SCHEMA_MISMATCH` when one has none; `INVALID_SCHEMA` when it is not of its field's type, or grows without end
 */
export function createDefaults(fields: readonly AvroField[], show: AvroShow, path: string): Defaults {
  const context: Context = { show, values: 0 };
  const defaults = fields.map(({ name, node, byDefault }) => {
    if (byDefault !== undefined)
      return { name, make: toDefault(node, byDefault, context, `${path}.${name}`) };
    throw new SchemaError(
      'SCHEMA_MISMATCH',
      `${path}.${name} is not in the writer's schema and has no default; give it one`,
    );
  });
  const heapBytes = defaults.reduce((bytes, { make }) => bytes + heapBytesOf(make()), 0);
  return { defaults, heapBytes };
}

function heapBytesOf(value: unknown): number {
  if (typeof value === 'bigint') return bigintBytes;
  if (typeof value === 'number') return numberBytes;
  if (typeof value !== 'object' || value === null) return 0; // texts are the schema's own
  if (Buffer.isBuffer(value)) return bufferBytes + value.length;
  if (value instanceof Date) return 96;
  const parts: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? listBytes : mapBytes + objectBytes(0);
  return parts.reduce((bytes: number, part) => bytes + entryBytes + heapBytesOf(part), own);
}

function toDefault(node: AvroNode, json: unknown, context: Context, path: string): () => unknown {
  if (++context.values > maxValues)
    throw new SchemaError(
      'INVALID_SCHEMA',
      `${path} has a default of over ${maxValues} values; make it smaller`,
    );
  const wrong = (): SchemaError =>
    new SchemaError(
      'INVALID_SCHEMA',
      `${path} has a default that is none, got a ${json === null ? 'null' : typeof json}, expected a default of ${node.kind}; ` +
        'correct the schema, and give integers beyond 2^53 - 1 in the text of a schema or as bigints',
    );
  const part = (inner: AvroNode, value: unknown, name: string): (() => unknown) =>
    toDefault(inner, value, context, `${path}.${name}`);

  switch (node.kind) {
    case 'union': {
      const make = unionDefault(node.branches, json, context, path);
      if (make === undefined) throw wrong();
      return make;
    }
    case 'array': {
      if (!Array.isArray(json)) throw wrong();
      const items = json.map((item, index) => part(node.items, item, String(index)));
      return () => items.map((make) => make());
    }
    case 'map': {
      if (!isObject(json)) throw wrong();
      const values = Object.entries(json).map(
        ([name, value]) => [name, part(node.values, value, name)] as const,
      );
      return () => {
        const map: Record<string, unknown> = {};
        for (const [name, make] of values) setEntry(map, name, make());
        return map;
      };
    }
    case 'record': {
      if (!isObject(json)) throw wrong();
      const fields = node.fields.map(
        ({ name, node: inner, byDefault }) =>
          [name, part(inner, Object.hasOwn(json, name) ? json[name] : byDefault, name)] as const,
      );
      return () => Object.fromEntries(fields.map(([name, make]) => [name, make()]));
    }
    case 'enum':
      if (!node.symbols.includes(json as string)) throw wrong();
      return () => json;
    default: {
      const value = scalarDefault(node, json, context.show);
      if (value === undefined) throw wrong();
      // One text for all: made from a decimal's bytes each time, it would be charged to nobody.
      return typeof value === 'object' ? () => scalarDefault(node, json, context.show) : () => value;
    }
  }
}

function unionDefault(
  branches: readonly AvroNode[],
  json: unknown,
  context: Context,
  path: string,
): (() => unknown) | undefined {
  for (const branch of branches) {
    try {
      return toDefault(branch, json, context, path);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
    }
  }
  return undefined;
}

type Scalar = Exclude<AvroNode, { kind: 'union' | 'array' | 'map' | 'record' | 'enum' }>;

function scalarDefault(node: Scalar, json: unknown, show: AvroShow): unknown {
  const logical = toShownLogical(node.logical, show);
  const raw = toScalar(node, json, longsOf(logical, show) === 'bigint');
  return raw === undefined || logical === undefined ? raw : toLogicalValue(logical, raw);
}

function toScalar(node: Scalar, json: unknown, asBigint: boolean): unknown {
  switch (node.kind) {
    case 'null':
      return json === null ? null : undefined;
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'int':
      return Number.isSafeInteger(json) && json === ((json as number) | 0) ? json : undefined;
    case 'long':
      if (typeof json === 'bigint' && BigInt.asIntN(64, json) === json) return asBigint ? json : toSafe(json);
      if (!Number.isSafeInteger(json)) return undefined;
      return asBigint ? BigInt(json as number) : json;
    case 'float':
    case 'double':
      return typeof json === 'number' || typeof json === 'bigint' ? Number(json) : undefined;
    case 'string':
      return typeof json === 'string' ? json : undefined;
    default: {
      // Bytes are text whose characters are their values, 0 to 255.
      // oxlint-disable-next-line no-control-regex
      if (typeof json !== 'string' || !/^[\u0000-\u00ff]*$/.test(json)) return undefined;
      if (node.kind === 'fixed' && json.length !== node.size) return undefined;
      const bytes = Buffer.allocUnsafeSlow(json.length);
      bytes.write(json, 'latin1');
      return bytes;
    }
  }
}

function toSafe(long: bigint): number | undefined {
  const number = Number(long);
  return Number.isSafeInteger(number) ? number : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
