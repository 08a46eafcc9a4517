// What binary values are charged while they are read, and lengths that reach beyond what they are part of.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import avsc from 'avsc';

import { avro } from '../../../../lib/format/avro.ts';
import { glue } from '../../../../lib/format/registry/glue.ts';
import { protobuf } from '../../../../lib/format/protobuf.ts';
import { ValueMemory } from '../../../../lib/format/bounds/value-memory.ts';
import { createSource } from '../../../support/format-source.ts';

/** What reading these bytes is charged. */
function chargedFor(schema: object, bytes: Buffer): number {
  const memory = new ValueMemory(Infinity);
  avro(schema).decode(bytes, { ...createSource(), memory });
  return memory.chargedBytes;
}

const longs = { type: 'array', items: 'long' };

test('a list is charged a place for each item, whether it comes in one block or in many', () => {
  const items = 1000;
  const one = Buffer.concat([Buffer.from([0xd0, 0x0f]), Buffer.alloc(items), Buffer.from([0])]);
  const many = Buffer.concat([...Array.from({ length: items }, () => Buffer.from([2, 0])), Buffer.from([0])]);
  // A place, and 16 bytes of a number that may not be of 31 bits.
  assert.ok(chargedFor(longs, one) >= 24 * items, String(chargedFor(longs, one)));
  // Pushed one by one a list has room for more than it holds.
  assert.ok(chargedFor(longs, many) >= chargedFor(longs, one) + 8 * items, String(chargedFor(longs, many)));
});

test('numbers of 64 bits are charged beside their place, wherever they stand', () => {
  const record = (type: object | string): object => ({
    type: 'record',
    name: 'R',
    fields: ['a', 'b', 'c'].map((name) => ({ name, type })),
  });
  const three = Buffer.from([6, 2, 0x61, 0, 2, 0x62, 0, 2, 0x63, 0, 0]); // as a map
  const difference = (of: (type: object | string) => object, bytes: Buffer): number =>
    chargedFor(of('long'), bytes) - chargedFor(of('int'), bytes);
  assert.equal(difference(record, Buffer.alloc(3)), 3 * 16);
  assert.equal(
    difference((values) => ({ type: 'map', values }), three),
    3 * 16,
  );
  const list = (items: object | string): object => ({ type: 'array', items });
  assert.equal(difference(list, Buffer.from([6, 0, 0, 0, 0])), 3 * 16);
  assert.equal(difference(list, Buffer.from([2, 0, 2, 0, 2, 0, 0])), 3 * 16);
  assert.equal(
    difference((items) => list(['null', items]), Buffer.from([6, 2, 0, 2, 0, 2, 0, 0])),
    3 * 16,
  );
});

test('short lists of two blocks are charged the room that V8 makes with the second', () => {
  const lists = { type: 'array', items: { type: 'array', items: 'boolean' } };
  const inner = Buffer.from([2, 1, 2, 1, 0]);
  const bytes = Buffer.concat([Buffer.from([0xd0, 0x0f]), Buffer.alloc(5000, inner), Buffer.from([0])]);
  // 208 bytes each (Node 24.21).
  assert.ok(chargedFor(lists, bytes) >= 208 * 1000, String(chargedFor(lists, bytes)));
});

test('a decimal is charged for the digits of its scale and of its bytes', () => {
  const type = { type: 'bytes', logicalType: 'decimal', precision: 1000, scale: 1000 };
  assert.ok(chargedFor(type, Buffer.from([2, 5])) >= 1000);
  assert.ok(
    chargedFor({ ...type, scale: 0 }, Buffer.concat([Buffer.from([0x80, 8]), Buffer.alloc(512, 0x7f)])) >=
      1233,
  );
});

test('bytes stay bytes where the reader could take them for text as well', () => {
  const writer = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'bytes' }] } as const;
  const reader = { type: 'record', name: 'R', fields: [{ name: 'a', type: ['string', 'bytes'] }] } as const;
  const bytes = avsc.Type.forSchema(writer as unknown as avsc.Schema).toBuffer({ a: Buffer.from('text') });
  assert.deepEqual(avro(writer, { reader }).decode(bytes, createSource()), { a: Buffer.from('text') });
});

test('a message that is longer than what it is part of ends early', () => {
  const format = protobuf({
    proto: 'syntax = "proto3"; message A { B b = 1; } message B { int32 c = 1; }',
    message: 'A',
  });
  const bytes = Buffer.from([0x0a, 100, 0x08, 1]); // field 1 of 100 bytes, of which there are two
  assert.throws(() => format.decode(bytes, createSource()), { code: 'TRUNCATED' });
});

test('a packed Glue value is charged for what it unpacks to, and holds the budget of that', () => {
  const reader = { dataFormat: 'JSON', read: (payload: Buffer) => payload.length } as const;
  const format = glue({ reader });
  const packed = deflateSync(Buffer.alloc(5000));
  const framed = Buffer.concat([Buffer.from([3, 5]), Buffer.alloc(16), packed]);
  const memory = new ValueMemory(Infinity);
  assert.equal(format.decode(framed, { ...createSource(), memory }), 5000);
  assert.equal(memory.chargedBytes, 5000);
  assert.ok((format.decompressedBytes?.(framed, createSource()) ?? 0) >= 5000);
});

test('what a Protobuf message gains by its fields is charged', () => {
  const chargedBytes = (message: string, hex: string): number => {
    const memory = new ValueMemory(Infinity);
    const proto = `syntax = "proto3"; message B {} message A { ${message} }`;
    protobuf({ proto, message: 'A' }).decode(Buffer.from(hex, 'hex'), { ...createSource(), memory });
    return memory.chargedBytes;
  };
  // Bytes that V8 takes: 64 for a field that is added, 72 for what is left of one that is deleted.
  const cases: readonly (readonly [message: string, hex: string, gained: number])[] = [
    ['int32 a = 1;', '0801', 0],
    ['optional int32 a = 1;', '0801', 64],
    ['oneof o { int32 a = 1; int32 b = 2; }', '0801', 64],
    ['oneof o { int32 a = 1; int32 b = 2; }', '08011001', 64 + 72 + 64],
    ['B a = 1;', '0a00', 64 + 24],
    ['B a = 1;', '0a000a00', 64 + 24],
    ['repeated int32 a = 1;', '0a03010101', 152],
    ['repeated int64 a = 1;', '0a03010101', 152 + 3 * 16],
    ['repeated int64 a = 1;', '080108010801', 152 + 3 * 16],
    ['repeated B a = 1;', '0a000a00', 152 + 2 * 24],
    ['map<int32, int32> a = 1;', '0a0408011001', 144],
    ['map<int32, int64> a = 1;', '0a0408011001', 144 + 16],
    ['map<int32, B> a = 1;', '0a0408011200', 144 + 24],
  ];
  for (const [message, hex, gained] of cases)
    assert.equal(chargedBytes(message, hex) - chargedBytes(message, ''), gained, `${message} ${hex}`);
});
