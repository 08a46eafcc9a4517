// Protobuf against protobufjs, which writes the bytes; then what it does not promise: exact values.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/property.ts';
import protobufjs from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { z } from 'zod';
import { descriptorSet } from '../../../lib/format/protobuf/schema/descriptor.ts';
import { protobuf, type ProtobufOptions } from '../../../lib/format/protobuf.ts';
import { anyAll, proto, write } from './protobuf/all-types.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource();

const open = (message: string, bytes: Buffer, options: ProtobufOptions = {}): unknown =>
  protobuf({ proto, message, ...options }).decode(bytes, source);
const reread = (message: string, value: object, options?: ProtobufOptions): unknown =>
  open(message, write(message, value), options);

const defaults = {
  a_int32: 0,
  a_uint32: 0,
  a_sint32: 0,
  a_fixed32: 0,
  a_sfixed32: 0,
  a_int64: 0,
  a_uint64: 0,
  a_sint64: 0,
  a_fixed64: 0,
  a_sfixed64: 0,
  a_float: 0,
  a_double: 0,
  a_bool: false,
  a_string: '',
  a_bytes: Buffer.alloc(0),
  state: 'STATE_OPEN',
  list: [],
  longs: [],
  loose: [],
  names: [],
  by_name: {},
  by_id: {},
  by_flag: {},
};

/** What is expected of a value: its absent fields filled in, as deep as it goes. */
function filled(value: unknown): unknown {
  const part = value as Record<string, unknown>;
  const whole: Record<string, unknown> = { ...structuredClone({ ...defaults, a_bytes: null }), ...part };
  whole['a_bytes'] ??= Buffer.alloc(0);
  if (part['inner']) whole['inner'] = filled(part['inner']);
  whole['list'] = ((part['list'] ?? []) as unknown[]).map(filled);
  const byId = Object.entries(part['by_id'] ?? {}).map(([id, each]) => [id, filled(each)] as const);
  whole['by_id'] = Object.fromEntries(byId);
  return whole;
}

