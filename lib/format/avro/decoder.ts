// A writer's and a reader's schema -> one function that turns bytes into the reader's value, made once per pair. Closures
// and no generated code: a registry's text never becomes a program.
// Source: Apache Avro 1.12 specification, "Schema Resolution"

import { SchemaError } from '../schema-error.ts';
import { toDefault } from './default.ts';
import type { AvroInput } from './input.ts';
import { checkDecimals, readPrimitive, withLogical, type AvroRead, type Longs } from './primitive.ts';
import type { AvroField, AvroNode, EnumNode, RecordNode, UnionNode } from './schema.ts';
import { minBytes, toSkip } from './skip.ts';

interface Context {
  readonly longs: Longs;
  /** What is made or being made, per pair: a record that contains itself finds itself here. */
  readonly made: Map<AvroNode, Map<AvroNode, { read: AvroRead }>>;
  /** The same pairs in the order in which they were begun. */
  readonly begun: (readonly [writer: AvroNode, reader: AvroNode])[];
}

/**
 * Makes the decoder of values written as `writer` for one who expects `reader`.
 *
 * @throws SchemaError `SCHEMA_MISMATCH` when no value of the one can be a value of the other
 */
export function createAvroDecoder(writer: AvroNode, reader: AvroNode, longs: Longs): AvroRead {
  return resolve(writer, reader, { longs, made: new Map(), begun: [] }, 'schema');
}

function resolve(writer: AvroNode, reader: AvroNode, context: Context, path: string): AvroRead {
  if (writer.kind === 'union') return resolveWriterUnion(writer, reader, context, path);
  if (reader.kind === 'union') return resolveReaderUnion(writer, reader, context, path);
  switch (reader.kind) {
    case 'record':
      if (writer.kind !== 'record' || !isSameName(writer, reader)) throw mismatch(path, writer, reader);
      return resolveRecord(writer, reader, context, path);
    case 'enum':
      if (writer.kind !== 'enum' || !isSameName(writer, reader)) throw mismatch(path, writer, reader);
      return resolveEnum(writer, reader);
    case 'array':
      if (writer.kind !== 'array') throw mismatch(path, writer, reader);
      return readArray(resolve(writer.items, reader.items, context, `${path}.items`), minBytes(writer.items));
    case 'map':
      if (writer.kind !== 'map') throw mismatch(path, writer, reader);
      return readMap(resolve(writer.values, reader.values, context, `${path}.values`));
    case 'fixed': {
      const { size } = reader;
      if (writer.kind !== 'fixed' || !isSameName(writer, reader) || writer.size !== size)
        throw mismatch(path, writer, reader);
      checkDecimals(writer.logical, reader.logical, path);
      return withLogical((input) => input.takeBytes(size), reader.logical);
    }
    default: {
      const asBigint = context.longs === 'bigint' || reader.logical?.name === 'nanos';
      const read = readPrimitive(
        writer.kind,
        reader.kind,
        asBigint && reader.logical?.name !== 'timestamp-millis',
      );
      if (read === undefined) throw mismatch(path, writer, reader);
      checkDecimals('logical' in writer ? writer.logical : undefined, reader.logical, path);
      return withLogical(read, reader.logical);
    }
  }
}

function resolveEnum(writer: EnumNode, reader: EnumNode): AvroRead {
  const symbols = writer.symbols.map((symbol) =>
    reader.symbols.includes(symbol) ? symbol : reader.byDefault,
  );
  return (input) => {
    const symbol = symbols[input.readIndex(symbols.length)];
    if (symbol === undefined)
      throw input.fault('SCHEMA_MISMATCH', `a symbol that ${reader.name} does not have`);
    return symbol;
  };
}

function readArray(read: AvroRead, minItemBytes: number): AvroRead {
  return (input) => {
    input.enter();
    input.charge(48);
    const items: unknown[] = [];
    for (let left = input.readBlock(minItemBytes); left > 0; left = input.readBlock(minItemBytes)) {
      for (; left > 0; left--) items.push(read(input));
    }
    input.leave();
    return items;
  };
}

function readMap(read: AvroRead): AvroRead {
  return (input) => {
    input.enter();
    input.charge(64);
    const values: Record<string, unknown> = {};
    for (let left = input.readBlock(1); left > 0; left = input.readBlock(1)) {
      for (; left > 0; left--) {
        const name = input.readString();
        const value = read(input);
        input.charge(64);
        // Assigned, this name would set the object's prototype.
        if (name === '__proto__')
          Object.defineProperty(values, name, {
            value,
            enumerable: true,
            configurable: true,
            writable: true,
          });
        else values[name] = value;
      }
    }
    input.leave();
    return values;
  };
}

