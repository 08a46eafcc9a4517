import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import { fc } from '../../support/property.ts';
import { parseAvroSchema } from '../../../lib/format/avro/schema.ts';
import { avro } from '../../../lib/index.ts';
import { encodeAvro } from '../../../lib/testing/avro-encoder.ts';
import { EncodeError } from '../../../lib/testing/index.ts';
import { createSource } from '../../support/format-source.ts';

const schema = {
  type: 'record',
  name: 'Node',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'count', type: 'int' },
    { name: 'total', type: 'long' },
    { name: 'ratio', type: 'float' },
    { name: 'exact', type: 'double' },
    { name: 'raw', type: 'bytes' },
    { name: 'text', type: 'string' },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'SHUT'] } },
    { name: 'names', type: { type: 'map', values: 'int' } },
    { name: 'kids', type: { type: 'array', items: 'Node' } },
    { name: 'choice', type: ['null', 'string', 'double'] },
  ],
} as const;

/** A node with kids so many levels below it. */
function toNode(levels: number): fc.Arbitrary<object> {
  return fc.record({
    flag: fc.boolean(),
    count: fc.integer(),
    total: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), // avsc rounds beyond
    ratio: fc.float(),
    exact: fc.double(),
    raw: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    text: fc.string({ unit: 'grapheme' }),
    hash: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    state: fc.constantFrom('OPEN', 'SHUT'),
    names: fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
    kids: levels === 0 ? fc.constant([]) : fc.array(toNode(levels - 1), { maxLength: 2 }),
    choice: fc.oneof(fc.constant(null), fc.string(), fc.double()),
  });
}

test('writes the bytes that avsc writes', () => {
  const reference = avsc.Type.forSchema(schema as never, { wrapUnions: false });
  const parsed = parseAvroSchema(schema);
  fc.assert(
    fc.property(toNode(2), (value) => {
      assert.deepEqual(encodeAvro(parsed, value, 'value'), reference.toBuffer(value));
    }),
    { numRuns: 100 },
  );
});

const record = (name: string, fields: readonly object[]) => ({ type: 'record', name, fields });

test('writes a value as the branch of a union that holds all of it', () => {
  const a = record('A', [{ name: 'a', type: ['null', 'int'] }]);
  const b = record('B', [{ name: 'b', type: 'string' }]);
  const required = record('C', [{ name: 'c', type: 'int' }]);
  const state = record('D', [{ name: 'c', type: { type: 'enum', name: 'E', symbols: ['ON'] } }]);
  const preset = record('F', [
    { name: 'b', type: 'string' },
    { name: 'f', type: 'int', default: 7 },
  ]);
  for (const [union, value, shown] of [
    [[a, b], { b: 'x' }],
    [[a, b], { a: 5 }],
    [[required, b], { b: 'x' }],
    [[required, state], { c: 'ON' }],
    [[a, preset], { b: 'x' }, { b: 'x', f: 7 }],
    [[{ type: 'map', values: 'int' }, b], { b: 'x' }],
    [['float', 'double'], 0.1],
    [[{ type: 'map', values: 'int' }, 'bytes'], Buffer.from('x')],
  ] as const) {
    const schema = record('Union', [{ name: 'of', type: union }]);
    const bytes = encodeAvro(parseAvroSchema(schema), { of: value }, 'value');
    assert.deepEqual(avro(schema).decode(bytes, createSource()), { of: shown ?? value });
  }
});

const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });

test('refuses what would arrive as something else, and says where', () => {
  const decimal = logical('fixed', 'decimal', { name: 'Price', size: 2, precision: 4, scale: 0 });
  const duration = logical('fixed', 'duration', { name: 'Span', size: 12 });
  for (const [type, value, place = 'value.of'] of [
    [decimal, '32768'],
    [decimal, '100000'],
    [decimal, '-32769'],
    ['long', 2n ** 63n],
    ['long', 2n ** 64n + 5n],
    ['long', 2 ** 53],
    ['int', 2 ** 31],
    ['float', 1e39],
    [logical('int', 'date'), '2026-11-22T12:00:00Z'],
    [logical('int', 'date'), '2026-02-30'],
    [logical('int', 'date'), new Date(Number.NaN)],
    [logical('long', 'timestamp-millis'), new Date(Number.NaN)],
    [logical('long', 'timestamp-micros'), new Date(0)],
    [duration, { months: 0, days: -1, milliseconds: 0 }, 'value.of.days'],
    [duration, { months: 0, days: 0, milliseconds: 2 ** 32 }, 'value.of.milliseconds'],
    [duration, { month: 1 }, 'value.of.month'],
    [{ type: 'map', values: 'int' }, new Map([['a', 1]])],
    [record('Inner', [{ name: 'a', type: ['null', 'int'] }]), { b: 1 }, 'value.of.b'],
  ] as const) {
    const node = parseAvroSchema(record('Outer', [{ name: 'of', type }]));
    assert.throws(
      () => encodeAvro(node, { of: value }, 'value'),
      (error: unknown) => {
        assert.ok(error instanceof EncodeError, String(error));
        assert.equal(error.message.replace(/ cannot be encoded, got .*/, ''), place);
        return true;
      },
    );
  }
});

test('writes the least and the greatest value of what has bounds', () => {
  const schema = record('Bounds', [
    { name: 'low', type: 'long' },
    { name: 'high', type: 'long' },
    { name: 'price', type: logical('fixed', 'decimal', { name: 'Price', size: 2, precision: 4, scale: 0 }) },
    { name: 'cost', type: 'Price' },
    { name: 'small', type: 'Price' },
    { name: 'day', type: logical('int', 'date') },
    { name: 'span', type: logical('fixed', 'duration', { name: 'Span', size: 12 }) },
  ]);
  const value = {
    low: -(2n ** 63n),
    high: 2n ** 63n - 1n,
    price: '32767',
    cost: '-32768',
    small: '-1',
    day: '2024-02-29',
    span: { months: 0, days: 1, milliseconds: 2 ** 32 - 1 },
  };
  const bytes = encodeAvro(parseAvroSchema(schema), value, 'value');
  assert.deepEqual(avro(schema, { longs: 'bigint' }).decode(bytes, createSource()), value);
});
