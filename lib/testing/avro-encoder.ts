// Avro's binary encoding, written. Values are as the decoder gives them: logical types as it shows them, or the bare number
// or bytes beneath; a union's value without its branch.
// Source: Apache Avro 1.12 specification, "Binary Encoding"

import { ownValue } from '../format/bounds/plain-object.ts';
import { createDefaults } from '../format/avro/default.ts';
import type { AvroNode, FixedNode, PrimitiveNode, RecordNode } from '../format/avro/schema.ts';
import { toLogicalValue } from '../format/avro/logical.ts';
import { EncodeError, isObject, misfit } from './encode-error.ts';

/** @throws EncodeError `CANNOT_ENCODE`, naming the place in the value */
export function encodeAvro(node: AvroNode, value: unknown, path: string): Buffer {
  const parts: Buffer[] = [];
  write(node, value, path, parts);
  return Buffer.concat(parts);
}

function write(node: AvroNode, value: unknown, path: string, parts: Buffer[]): void {
  switch (node.kind) {
    case 'union': {
      const { branches } = node;
      const whole = branches.findIndex((branch) => fits(branch, value) && fitsWhole(branch, value));
      const index = whole < 0 ? branches.findIndex((branch) => fits(branch, value)) : whole;
      const branch = branches[index];
      if (branch === undefined) throw misfit(path, value, `one of ${branches.map(nameOf).join(', ')}`);
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
    const given = ownValue(value, field.name);
    const [absent] =
      given === undefined && field.byDefault !== undefined
        ? createDefaults([field], show, path).defaults
        : [];
    write(field.node, absent === undefined ? given : absent.make(), place, parts);
  }
  const unknown = unknownName(node, value);
  if (unknown !== undefined) throw misfit(`${path}.${unknown}`, value[unknown], `a field of ${node.name}`);
}

function unknownName({ fields }: RecordNode, value: Readonly<Record<string, unknown>>): string | undefined {
  const names = new Set(fields.map(({ name }) => name));
  return Object.keys(value).find((name) => value[name] !== undefined && !names.has(name));
}

function toScalar(node: PrimitiveNode | FixedNode, value: unknown, path: string): Buffer {
  if (!fits(node, value)) throw misfit(path, value, nameOf(node));
  switch (node.kind) {
    case 'null':
      return Buffer.alloc(0);
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
      return toLong(BigInt(typeof value === 'string' ? toEpochDays(value) : (value as number)));
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
      // A time of day is none of it, and JavaScript takes the 30th of February for a day in March.
      if (logical === 'date' && typeof value === 'string')
        return toLogicalValue({ name: 'date' }, toEpochDays(value)) === value;
      return Number.isInteger(value) && value === ((value as number) | 0);
    case 'long':
      if (value instanceof Date) return logical === 'timestamp-millis' && !Number.isNaN(value.getTime());
      return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(Math.fround(value)) === Number.isFinite(value);
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

/** Whether nothing of `value` is lost in this branch of a union: `fits`, one level deeper. */
function fitsWhole(branch: AvroNode, value: unknown): boolean {
  if (branch.kind === 'float') return Object.is(Math.fround(value as number), value);
  if (!isObject(value)) return true;
  if (branch.kind === 'map') return Object.values(value).every((each) => fits(branch.values, each));
  if (branch.kind !== 'record') return true;
  return (
    unknownName(branch, value) === undefined &&
    branch.fields.every(({ name, node, byDefault }) => {
      const given = ownValue(value, name);
      return (given === undefined && byDefault !== undefined) || fits(node, given);
    })
  );
}

function toEpochDays(text: string): number {
  return Date.parse(text) / 86_400_000;
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
    const { months = 0, days = 0, milliseconds = 0, ...others } = value as Readonly<Record<string, unknown>>;
    const bytes = Buffer.alloc(12);
    for (const [index, [name, part]] of Object.entries({ months, days, milliseconds, ...others }).entries()) {
      if (index > 2) throw misfit(`${path}.${name}`, part, 'months, days and milliseconds');
      if (part !== (part as number) >>> 0) throw misfit(`${path}.${name}`, part, 'an integer 0..4294967295');
      bytes.writeUInt32LE(part, index * 4);
    }
    return bytes;
  }
  if (logical?.name !== 'decimal') return Buffer.from((value as string).replaceAll('-', ''), 'hex');
  const [whole = '', fraction = ''] = (value as string).split('.');
  if (fraction.length > logical.scale)
    throw new EncodeError(path, `${fraction.length} decimal places`, `at most ${logical.scale}`);
  const unscaled = BigInt(whole + fraction.padEnd(logical.scale, '0'));
  const least = toTwosComplement(unscaled);
  if (node.kind !== 'fixed') return least;
  if (least.length > node.size)
    throw new EncodeError(path, `a decimal of ${least.length} bytes`, `one of ${node.size} bytes`);
  return Buffer.concat([Buffer.alloc(node.size - least.length, unscaled < 0n ? 0xff : 0), least]);
}

/** Big-endian, of as few bytes as hold it. */
function toTwosComplement(value: bigint): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++;
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
