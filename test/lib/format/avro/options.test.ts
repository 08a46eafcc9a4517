// Avro as its producers write it, beyond what the specification's examples show.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import { avro, type AvroOptions } from '../../../../lib/format/avro.ts';
import { createSource } from '../../../support/format-source.ts';

const source = createSource();
const never = 2n ** 63n - 1n;

function toLong(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

test('gives a timestamp beyond Date as it is stored, where the option says so', () => {
  const schema = { type: 'long', logicalType: 'timestamp-millis' };
  const open = (value: bigint, options: AvroOptions): unknown =>
    avro(schema, options).decode(toLong(value), source);
  assert.throws(() => open(never, {}), { code: 'OUT_OF_RANGE', message: /timestamps: 'raw'/ });
  assert.throws(() => open(never, { longs: 'bigint' }), { code: 'OUT_OF_RANGE' });
  assert.equal(open(never, { longs: 'bigint', timestamps: 'raw' }), never);
  assert.throws(() => open(never, { timestamps: 'raw' }), { code: 'UNSAFE_INTEGER' });
  assert.equal(open(5n, { timestamps: 'raw' }), 5);
  assert.deepEqual(open(8_640_000_000_000_000n, {}), new Date(8_640_000_000_000_000));
});

test('gives each value as it is stored, where logical types are switched off', () => {
  const off = { logicalTypes: false } as const;
  const cases: readonly (readonly [object, Buffer, unknown, AvroOptions?])[] = [
    [{ type: 'int', logicalType: 'date' }, toLong(2n ** 31n - 1n), 2 ** 31 - 1],
    [{ type: 'long', logicalType: 'timestamp-millis' }, toLong(5n), 5],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, toLong(5n), 5],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, toLong(never), never, { longs: 'bigint' }],
    [
      { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 },
      Buffer.from('0404d2', 'hex'),
      Buffer.from('04d2', 'hex'),
    ],
    [{ type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }, Buffer.alloc(16, 1), Buffer.alloc(16, 1)],
  ];
  for (const [schema, bytes, expected, options] of cases)
    assert.deepEqual(avro(schema, { ...off, ...options }).decode(bytes, source), expected);
  assert.throws(() => avro({ type: 'int', logicalType: 'date' }).decode(toLong(2n ** 31n - 1n), source), {
    code: 'OUT_OF_RANGE',
    message: /logicalTypes: false/,
  });
  const raw = { type: 'record', name: 'R', fields: [{ name: 'at', type: cases[1]![0], default: 7 }] };
  const empty = { type: 'record', name: 'R', fields: [] };
  assert.deepEqual(avro(empty, { reader: raw, ...off }).decode(Buffer.alloc(0), source), { at: 7 });
});

test('takes defaults beyond 2^53 exactly, from text and as bigints', () => {
  const empty = { type: 'record', name: 'R', fields: [] };
  const text = `{"type":"record","name":"R","fields":[{"name":"n","type":"long","default":${never}},
    {"name":"d","type":"double","default":12345678901234567890},{"name":"u","type":["long","null"],"default":-${never}}]}`;
  const open = (reader: string | object, options: AvroOptions): unknown =>
    avro(empty, { reader, ...options }).decode(Buffer.alloc(0), source);
  assert.deepEqual(open(text, { longs: 'bigint' }), {
    n: never,
    d: Number(12_345_678_901_234_567_890n),
    u: -never,
  });
  const asObject = { ...empty, fields: [{ name: 'n', type: 'long', default: never }] };
  assert.deepEqual(open(asObject, { longs: 'bigint' }), { n: never });
  for (const reader of [text, asObject]) assert.throws(() => open(reader, {}), { code: 'INVALID_SCHEMA' });
  const rounded = { ...empty, fields: [{ name: 'n', type: 'long', default: 2 ** 60 }] };
  assert.throws(() => open(rounded, { longs: 'bigint' }), { code: 'INVALID_SCHEMA', message: /bigints/ });
  const small = { ...empty, fields: [{ name: 'n', type: 'long', default: 5n }] };
  assert.deepEqual(open(small, {}), { n: 5 });
});