describe('protobuf()', () => {
  test('reads whatever protobufjs writes, of every type', () => {
    const format = protobuf({ proto, message: 'shop.All' });
    fc.assert(
      fc.property(anyAll, (value) => {
        assert.deepEqual(format.decode(write('shop.All', value), source), filled(value));
      }),
      { numRuns: 200 },
    );
  });

  test('fills in defaults, and leaves out absent fields that track presence', () => {
    assert.deepEqual(open('shop.All', Buffer.alloc(0)), defaults);
    assert.deepEqual(reread('shop.All', { maybe: 0, number: 0 }), { ...defaults, maybe: 0, number: 0 });
  });

  test('reads 64-bit integers at their limits, and refuses what a number would round', () => {
    const limits = ['9223372036854775807', '-9223372036854775808', '-1', '4294967296', '9007199254740991'];
    for (const name of ['a_int64', 'a_sint64', 'a_sfixed64']) {
      for (const value of limits) {
        const bytes = write('shop.All', { [name]: value });
        const read = open('shop.All', bytes, { longs: 'bigint' }) as Record<string, unknown>;
        assert.equal(read[name], BigInt(value), name);
        if (Number.isSafeInteger(Number(value)))
          assert.equal((open('shop.All', bytes) as Record<string, unknown>)[name], Number(value));
        else assert.throws(() => open('shop.All', bytes), { code: 'UNSAFE_INTEGER' });
      }
    }
    for (const name of ['a_uint64', 'a_fixed64']) {
      const read = reread('shop.All', { [name]: '18446744073709551615' }, { longs: 'bigint' });
      assert.equal((read as Record<string, unknown>)[name], 2n ** 64n - 1n);
    }
    // A negative int32 takes ten bytes, of which the upper ones are all ones.
    assert.equal((reread('shop.All', { a_int32: -5 }) as typeof defaults).a_int32, -5);
  });

  test('shows well-known types as ProtoJSON does', () => {
    const value = {
      at: { seconds: 1_795_348_800, nanos: 500_000_000 },
      took: { seconds: -1, nanos: -5000 },
      data: { fields: { n: { nullValue: 0 }, l: { listValue: { values: [{ boolValue: true }] } } } },
      any_value: { structValue: { fields: { x: { numberValue: 1.5 } } } },
      big: { value: 7 },
      name: { value: 'n' },
      any: { type_url: 't/x', value: Buffer.from('v') },
      times: [{}, { seconds: -1, nanos: 1 }],
    };
    assert.deepEqual(reread('shop.Known', value), {
      at: '2026-11-22T12:00:00.500Z',
      took: '-1.000005s',
      data: { n: null, l: [true] },
      any_value: { x: 1.5 },
      big: 7,
      name: 'n',
      any: { type_url: 't/x', value: Buffer.from('v') },
      times: ['1970-01-01T00:00:00Z', '1969-12-31T23:59:59.000000001Z'],
    });
    assert.throws(() => reread('shop.Known', { at: { seconds: 253_402_300_800 } }), { code: 'CORRUPT' });
    assert.throws(() => reread('shop.Known', { at: { nanos: -1 } }), { code: 'CORRUPT' });
  });

  test('takes unpacked for packed and packed for unpacked, merges messages, and keeps the last of a oneof', () => {
    const bytes = Buffer.concat([
      Buffer.from('a00105a00106', 'hex'), // longs, unpacked: 5, 6
      Buffer.from('aa01020204', 'hex'), // loose, packed: 1, 2
      write('shop.All', { inner: { a_int32: 1 } }),
      write('shop.All', { inner: { a_string: 'x' } }),
      write('shop.All', { text: 't' }),
      write('shop.All', { number: 4 }),
    ]);
    assert.deepEqual(open('shop.All', bytes), {
      ...defaults,
      longs: [5, 6],
      loose: [1, 2],
      inner: { ...defaults, a_int32: 1, a_string: 'x' },
      number: 4,
    });
  });

  test('passes over fields it does not know, groups among them, and shows unknown enum numbers', () => {
    const known = write('shop.All', { a_int32: 1 });
    const bytes = Buffer.concat([
      Buffer.from('f80605', 'hex'),
      Buffer.from('f9060102030405060708', 'hex'),
      Buffer.from('fa060161', 'hex'),
      Buffer.from('fb060801fc06', 'hex'),
      Buffer.from('fd0601020304', 'hex'),
      known,
      Buffer.from('800109', 'hex'),
    ]);
    assert.deepEqual(open('shop.All', bytes), { ...defaults, a_int32: 1, state: 9 });
  });

  test('gives bytes of their own, and keys that would be a prototype as ordinary ones', () => {
    const bytes = write('shop.All', { a_bytes: Buffer.from('abc'), by_name: {} });
    const entry = Buffer.concat([
      Buffer.from('ba010d0a09', 'hex'),
      Buffer.from('__proto__'),
      Buffer.of(16, 5),
    ]);
    const scratch = Buffer.concat([bytes, entry]);
    const read = open('shop.All', scratch) as { a_bytes: Buffer; by_name: object };
    scratch.fill(0);
    assert.equal(read.a_bytes.toString(), 'abc');
    assert.equal(read.a_bytes.buffer.byteLength, 3);
    assert.deepEqual(
      [Object.keys(read.by_name), Object.getPrototypeOf(read.by_name)],
      [['__proto__'], Object.prototype],
    );
  });

  test('reads proto2: groups, defaults that are not written, and required fields', () => {
    const proto2 = `syntax = "proto2"; package old; message M {
      required int32 id = 1; optional string note = 2 [default = "none"]; repeated group Item = 3 { optional int32 n = 4; } }`;
    const type = protobufjs.parse(proto2, { keepCase: true }).root.lookupType('old.M');
    const format = protobuf({ proto: proto2, message: 'old.M' });
    const bytes = Buffer.from(type.encode(type.fromObject({ id: 5, item: [{ n: 1 }, {}] })).finish());
    assert.deepEqual(format.decode(bytes, source), { id: 5, item: [{ n: 1 }, {}] });
    assert.throws(() => format.decode(Buffer.alloc(0), source), { code: 'SCHEMA_MISMATCH' });
  });

  test('follows imports, and takes a compiled descriptor for the same schema', () => {
    const main = `syntax = "proto3"; package a; import "b/part.proto"; message M { b.Part part = 1; }`;
    const part = `syntax = "proto3"; package b; import "google/protobuf/timestamp.proto";
      message Part { google.protobuf.Timestamp at_time = 1; }`;
    const format = protobuf({ proto: main, imports: { 'b/part.proto': part }, message: 'a.M' });
    const bytes = Buffer.from('0a040a020801', 'hex');
    assert.deepEqual(format.decode(bytes, source), { part: { at_time: '1970-01-01T00:00:01Z' } });
    assert.throws(() => protobuf({ proto: main, message: 'a.M' }), { code: 'INVALID_SCHEMA' });

    const whole = new protobufjs.Root();
    for (const each of [part, main]) protobufjs.parse(each, whole, { keepCase: true });
    whole.addJSON(protobufjs.common.get('google/protobuf/timestamp.proto')!.nested!);
    whole.resolveAll();
    const set = descriptor.FileDescriptorSet.encode(whole.toDescriptor('proto3')).finish();
    for (const given of [set, Buffer.from(set).toString('base64')]) {
      const compiled = protobuf({ proto: descriptorSet(given), message: 'a.M' });
      assert.deepEqual(compiled.decode(bytes, source), { part: { at_time: '1970-01-01T00:00:01Z' } });
    }
    assert.throws(() => descriptorSet('AAAA'), { code: 'INVALID_SCHEMA' });
  });

  test('reads schemas with options of their own, whether the files that define them are there or not', () => {
    const own = `syntax = "proto3"; package a; import "google/protobuf/descriptor.proto"; import "buf/validate.proto";
      extend google.protobuf.FieldOptions { string pii = 50001; }
      extend google.protobuf.MessageOptions { repeated string tags = 50002; }
      message M {
        option (tags) = "kept";
        string text = 1 [(pii) = "yes", (buf.validate.field).string.min_len = 3];
      }`;
    const format = protobuf({ proto: own, message: 'a.M' });
    assert.deepEqual(format.decode(Buffer.from('0a0161', 'hex'), source), { text: 'a' });
  });

  test('knows the types that Kafka Connect writes, which no registry lists as references', () => {
    const connect = `syntax = "proto3"; package a;
      import "confluent/meta.proto"; import "confluent/type/decimal.proto";
      import "google/type/date.proto"; import "google/type/timeofday.proto";
      message M {
        confluent.type.Decimal total = 1 [(confluent.field_meta) = { params: [{ key: "scale", value: "2" }] }];
        google.type.Date day = 2;
        google.type.TimeOfDay at = 3;
      }`;
    const format = protobuf({ proto: connect, message: 'a.M' });
    const bytes = Buffer.from('0a080a0204d210041802120708ea0f100b18161a0408151005', 'hex');
    assert.deepEqual(format.decode(bytes, source), {
      total: { value: Buffer.from('04d2', 'hex'), precision: 4, scale: 2 },
      day: { year: 2026, month: 11, day: 22 },
      at: { hours: 21, minutes: 5, seconds: 0, nanos: 0 },
    });
  });

  test('checks the decoded value with a Standard Schema, and refuses schemas that make no sense', () => {
    const schema = z.object({ a_int32: z.number().positive() });
    const format = protobuf({ proto, message: 'shop.All', schema });
    assert.deepEqual(format.decode(write('shop.All', { a_int32: 2 }), source), { a_int32: 2 });
    assert.throws(() => format.decode(Buffer.alloc(0), source), { code: 'SCHEMA_MISMATCH' });
    for (const bad of ['message {', 'syntax = "proto3"; message M { Missing m = 1; }'])
      assert.throws(() => protobuf({ proto: bad, message: 'M' }), { code: 'INVALID_SCHEMA' });
    assert.throws(() => protobuf({ proto, message: 'shop.None' }), { code: 'INVALID_SCHEMA' });
  });
});