function resolveRecord(writer: RecordNode, reader: RecordNode, context: Context, path: string): AvroRead {
  const readers = context.made.get(writer) ?? new Map<AvroNode, { read: AvroRead }>();
  context.made.set(writer, readers);
  const known = readers.get(reader);
  if (known) return (input) => known.read(input);
  const cell = {
    read: (input: AvroInput): unknown => {
      throw input.fault('SCHEMA_MISMATCH', `a ${writer.name} that is not readable`);
    },
  };
  readers.set(reader, cell);
  const mark = context.begun.push([writer, reader]) - 1;
  try {
    cell.read = readRecord(writer, reader, context, path);
  } catch (error) {
    // A union may go on with another branch, and must not find this one, or what refers to it, half made.
    for (const [from, to] of context.begun.splice(mark)) context.made.get(from)?.delete(to);
    throw error;
  }
  return cell.read;
}

function readRecord(writer: RecordNode, reader: RecordNode, context: Context, path: string): AvroRead {
  const steps = writer.fields.map((field) => toStep(field, reader, context, path));
  const missing = reader.fields.filter((field) => !steps.some(({ name }) => name === field.name));
  const defaults = missing.map(({ name, node, byDefault }) => {
    if (byDefault !== undefined)
      return { name, make: toDefault(node, byDefault, context.longs, `${path}.${name}`) };
    throw new SchemaError(
      'SCHEMA_MISMATCH',
      `${path}.${name} is not in the writer's schema and has no default; give it one`,
    );
  });
  const heapBytes = 56 + 16 * reader.fields.length;
  return (input) => {
    input.enter();
    input.charge(heapBytes);
    const value: Record<string, unknown> = {};
    for (const { name, read } of steps) {
      if (name === undefined) read(input);
      else value[name] = read(input);
    }
    for (const { name, make } of defaults) value[name] = make();
    input.leave();
    return value;
  };
}

interface Step {
  /** The reader's name of the field; undefined when it has none and the bytes are passed over. */
  readonly name: string | undefined;
  readonly read: AvroRead;
}

function toStep(field: AvroField, reader: RecordNode, context: Context, path: string): Step {
  const target =
    reader.fields.find(({ name }) => name === field.name) ??
    reader.fields.find(({ aliases }) => aliases.includes(field.name));
  if (target === undefined) return { name: undefined, read: toSkip(field.node) };
  return { name: target.name, read: resolve(field.node, target.node, context, `${path}.${target.name}`) };
}

function resolveWriterUnion(writer: UnionNode, reader: AvroNode, context: Context, path: string): AvroRead {
  let lastError: unknown;
  let fits = 0;
  const reads = writer.branches.map((branch, index): AvroRead => {
    try {
      // Of one and the same union each branch is itself, even where an earlier one could take its values.
      const target = writer === reader ? branch : reader;
      const read = resolve(branch, target, context, `${path}.${index}`);
      fits++;
      return read;
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      lastError = error;
      return (input) => {
        throw input.fault(
          'SCHEMA_MISMATCH',
          `a ${branch.kind}, which the reader's schema does not have here`,
        );
      };
    }
  });
  if (fits === 0) throw lastError;
  return (input) => reads[input.readIndex(reads.length)]!(input);
}

function resolveReaderUnion(writer: AvroNode, reader: UnionNode, context: Context, path: string): AvroRead {
  // The same kind and name before any promotion: an int must not become the double of ['double', 'int'].
  const ranked = reader.branches.toSorted((a, b) => Number(isAlike(writer, b)) - Number(isAlike(writer, a)));
  for (const branch of ranked) {
    try {
      return resolve(writer, branch, context, path);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
    }
  }
  throw mismatch(path, writer, reader);
}

function isAlike(writer: AvroNode, reader: AvroNode): boolean {
  if (writer.kind !== reader.kind) return false;
  return 'name' in writer && 'name' in reader ? writer.name === reader.name : true;
}

/** Names match without their namespace, or by the reader's aliases. */
function isSameName(
  writer: { readonly name: string },
  reader: { readonly name: string; readonly aliases: readonly string[] },
): boolean {
  const name = bare(writer.name);
  return name === bare(reader.name) || reader.aliases.some((alias) => bare(alias) === name);
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function mismatch(path: string, writer: AvroNode, reader: AvroNode): SchemaError {
  return new SchemaError(
    'SCHEMA_MISMATCH',
    `${path} cannot be read, got ${shown(writer)} from the writer, expected ${shown(reader)}; let the schemas agree`,
  );
}

function shown(node: AvroNode): string {
  return 'name' in node ? `${node.kind} ${node.name}` : node.kind;
}