test('reads names and namespaces that other writers allow', () => {
  const schema = {
    type: 'record',
    name: 'Order',
    namespace: 'com.my-company.order-events.v2',
    fields: [
      { name: 'first-name', type: 'string' },
      { name: 'größe', type: { type: 'enum', name: 'my-co.Size', symbols: ['S-1', 'L'] } },
      { name: 'again', type: 'my-co.Size' },
      { name: 'next', type: ['null', 'com.my-company.order-events.v2.Order'] },
    ],
  };
  const bytes = Buffer.concat([Buffer.of(2), Buffer.from('a'), Buffer.of(0, 2, 0)]);
  assert.deepEqual(avro(schema).decode(bytes, source), {
    'first-name': 'a',
    größe: 'S-1',
    again: 'L',
    next: null,
  });
  for (const name of ['', 'a b', 'a.', '.a', '1a', 'a..b', '__proto__x y'])
    assert.throws(() => avro({ type: 'record', name, fields: [] }), { code: 'INVALID_SCHEMA' }, name);
});

test('reads records of any number of fields, and lists of several blocks', () => {
  for (const count of [0, 1, 17, 128, 129, 1500]) {
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    const schema = { type: 'record', name: 'W', fields: names.map((name) => ({ name, type: 'int' })) };
    const value = Object.fromEntries(names.map((name, index) => [name, index]));
    const bytes = avsc.Type.forSchema(schema as avsc.Schema).toBuffer(value);
    const read = avro(schema).decode(bytes, source);
    assert.deepEqual(read, value);
    assert.deepEqual(Object.keys(read as object), names);
  }
  // Two items, then four.
  const blocks = Buffer.from('040204080608020600', 'hex');
  assert.deepEqual(avro({ type: 'array', items: 'int' }).decode(blocks, source), [1, 2, 3, 4, 1, 3]);
});

test('compiles schemas of thousands of fields, branches and symbols', () => {
  const many = Array.from({ length: 5000 }, (_, index) => index);
  const fields = many.map((index) => ({ name: `f${index}`, type: ['null', 'string'], default: null }));
  const renamed = fields.map((field) => ({ ...field, name: `n${field.name}`, aliases: [field.name] }));
  const symbols = { type: 'enum', name: 'E', symbols: many.map((index) => `S${index}`) };
  const branches = many.map((index) => ({
    type: 'record',
    name: `B${index}`,
    fields: [{ name: 'a', type: 'int' }],
  }));
  const record = (of: readonly object[]): object => ({ type: 'record', name: 'R', fields: of });
  const absent = Buffer.alloc(5000);
  const first = avro(record(fields), { reader: record(renamed) }).decode(absent, source) as object;
  assert.equal(Object.keys(first).length, 5000);
  assert.equal(
    Object.keys(avro(record([]), { reader: record(fields) }).decode(Buffer.alloc(0), source) as object)
      .length,
    5000,
  );
  assert.equal(avro(symbols, { reader: symbols }).decode(toLong(4999n), source), 'S4999');
  const union = avro(branches, { reader: structuredClone(branches) });
  assert.deepEqual(union.decode(Buffer.concat([toLong(4999n), Buffer.of(2)]), source), { a: 1 });
});

test('refuses defaults that name each other without end, and tries no pair of records twice', () => {
  const doubling = (depth: number): object => ({
    type: 'record',
    name: `D${depth}`,
    fields: ['a', 'b'].map((name, index) => ({
      name,
      type: depth === 0 ? 'int' : index === 0 ? doubling(depth - 1) : `D${depth - 1}`,
      default: depth === 0 ? 0 : {},
    })),
  });
  const empty = { type: 'record', name: 'R', fields: [] };
  const reader = { ...empty, fields: [{ name: 'd', type: doubling(30), default: {} }] };
  assert.throws(() => avro(empty, { reader }), { code: 'INVALID_SCHEMA' });
  // Each record is a union of the next one, twice: what cannot be read at the end is not read on all ways to it.
  const chain = (depth: number, last: string): object => ({
    type: 'record',
    name: `C${depth}`,
    fields: ['a', 'b'].map((name, index) => ({
      name,
      type: depth === 0 ? last : [index === 0 ? chain(depth - 1, last) : `C${depth - 1}`, 'string'],
    })),
  });
  const format = avro(chain(30, 'string'), { reader: chain(30, 'int') });
  assert.throws(() => format.decode(Buffer.alloc(100), source), { code: 'SCHEMA_MISMATCH' });
});
