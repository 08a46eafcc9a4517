// A reader's schema that is not the writer's: resolution as the specification has it, checked against avsc where avsc
// follows it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import { avro } from '../../../../lib/format/avro.ts';
import { createSource } from '../../../support/format-source.ts';

type Schema = avsc.Schema & object;
const source = createSource();

const record = (name: string, ...fields: readonly object[]): Schema =>
  ({ type: 'record', name, fields }) as unknown as Schema;

function evolve(writer: Schema, reader: Schema, value: unknown): unknown {
  const bytes = avsc.Type.forSchema(writer, { wrapUnions: false }).toBuffer(value);
  return avro(writer, { reader }).decode(bytes, source);
}

test('passes over fields the reader lacks, whatever their type, and fills in those it adds', () => {
  const inner = { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'double' }] };
  const writer = record(
    'Order',
    { name: 'a', type: 'string' },
    { name: 'old1', type: { type: 'array', items: inner } },
    { name: 'old2', type: { type: 'map', values: ['null', 'long', 'Inner'] } },
    { name: 'old3', type: { type: 'fixed', name: 'F', size: 3 } },
    { name: 'old4', type: { type: 'enum', name: 'E', symbols: ['A'] } },
    { name: 'old5', type: ['float', 'boolean', 'bytes'] },
    { name: 'z', type: 'int' },
  );
  const reader = record(
    'Order',
    { name: 'z', type: 'int' },
    { name: 'a', type: 'string' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: ['new'] },
    { name: 'inner', type: inner, default: { x: 1.5 } },
    { name: 'raw', type: 'bytes', default: '\u00ff' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
    { name: 'by', type: { type: 'map', values: 'long' }, default: { n: 1 } },
  );
  const value = {
    a: 'id',
    old1: [{ x: 1 }, { x: 2 }],
    old2: { p: null, q: 5, r: { x: 3 } },
    old3: Buffer.from('abc'),
    old4: 'A',
    old5: true,
    z: 7,
  };
  const expected = {
    a: 'id',
    z: 7,
    note: null,
    tags: ['new'],
    inner: { x: 1.5 },
    raw: Buffer.of(255),
    at: new Date(0),
    by: { n: 1 },
  };
  const first = evolve(writer, reader, value) as { tags: string[] };
  assert.deepEqual(first, expected);
  // A default belongs to its record alone.
  const bytes = avsc.Type.forSchema(writer, { wrapUnions: false }).toBuffer(value);
  const format = avro(writer, { reader });
  (format.decode(bytes, source) as { tags: string[] }).tags.push('mine');
  assert.deepEqual(format.decode(bytes, source), expected);
});

test('promotes numbers and exchanges text and bytes', () => {
  const pairs: readonly (readonly [string, string, unknown, unknown])[] = [
    ['int', 'long', 5, 5],
    ['int', 'float', 5, 5],
    ['int', 'double', -5, -5],
    ['long', 'float', 5, 5],
    ['long', 'double', 2 ** 40, 2 ** 40],
    ['float', 'double', 1.5, 1.5],
    ['string', 'bytes', 'ab', Buffer.from('ab')],
    ['bytes', 'string', Buffer.from('ab'), 'ab'],
  ];
  for (const [from, to, value, expected] of pairs) {
    assert.deepEqual(
      evolve({ type: from } as Schema, { type: to } as Schema, value),
      expected,
      `${from} ${to}`,
    );
  }
  for (const [from, to] of [
    ['long', 'int'],
    ['double', 'long'],
    ['string', 'int'],
    ['boolean', 'int'],
  ] as const) {
    assert.throws(() => avro(from, { reader: to }), { code: 'SCHEMA_MISMATCH' });
  }
  assert.equal(avro('int', { reader: 'long', longs: 'bigint' }).decode(Buffer.of(4), source), 2n);
});

test('finds renamed fields and types by their aliases, and types of another namespace', () => {
  const writer = record('Order', { name: 'old', type: 'string' });
  const renamed = {
    type: 'record',
    name: 'Purchase',
    aliases: ['Order'],
    fields: [{ name: 'new', aliases: ['old'], type: 'string' }],
  } as Schema;
  assert.deepEqual(evolve(writer, renamed, { old: 'v' }), { new: 'v' });
  const moved = { ...record('Order', { name: 'old', type: 'string' }), namespace: 'shop.v2' } as Schema;
  assert.deepEqual(evolve(writer, moved, { old: 'v' }), { old: 'v' });
  assert.throws(() => avro(writer, { reader: record('Other', { name: 'old', type: 'string' }) }), {
    code: 'SCHEMA_MISMATCH',
  });
});

