// Avro's binary encoding, written. Values are as the decoder gives them: logical types as it shows them, or the bare number
// or bytes beneath; a union's value without its branch.
// Source: Apache Avro 1.12 specification, "Binary Encoding"

import { createDefaults } from '../format/avro/default.ts';
import type { AvroNode, FixedNode, PrimitiveNode, RecordNode } from '../format/avro/schema.ts';
import { EncodeError, kindOf } from './encode-error.ts';

/** @throws EncodeError `CANNOT_ENCODE`, naming the place in the value */
export function encodeAvro(node: AvroNode, value: unknown, path: string): Buffer {
  const parts: Buffer[] = [];
  write(node, value, path, parts);
  return Buffer.concat(parts);
}

function write(node: AvroNode, value: unknown, path: string, parts: Buffer[]): void {
  switch (node.kind) {
    case 'union': {
      const index = node.branches.findIndex((branch) => fits(branch, value));
      const branch = node.branches[index];
      if (branch === undefined) throw misfit(path, value, `one of ${node.branches.map(nameOf).join(', ')}`);
      parts.push(toLong(BigInt(index)));
      return write(branch, value, path, parts);
    }
    case 'record':
      return writeRecord(node, value, path, parts);
    case 'enum': {
      const index = node.symbols.indexOf(value as string);
      if (index < 0) throw misfit(path, value, `a symbol of ${node.name}`);
      parts.push(toLong(BigInt(index)));
      return;
    }
    case 'array':
      if (!Array.isArray(value)) throw misfit(path, value, 'a list');
      if (value.length > 0) parts.push(toLong(BigInt(value.length)));
      for (const [index, item] of value.entries()) write(node.items, item, `${path}[${index}]`, parts);
      parts.push(toLong(0n));
      return;
    case 'map': {
      if (!isObject(value)) throw misfit(path, value, 'an object');
      const entries = Object.entries(value);
      if (entries.length > 0) parts.push(toLong(BigInt(entries.length)));
      for (const [name, each] of entries) {
        parts.push(withLength(Buffer.from(name)));
        write(node.values, each, `${path}.${name}`, parts);
      }
      parts.push(toLong(0n));
      return;
    }
    default:
      parts.push(toScalar(node, value, path));
  }
}

const show = { longs: 'number', timestamps: 'date', logicalTypes: true } as const;

function writeRecord(node: RecordNode, value: unknown, path: string, parts: Buffer[]): void {
  if (!isObject(value)) throw misfit(path, value, `a record ${node.name}`);
  for (const field of node.fields) {
    const place = `${path}.${field.name}`;
    const given = value[field.name];
    const [absent] =
      given === undefined && field.byDefault !== undefined
        ? createDefaults([field], show, path).defaults
        : [];
    write(field.node, absent === undefined ? given : absent.make(), place, parts);
  }
}

function toScalar(node: PrimitiveNode | FixedNode, value: unknown, path: string): Buffer {
  if (!fits(node, value)) throw misfit(path, value, nameOf(node));
  switch (node.kind) {
    case 'null':
      return Buffer.alloc(0);
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
      return toLong(BigInt(typeof value === 'string' ? Date.parse(value) / 86_400_000 : (value as number)));
    case 'long':
      return toLong(value instanceof Date ? BigInt(value.getTime()) : BigInt(value as number | bigint));
    case 'float':
    case 'double': {
      const bytes = Buffer.alloc(node.kind === 'float' ? 4 : 8);
      if (node.kind === 'float') bytes.writeFloatLE(value as number);
      else bytes.writeDoubleLE(value as number);
      return bytes;
    }
    case 'string':
      return withLength(Buffer.from(value as string));
    case 'bytes':
      return withLength(toBytes(node, value, path));
    case 'fixed': {
      const bytes = toBytes(node, value, path);
      if (bytes.length !== node.size)
        throw new EncodeError(path, `${bytes.length} bytes`, `${node.size} bytes of ${node.name}`);
      return bytes;
    }
  }
}

/** Whether `value` can be written as `node`, looking no deeper than its own kind. */
function fits(node: AvroNode, value: unknown): boolean {
  const logical = 'logical' in node ? node.logical?.name : undefined;
  switch (node.kind) {
    case 'null':
      return value === null || value === undefined;
    case 'boolean':
    case 'string':
      return typeof value === node.kind;
    case 'int':
      if (logical === 'date' && typeof value === 'string') return !Number.isNaN(Date.parse(value));
      return Number.isInteger(value) && value === ((value as number) | 0);
    case 'long':
      return typeof value === 'bigint' || Number.isSafeInteger(value) || value instanceof Date;
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'bytes':
    case 'fixed':
      return value instanceof Uint8Array || (logical !== undefined && isLogicalBytes(logical, value));
    case 'enum':
      return node.symbols.includes(value as string);
    case 'array':
      return Array.isArray(value);
    case 'map':
    case 'record':
      return isObject(value);
    case 'union':
      return node.branches.some((branch) => fits(branch, value));
  }
}

function isLogicalBytes(logical: string, value: unknown): boolean {
  if (logical === 'decimal') return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value);
  if (logical === 'uuid-bytes') return typeof value === 'string' && /^[\da-f-]{36}$/i.test(value);
  return logical === 'duration' && isObject(value);
}

function toBytes(node: PrimitiveNode | FixedNode, value: unknown, path: string): Buffer {
  const { logical } = node;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length);
  if (logical?.name === 'duration') {
    const { months, days, milliseconds } = value as Readonly<Record<string, number>>;
    const bytes = Buffer.alloc(12);
    for (const [index, part] of [months, days, milliseconds].entries())
      bytes.writeUInt32LE(part ?? 0, index * 4);
    return bytes;
  }
  if (logical?.name !== 'decimal') return Buffer.from((value as string).replaceAll('-', ''), 'hex');
  const [whole = '', fraction = ''] = (value as string).split('.');
  if (fraction.length > logical.scale)
    throw new EncodeError(path, `${fraction.length} decimal places`, `at most ${logical.scale}`);
  const unscaled = BigInt(whole + fraction.padEnd(logical.scale, '0'));
  return toTwosComplement(unscaled, node.kind === 'fixed' ? node.size : undefined);
}

/** Big-endian, of `size` bytes or of as few as hold it. */
function toTwosComplement(value: bigint, size?: number): Buffer {
  let least = 1;
  while (BigInt.asIntN(least * 8, value) !== value) least++;
  const bytes = size ?? least;
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}

/** A zig-zag varint. */
function toLong(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([toLong(BigInt(bytes.length)), bytes]);
}

function nameOf(node: AvroNode): string {
  return 'name' in node ? node.name : node.kind;
}

function misfit(path: string, value: unknown, expected: string): EncodeError {
  return new EncodeError(path, kindOf(value), expected);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
