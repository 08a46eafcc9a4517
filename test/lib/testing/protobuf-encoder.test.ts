import assert from 'node:assert/strict';
import { test } from 'node:test';
import descriptor from 'protobufjs/ext/descriptor.js';
import { fc } from '../../support/property.ts';
import { protobuf, type ProtobufDefinition } from '../../../lib/format/protobuf.ts';
import { descriptorSet } from '../../../lib/format/protobuf/schema/descriptor.ts';
import { parseProto } from '../../../lib/format/protobuf/schema/source.ts';
import { EncodeError } from '../../../lib/testing/index.ts';
import { encode } from '../../../lib/testing/value-encoder.ts';
import { createSource } from '../../support/format-source.ts';

const proto = `syntax = "proto3"; package t;
  import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto";
  import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto";
  enum State { NEW = 0; PAID = 1; }
  message Line { string sku = 1; int64 cents = 2; }
  message M { int32 n = 1; uint32 u = 2; sint64 long = 3; fixed64 ulong = 4; float f = 5; double d = 6; bool ok = 7;
    string text = 8; bytes raw = 9; State state = 10; repeated State states = 11; optional int32 maybe = 12;
    oneof choice { string left = 13; Line right = 14; }
    map<string, Line> lines = 15; map<bool, State> flags = 16; map<int64, string> longs = 17; map<sint32, int32> ints = 24;
    google.protobuf.Timestamp at = 18; google.protobuf.Duration took = 19; google.protobuf.Struct more = 20;
    google.protobuf.Value any = 21; google.protobuf.Int64Value count = 22; repeated google.protobuf.Value list = 23;
    map<string, google.protobuf.Timestamp> times = 25; }`;

type Options = Omit<Partial<ProtobufDefinition>, 'imports'>;

const source = createSource();
const formatOf = (options: Options) => protobuf({ proto, message: 't.M', longs: 'bigint', ...options });

/** What a consumer sees of `value`. */
function read(value: unknown, options: Options = {}): unknown {
  const format = formatOf(options);
  return format.decode(encode(format, 'value', value, {})!, source);
}

function refusalOf(value: unknown, options: Options = {}): string {
  try {
    encode(formatOf(options), 'value', value, {});
  } catch (error) {
    assert.ok(error instanceof EncodeError, String(error));
    return error.message.replace(/ cannot be encoded, got .*/, '');
  }
  return 'taken';
}

const integer = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const key = fc.string().filter((name) => name !== '__proto__');
const line = fc.record(
  { sku: fc.string(), cents: integer(-(2n ** 63n), 2n ** 63n - 1n) },
  { noNullPrototype: true },
);
const state = fc.constantFrom('NEW', 'PAID', 7, -1);
const timestamp = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().replace('.000Z', 'Z'));
const plain = { noNullPrototype: true };
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.string(),
    fc.integer(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3, ...plain }),
  ),
}));
const message = fc.record(
  {
    n: int32,
    u: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    long: integer(-(2n ** 63n), 2n ** 63n - 1n),
    ulong: integer(0n, 2n ** 64n - 1n),
    f: fc.float(),
    d: fc.double(),
    ok: fc.boolean(),
    text: fc.string({ unit: 'grapheme' }),
    raw: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
    state,
    states: fc.array(state, { maxLength: 3 }),
    maybe: int32,
    left: fc.string(),
    lines: fc.dictionary(key, line, { maxKeys: 3, ...plain }),
    flags: fc.dictionary(fc.constantFrom('true', 'false'), state, plain),
    longs: fc.dictionary(integer(-(2n ** 63n), 2n ** 63n - 1n).map(String), fc.string(), plain),
    ints: fc.dictionary(int32.map(String), int32, plain),
    at: timestamp,
    took: fc.constantFrom('0s', '-1.500s', '3.000000001s', '315576000000s'),
    more: fc.dictionary(key, json, { maxKeys: 3, ...plain }),
    any: json,
    count: integer(-(2n ** 63n), 2n ** 63n - 1n),
    list: fc.array(json, { maxLength: 3 }),
    times: fc.dictionary(key, timestamp, { maxKeys: 2, ...plain }),
  },
  { requiredKeys: [], ...plain },
);

const whole = parseProto(proto, new Map(), (text) => text).root;
whole.resolveAll();
const viaDescriptor = descriptorSet(
  descriptor.FileDescriptorSet.encode(whole.toDescriptor('proto3')).finish(),
);

