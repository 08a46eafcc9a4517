// Defaults of the reader's fields: JSON in the schema -> a fresh value per record, in the same form as a decoded one.
// Source: Apache Avro 1.12 specification, "Complex Types, Records", the table of default values

import { SchemaError } from '../schema-error.ts';
import type { Longs } from './primitive.ts';
import { toLogicalValue } from './logical.ts';
import type { AvroNode } from './schema.ts';

/**
 * Makes the function that gives the value which `json` stands for; each call gives one of its own.
 *
 * @throws SchemaError `INVALID_SCHEMA` when it is not a default of that type
 */
export function toDefault(node: AvroNode, json: unknown, longs: Longs, path: string): () => unknown {
  const wrong = (): SchemaError =>
    new SchemaError(
      'INVALID_SCHEMA',
      `${path} has a default of another type, got a ${json === null ? 'null' : typeof json}, expected a default of ${node.kind}; correct the schema`,
    );
  const part = (inner: AvroNode, value: unknown, name: string): (() => unknown) =>
    toDefault(inner, value, longs, `${path}.${name}`);

  switch (node.kind) {
    case 'union': {
      const make = unionDefault(node.branches, json, longs, path);
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
      return () => Object.fromEntries(values.map(([name, make]) => [name, make()]));
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
    default:
      if (scalarDefault(node, json, longs) === undefined) throw wrong();
      return () => scalarDefault(node, json, longs);
  }
}

function unionDefault(
  branches: readonly AvroNode[],
  json: unknown,
  longs: Longs,
  path: string,
): (() => unknown) | undefined {
  for (const branch of branches) {
    try {
      return toDefault(branch, json, longs, path);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
    }
  }
  return undefined;
}

type Scalar = Exclude<AvroNode, { kind: 'union' | 'array' | 'map' | 'record' | 'enum' }>;

function scalarDefault(node: Scalar, json: unknown, longs: Longs): unknown {
  const raw = toScalar(node, json, longs === 'bigint' || node.logical?.name === 'nanos');
  return raw === undefined || node.logical === undefined ? raw : toLogicalValue(node.logical, raw);
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
      if (!Number.isSafeInteger(json)) return undefined;
      return asBigint ? BigInt(json as number) : json;
    case 'float':
    case 'double':
      return typeof json === 'number' ? json : undefined;
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
