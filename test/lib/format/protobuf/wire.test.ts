// Protobuf as its producers write it: parts that come one by one, entries of maps, oneofs, names that are numbers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import protobufjs from 'protobufjs';
import { protobuf, protobufReader, type ProtobufReaderOptions } from '../../../../lib/format/protobuf.ts';
import { createSource } from '../../../support/format-source.ts';
import { toIndexPath } from '../registry/framing.ts';

const source = createSource();
const google = ['timestamp', 'duration', 'struct', 'wrappers', 'any', 'field_mask'];
const imports = google.map((name) => `import "google/protobuf/${name}.proto";`).join(' ');
const proto = `syntax = "proto3"; package shop; ${imports}
message Line { string sku = 1; int32 quantity = 2; google.protobuf.Timestamp at = 3; repeated string tags = 4; }
message Cart {
  map<string, Line> lines = 1; map<int32, int64> by_number = 2; google.protobuf.Timestamp at = 3;
  google.protobuf.Duration took = 4; google.protobuf.Struct data = 5; google.protobuf.StringValue note = 6;
  repeated google.protobuf.Timestamp times = 7; map<string, google.protobuf.Value> values = 8;
  google.protobuf.FieldMask mask = 9; google.protobuf.NullValue nothing = 10; Line line = 11;
  oneof choice { google.protobuf.Timestamp moment = 12; string text = 13; Line picked = 14; }
  map<string, google.protobuf.Timestamp> moments = 15;
}`;

/** A field of that number: its content behind a length. */
const part = (number: number, ...content: readonly (Buffer | string)[]): Buffer => {
  const bytes = Buffer.concat(content.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)));
  return Buffer.from(
    protobufjs.Writer.create()
      .uint32(number * 8 + 2)
      .bytes(bytes)
      .finish(),
  );
};
const varint = (number: number, value: number): Buffer =>
  Buffer.from(
    protobufjs.Writer.create()
      .uint32(number * 8)
      .uint32(value)
      .finish(),
  );
const open = (bytes: Buffer, options = {}): Record<string, unknown> =>
  protobuf({ proto, message: 'shop.Cart', ...options }).decode(bytes, source) as Record<string, unknown>;

describe('protobuf() merges what comes in parts', () => {
  test('in the value of a map entry', () => {
    const entry = part(
      1,
      part(1, 'a'),
      part(2, part(1, 'sku')),
      part(2, varint(2, 7)),
      part(2, part(4, 't')),
    );
    assert.deepEqual(open(entry)['lines'], { a: { sku: 'sku', quantity: 7, tags: ['t'] } });
    const again = Buffer.concat([entry, part(1, part(1, 'a'), part(2, varint(2, 9)))]);
    assert.deepEqual(open(again)['lines'], { a: { sku: '', quantity: 9, tags: [] } });
  });

  test('in well-known types, alone, in a message, in a oneof, in a map and in a list', () => {
    const [seconds, nanos] = [varint(1, 60), varint(2, 500_000_000)];
    const moment = '1970-01-01T00:01:00.500Z';
    const bytes = Buffer.concat([
      part(3, seconds),
      part(3, nanos),
      part(4, seconds),
      part(4, nanos),
      part(11, part(3, seconds)),
      part(11, part(3, nanos)),
      part(12, seconds),
      part(12, nanos),
      part(15, part(1, 'm'), part(2, seconds), part(2, nanos)),
      part(7, seconds, nanos),
      part(7),
      part(5, part(1, part(1, 'x'), part(2, varint(4, 1)))),
      part(5, part(1, part(1, 'y'))),
    ]);
    const value = open(bytes);
    assert.deepEqual([value['at'], value['took'], value['moment']], [moment, '60.500s', moment]);
    assert.deepEqual(value['line'], { sku: '', quantity: 0, at: moment, tags: [] });
    assert.deepEqual(value['moments'], { m: moment });
    assert.deepEqual(value['times'], [moment, '1970-01-01T00:00:00Z']);
    assert.deepEqual(value['data'], { x: true, y: null });
  });

  test('and keeps the last member of a oneof alone, of a small and of a large one', () => {
    const bytes = Buffer.concat([part(12, varint(1, 1)), part(13, 'text'), part(14, part(1, 'sku'))]);
    const value = open(bytes);
    assert.deepEqual(
      [value['picked'], 'moment' in value, 'text' in value],
      [{ sku: 'sku', quantity: 0, tags: [] }, false, false],
    );
    const fields = Array.from({ length: 600 }, (_, index) => `int32 f${index} = ${index + 1};`).join(' ');
    const large = protobuf({ proto: `syntax = "proto3"; message M { oneof o { ${fields} } }`, message: 'M' });
    const several = Buffer.concat([varint(1, 5), varint(300, 6), varint(600, 7), varint(300, 8)]);
    assert.deepEqual(large.decode(several, source), { f299: 8 });
    // Of another wire type it is a field that nobody knows.
    assert.deepEqual(large.decode(Buffer.concat([varint(1, 5), part(2, 'x')]), source), { f0: 5 });
  });
});