test('resolves unions on either side, and refuses only the record whose branch the reader lacks', () => {
  const opened = ['null', 'string', 'int'] as unknown as Schema;
  assert.equal(evolve({ type: 'string' }, ['null', 'string'], 'v'), 'v');
  assert.equal(evolve({ type: 'int' }, ['double', 'int'], 3), 3);
  assert.equal(evolve(opened, { type: 'string' }, 'v'), 'v');
  const format = avro(opened, { reader: 'string' });
  assert.throws(() => format.decode(Buffer.of(0), source), { code: 'SCHEMA_MISMATCH' });
  assert.throws(() => avro(opened, { reader: 'boolean' }), { code: 'SCHEMA_MISMATCH' });
});

test('takes an enum default for a symbol the reader does not know, else refuses the record', () => {
  const writer = { type: 'enum', name: 'E', symbols: ['A', 'B', 'NEW'] } as unknown as Schema;
  const reader = { type: 'enum', name: 'E', symbols: ['B', 'A'] } as unknown as Schema;
  assert.equal(evolve(writer, reader, 'A'), 'A');
  assert.throws(() => evolve(writer, reader, 'NEW'), { code: 'SCHEMA_MISMATCH' });
  assert.equal(evolve(writer, { ...reader, default: 'B' } as Schema, 'NEW'), 'B');
});

test('refuses schemas that cannot be resolved, before any record', () => {
  const one = record('R', { name: 'a', type: 'int' });
  const decimal = (scale: number): Schema =>
    ({ type: 'bytes', logicalType: 'decimal', precision: 9, scale }) as unknown as Schema;
  const pairs: readonly (readonly [Schema, Schema, string])[] = [
    [one, record('R', { name: 'a', type: 'int' }, { name: 'b', type: 'int' }), 'SCHEMA_MISMATCH'],
    [one, record('R', { name: 'b', type: 'int', default: 'x' }), 'INVALID_SCHEMA'],
    [decimal(1), decimal(2), 'SCHEMA_MISMATCH'],
    [{ type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'F', size: 2 }, 'SCHEMA_MISMATCH'],
  ];
  for (const [writer, reader, code] of pairs) assert.throws(() => avro(writer, { reader }), { code });
});

test('evolves a type that contains itself', () => {
  const tree = (extra: readonly object[]): Schema =>
    record(
      'Tree',
      { name: 'v', type: 'int' },
      { name: 'kids', type: { type: 'array', items: 'Tree' } },
      ...extra,
    );
  const reader = tree([{ name: 'seen', type: 'boolean', default: false }]);
  const value = { v: 1, kids: [{ v: 2, kids: [] }] };
  assert.deepEqual(evolve(tree([]), reader, value), {
    v: 1,
    kids: [{ v: 2, kids: [], seen: false }],
    seen: false,
  });
});

test('goes on with the next branch of a union, wherever the union comes again', () => {
  const written = { type: 'record', name: 'w.A', fields: [{ name: 'x', type: 'int' }] };
  const writer = record('Pair', { name: 'p', type: ['null', written] }, { name: 'q', type: ['null', 'w.A'] });
  const unreadable = { type: 'record', name: 'one.A', fields: [{ name: 'x', type: 'string' }] };
  const readable = { type: 'record', name: 'two.A', fields: [{ name: 'x', type: 'long' }] };
  const reader = record(
    'Pair',
    { name: 'p', type: ['null', unreadable, readable] },
    { name: 'q', type: ['null', 'one.A', 'two.A'] },
  );
  const pair = { p: { x: 1 }, q: { x: 2 } };
  assert.deepEqual(evolve(writer, reader, pair), pair);
});

test("takes null in a record's default for null, not for the field's own default", () => {
  const inner = {
    type: 'record',
    name: 'Inner',
    fields: [{ name: 'y', type: ['string', 'null'], default: 'y' }],
  };
  const reader = record(
    'Outer',
    { name: 'none', type: inner, default: { y: null } },
    { name: 'own', type: 'Inner', default: {} },
  );
  assert.deepEqual(evolve(record('Outer'), reader, {}), { none: { y: null }, own: { y: 'y' } });
});
