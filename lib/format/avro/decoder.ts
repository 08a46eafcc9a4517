// A writer's and a reader's schema -> one function that turns bytes into the reader's value, made once per pair. Closures
// and no generated code: a registry's text never becomes a program.
// Source: Apache Avro 1.12 specification, "Schema Resolution"

import { listBytes } from '../bounds/bounded-input.ts';
import { createBlank, entryBytes, mapBytes, objectBytes, setEntry } from '../bounds/plain-object.ts';
import { SchemaError } from '../schema/schema-error.ts';
import { createDefaults } from './default.ts';
import type { AvroInput } from './input.ts';
import {
  checkDecimals,
  longsOf,
  readPrimitive,
  scalarBytes,
  toShownLogical,
  withLogical,
  type AvroRead,
  type AvroShow,
} from './primitive.ts';
import type { AvroField, AvroNode, EnumNode, RecordNode, UnionNode } from './schema.ts';
import { createSkips, nothing, type Skips } from './skip.ts';
import { indexBranches, isSameName } from './match.ts';

interface Context {
  readonly show: AvroShow;
  readonly skips: Skips;
  /** What is made or being made, per pair: a record that contains itself finds itself here. */
  readonly made: Map<AvroNode, Map<AvroNode, { read: AvroRead }>>;
  /** The same pairs in the order in which they were begun. */
  readonly begun: (readonly [writer: AvroNode, reader: AvroNode])[];
  /** For each union of the reader, which of its branches could read what a writer writes. */
  readonly unions: Map<UnionNode, (writer: AvroNode) => readonly AvroNode[]>;
  /** Pairs that cannot be made, so that unions do not try them again and again. */
  readonly failed: Map<AvroNode, Map<AvroNode, SchemaError>>;
}

/**
 * Makes the decoder of values written as `writer` for one who expects `reader`.
 *
 * @throws SchemaError `SCHEMA_MISMATCH` when no value of the one can be a value of the other
 */
export function createAvroDecoder(writer: AvroNode, reader: AvroNode, show: AvroShow): AvroRead {
  const context = {
    show,
    skips: createSkips(),
    made: new Map(),
    begun: [],
    failed: new Map(),
    unions: new Map(),
  };
  return resolve(writer, reader, context, 'schema');
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
      return readArray(resolve(writer.items, reader.items, context, `${path}.items`), {
        minBytes: context.skips.minBytes(writer.items),
        heapBytes: scalarBytes(reader.items, context.show),
      });
    case 'map':
      if (writer.kind !== 'map') throw mismatch(path, writer, reader);
      return readMap(
        resolve(writer.values, reader.values, context, `${path}.values`),
        entryBytes + scalarBytes(reader.values, context.show),
      );
    case 'fixed': {
      const { size } = reader;
      if (writer.kind !== 'fixed' || !isSameName(writer, reader) || writer.size !== size)
        throw mismatch(path, writer, reader);
      const logical = toShownLogical(reader.logical, context.show);
      checkDecimals(writer.logical, logical, path);
      return withLogical((input) => input.takeBytes(size), logical);
    }
    default: {
      const logical = toShownLogical(reader.logical, context.show);
      const read = readPrimitive(writer.kind, reader.kind, longsOf(logical, context.show));
      if (read === undefined) throw mismatch(path, writer, reader);
      checkDecimals('logical' in writer ? writer.logical : undefined, logical, path);
      return withLogical(read, logical);
    }
  }
}

function resolveEnum(writer: EnumNode, reader: EnumNode): AvroRead {
  const known = new Set(reader.symbols);
  const symbols = writer.symbols.map((symbol) => (known.has(symbol) ? symbol : reader.byDefault));
  return (input) => {
    const symbol = symbols[input.readIndex(symbols.length)];
    if (symbol === undefined)
      throw input.fault('SCHEMA_MISMATCH', `a symbol that ${reader.name} does not have`);
    return symbol;
  };
}