test('shows well-known types as the messages they are, where the option says so', () => {
  const bytes = Buffer.concat([
    part(3, varint(1, 60)),
    part(6, part(1, 'n')),
    part(5, part(1, part(1, 'x'))),
  ]);
  const value = open(bytes, { wellKnownTypes: false });
  assert.deepEqual(
    [value['at'], value['note'], value['data']],
    [{ seconds: 60, nanos: 0 }, { value: 'n' }, { fields: { x: {} } }],
  );
  assert.deepEqual(value['mask'], undefined);
  const mask = part(9, part(1, 'a.b'), part(1, 'c'));
  assert.deepEqual(open(mask)['mask'], { paths: ['a.b', 'c'] });
  assert.equal(open(Buffer.alloc(0))['nothing'], 'NULL_VALUE');
});

test('reads entries of maps as descriptors have them, and keys that are numbers', () => {
  const entries = `syntax = "proto3"; message M {
    repeated .M.ItemsEntry items = 1; message ItemsEntry { option map_entry = true; string key = 1; int32 value = 2; }
    repeated Other others = 2; message Other { string key = 1; int32 value = 2; } }`;
  const format = protobuf({ proto: entries, message: 'M' });
  const bytes = Buffer.concat([
    part(1, part(1, 'a'), varint(2, 2)),
    part(1, part(1, '__proto__'), varint(2, 3)),
    part(1),
    part(2, part(1, 'a'), varint(2, 2)),
  ]);
  const value = format.decode(bytes, source) as { items: object; others: object[] };
  assert.deepEqual(Object.entries(value.items), [
    ['a', 2],
    ['__proto__', 3],
    ['', 0],
  ]);
  assert.equal(Object.getPrototypeOf(value.items), Object.prototype);
  assert.deepEqual(value.others, [{ key: 'a', value: 2 }]);
  const numbered = [900, 5, 1100, 4_000_000].map((key) => part(2, varint(1, key), varint(2, key)));
  assert.deepEqual(open(Buffer.concat(numbered))['by_number'], {
    5: 5,
    900: 900,
    1100: 1100,
    4000000: 4_000_000,
  });
});

describe('protobufReader() finds the message', () => {
  const text = `syntax = "proto3"; package p; // message NotThis { }
    option (x) = { message: "{" };
    message A { string s = 1; map<string, B> first = 2; message Line { string sku = 1; }
      reserved 5 to 7; enum E { option allow_alias = true; Z = 0; } oneof o { string q = 9; }
      /* message Nor { } */ map < int32 , string > second_map = 3 [deprecated = true]; message Note { string text = 1; } }
    message B { message C { message D { string d = 1; } } }`;
  const read = (path: readonly number[], options: ProtobufReaderOptions = {}, bytes?: Buffer): unknown => {
    const reader = protobufReader(options);
    assert.ok('compile' in reader);
    const compiled = reader.compile({ id: '1', dataFormat: 'PROTOBUF', text, references: [] }, 'confluent');
    return compiled(bytes ?? Buffer.concat([toIndexPath(path), part(1, 'x')]), source);
  };
  const mismatch = { code: 'SCHEMA_MISMATCH', message: /messageIndexes: 'none'/ };

  test('by its place among all that a descriptor has, entries of maps among them', () => {
    assert.deepEqual(read([0, 1]), { sku: 'x' });
    assert.deepEqual(read([0, 3]), { text: 'x' });
    assert.deepEqual(read([1, 0, 0]), { d: 'x' });
    assert.throws(() => read([0, 4]), mismatch);
    assert.throws(() => read([0, 1, 0]), mismatch);
    // The place of an entry: whoever wrote this did not count them.
    assert.deepEqual(read([0, 0]), { sku: 'x' });
  });

  test('by its place without entries, where the option says so', () => {
    assert.deepEqual(read([0, 0], { messageIndexes: 'normalized' }), { sku: 'x' });
    assert.deepEqual(read([0, 1], { messageIndexes: 'normalized' }), { text: 'x' });
    assert.throws(() => read([0, 2], { messageIndexes: 'normalized' }), mismatch);
  });

  test('without indexes, and by name whatever the indexes say', () => {
    const bare = part(1, 'x');
    assert.deepEqual(read([], { messageIndexes: 'none' }, bare), { s: 'x', first: {}, second_map: {} });
    assert.deepEqual(read([], { messageIndexes: 'none', message: 'p.A.Note' }, bare), { text: 'x' });
    assert.deepEqual(read([1, 0, 9], { message: 'p.A.Line' }), { sku: 'x' });
    for (const value of [
      bare,
      part(3, 'John'),
      Buffer.from('feffffff0f', 'hex'),
      Buffer.of(3, 1),
      Buffer.of(1),
    ])
      assert.throws(() => read([], {}, value), mismatch);
    assert.throws(() => read([], { message: 'p.None' }), { code: 'INVALID_SCHEMA' });
  });
});

test('passes over the message indexes of a record whose prefix a mapping has taken off', () => {
  const format = protobuf({ proto: 'syntax = "proto3"; message M { string s = 1; }', message: 'M' });
  const value = part(1, 'x');
  const uuid = '00000000-0000-4000-8000-000000000001';
  const cases: readonly (readonly [string, string, Buffer])[] = [
    ['PROTOBUF', '7', Buffer.concat([Buffer.of(0), value])],
    ['PROTOBUF', '7', Buffer.concat([toIndexPath([1, 0]), value])],
    ['PROTOBUF', uuid, Buffer.concat([Buffer.of(3), value])],
    ['AVRO', '7', value],
  ];
  for (const [dataFormat, schemaId, bytes] of cases) {
    const behind = createSource(undefined, { schemaMetadata: { dataFormat, schemaId } });
    assert.deepEqual(format.decode(bytes, behind), { s: 'x' });
  }
});