for (const [how, options] of [
  ['text', {}],
  ['messages', { wellKnownTypes: false }],
  ['of compiled descriptors', { proto: viaDescriptor }],
] as const)
  test(`writes again whatever the reader gives, ${how}`, () => {
    fc.assert(
      fc.property(message, (value) => {
        const seen = read(value) as Record<string, unknown>;
        for (const [name, given] of Object.entries(value)) assert.deepEqual(seen[name], given);
        const shown = read(value, options.wellKnownTypes === false ? {} : options);
        assert.deepEqual(shown, seen);
        const again = formatOf(options).decode(encode(formatOf({}), 'value', value, {})!, source);
        assert.deepEqual(read(again, options), again);
      }),
      { numRuns: 40 },
    );
  });

test('takes 64-bit integers as numbers and text, bytes as base64, a Date, and well-known types as messages', () => {
  const at = new Date('2026-11-22T12:00:00.250Z');
  const value = {
    long: 5,
    ulong: '18446744073709551615',
    d: '1.5',
    f: 'NaN',
    raw: '/w==',
    at,
    count: { value: 7 },
    took: { seconds: 1 },
  };
  const seen = read(value) as Record<string, unknown>;
  const { long, ulong, d, f, raw, count, took } = seen;
  assert.deepEqual(
    { long, ulong, d, f, raw, at: seen['at'], count, took },
    {
      long: 5n,
      ulong: 2n ** 64n - 1n,
      d: 1.5,
      f: Number.NaN,
      raw: Buffer.from([255]),
      at: '2026-11-22T12:00:00.250Z',
      count: 7n,
      took: '1s',
    },
  );
  const zoned = read({ at: '1969-12-31T23:59:59.5-01:00' }) as Record<string, unknown>;
  assert.equal(zoned['at'], '1970-01-01T00:59:59.500Z');
});

test('refuses what would arrive as something else, and says where', () => {
  for (const [value, place] of [
    [{ state: 'ZZZ' }, 'value.state'],
    [{ states: ['NEW', 'toString'] }, 'value.states[1]'],
    [{ state: 2 ** 31 }, 'value.state'],
    [{ n: 2 ** 31 }, 'value.n'],
    [{ n: -(2 ** 31) - 1 }, 'value.n'],
    [{ n: 2 ** 40 }, 'value.n'],
    [{ n: 1.5 }, 'value.n'],
    [{ n: 'abc' }, 'value.n'],
    [{ n: '' }, 'value.n'],
    [{ u: -1 }, 'value.u'],
    [{ u: 2 ** 32 }, 'value.u'],
    [{ long: 2n ** 63n }, 'value.long'],
    [{ long: 2 ** 53 }, 'value.long'],
    [{ ulong: -1n }, 'value.ulong'],
    [{ ulong: 2n ** 64n }, 'value.ulong'],
    [{ f: 1e39 }, 'value.f'],
    [{ d: 'x' }, 'value.d'],
    [{ ok: 'false' }, 'value.ok'],
    [{ text: 5 }, 'value.text'],
    [{ raw: 'no base64!' }, 'value.raw'],
    [{ raw: [1] }, 'value.raw'],
    [{ unknown: 1 }, 'value.unknown'],
    [{ right: { sku: 's', cnets: 1 } }, 'value.right.cnets'],
    [{ left: 'a', right: {} }, 'value.right'],
    [{ lines: { s: { cents: 'x' } } }, 'value.lines.s.cents'],
    [{ lines: new Map([['s', {}]]) }, 'value.lines'],
    [{ flags: { yes: 'NEW' } }, 'value.flags.yes'],
    [{ longs: { x: 'y' } }, 'value.longs.x'],
    [{ at: 'nonsense' }, 'value.at'],
    [{ at: 'nonsense 1' }, 'value.at'],
    [{ at: '2026-02-30T00:00:00Z' }, 'value.at'],
    [{ at: new Date(Number.NaN) }, 'value.at'],
    [{ at: 5 }, 'value.at'],
    [{ took: '5' }, 'value.took'],
    [{ count: 'x' }, 'value.count'],
    [{ more: { a: [1n] } }, 'value.more.a[0]'],
    [{ more: { a: new Date(0) } }, 'value.more.a'],
    [new Date(0), 'value'],
  ] as const)
    assert.equal(refusalOf(value), place);
  const old = 'syntax = "proto2"; package t; message M { required int32 id = 1; }';
  assert.equal(refusalOf({}, { proto: old }), 'value.id');
});

test('writes a number that a closed enum does not name', () => {
  const old =
    'syntax = "proto2"; package t; enum E { A = 1; } message M { optional E e = 1; repeated E all = 2; }';
  assert.deepEqual(read({ e: 9, all: [9, 'A'] }, { proto: old }), { e: 9, all: [9, 'A'] });
});