/** What each item of a list takes: bytes of the encoding at least, and bytes of heap beside its place. */
interface ItemSize {
  readonly minBytes: number;
  readonly heapBytes: number;
}

function readArray(read: AvroRead, { minBytes, heapBytes }: ItemSize): AvroRead {
  return (input) => {
    input.enter();
    input.charge(listBytes);
    let left = input.readBlock(minBytes);
    // Nearly every list is one block: of its length from the start, it takes a place for each item and no more.
    input.charge(left * (8 + heapBytes));
    // oxlint-disable-next-line unicorn/no-new-array -- setting the length afterwards takes twice as long
    const items: unknown[] = new Array(left);
    for (let index = 0; index < left; index++) items[index] = read(input);
    if (left > 0 && (left = input.readBlock(minBytes)) > 0) input.chargeGrowth(items.length);
    for (; left > 0; left = input.readBlock(minBytes)) {
      for (let index = 0; index < left; index++) {
        input.chargePush(items.length);
        input.charge(heapBytes);
        items.push(read(input));
      }
    }
    input.leave();
    return items;
  };
}

function readMap(read: AvroRead, heapBytes: number): AvroRead {
  return (input) => {
    input.enter();
    input.charge(mapBytes);
    const values: Record<string, unknown> = {};
    for (let left = input.readBlock(1); left > 0; left = input.readBlock(1)) {
      for (; left > 0; left--) {
        const name = input.readString();
        input.charge(heapBytes);
        setEntry(values, name, read(input));
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
  const failure = context.failed.get(writer)?.get(reader);
  if (failure) throw failure;
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
    if (error instanceof SchemaError) {
      const failures = context.failed.get(writer) ?? new Map<AvroNode, SchemaError>();
      context.failed.set(writer, failures.set(reader, error));
    }
    throw error;
  }
  return cell.read;
}

function readRecord(writer: RecordNode, reader: RecordNode, context: Context, path: string): AvroRead {
  const targets = toTargets(reader);
  const steps = writer.fields
    .map((field) => toStep(field, targets.get(field.name), context, path))
    .filter(({ read }) => read !== nothing);
  const written = new Set(steps.map(({ name }) => name));
  const missing = reader.fields.filter(({ name }) => !written.has(name));
  const { defaults, heapBytes } = createDefaults(missing, context.show, path);
  const blank = createBlank(reader.fields.map(({ name }) => [name, null]));
  const fieldBytes = reader.fields.reduce((bytes, { node }) => bytes + scalarBytes(node, context.show), 0);
  const recordBytes = objectBytes(reader.fields.length) + fieldBytes + heapBytes;
  return (input) => {
    input.enter();
    input.charge(recordBytes);
    const value = blank();
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

/** The reader's fields by the names under which a writer may have them; its own names come before aliases. */
function toTargets({ fields }: RecordNode): ReadonlyMap<string, AvroField> {
  const targets = new Map(fields.map((field) => [field.name, field]));
  for (const field of fields) {
    for (const alias of field.aliases) if (!targets.has(alias)) targets.set(alias, field);
  }
  return targets;
}

function toStep(field: AvroField, target: AvroField | undefined, context: Context, path: string): Step {
  if (target === undefined) return { name: undefined, read: context.skips.toSkip(field.node) };
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
  const fitting = branchesFor(writer, reader, context);
  const ranked = fitting.toSorted((a, b) => Number(isAlike(writer, b)) - Number(isAlike(writer, a)));
  for (const branch of ranked) {
    try {
      return resolve(writer, branch, context, path);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
    }
  }
  throw mismatch(path, writer, reader);
}

function branchesFor(writer: AvroNode, reader: UnionNode, { unions }: Context): readonly AvroNode[] {
  const known = unions.get(reader) ?? indexBranches(reader);
  unions.set(reader, known);
  return known(writer);
}

function isAlike(writer: AvroNode, reader: AvroNode): boolean {
  if (writer.kind !== reader.kind) return false;
  return 'name' in writer && 'name' in reader ? writer.name === reader.name : true;
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
