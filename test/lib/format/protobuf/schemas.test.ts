// Schemas as registries have them: descriptors in base64, files that nobody registers, messages of thousands of fields.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import protobufjs from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { protobuf, protobufReader } from '../../../../lib/format/protobuf.ts';
import { toProtoText } from '../../../../lib/format/protobuf/schema/descriptor-text.ts';
import { toShards } from '../../../../lib/format/protobuf/schema/shards.ts';
import { createSource } from '../../../support/format-source.ts';
import { proto as everyType, write } from './all-types.ts';

const source = createSource();

/** The first file of a schema as a serialized FileDescriptorProto in base64. */
function toDescriptor(proto: string, syntax: 'proto2' | 'proto3' = 'proto3'): string {
  const { root, imports = [] } = protobufjs.parse(proto, { keepCase: true });
  for (const path of imports) root.addJSON(protobufjs.common.get(path)?.nested ?? {});
  root.resolveAll();
  const { file } = root.toDescriptor(syntax) as unknown as {
    file: { package?: string; dependency?: string[] }[];
  };
  const main = file.find((each) => each.package !== 'google.protobuf') ?? file[0]!;
  main.dependency = [...imports];
  return Buffer.from(descriptor.FileDescriptorProto.encode(main).finish()).toString('base64');
}

describe('a descriptor in base64', () => {
  test('reads like the text that it was made of, alone and behind a registry', () => {
    const value = { a_int64: 5, state: 'STATE_LOST', by_name: { a: 1 }, longs: [1, 2], maybe: 0, text: 't' };
    const bytes = write('shop.All', { ...value, inner: { a_string: 'x' } });
    const text = protobuf({ proto: everyType, message: 'shop.All' }).decode(bytes, source);
    const base64 = toDescriptor(everyType);
    assert.deepEqual(protobuf({ proto: base64, message: 'shop.All' }).decode(bytes, source), text);
    const reader = protobufReader();
    assert.ok('compile' in reader);
    const compiled = reader.compile(
      { id: '1', dataFormat: 'PROTOBUF', text: base64, references: [] },
      'confluent',
    );
    assert.deepEqual(compiled(Buffer.concat([Buffer.of(0), bytes]), source), text);
  });

  test('keeps groups, extensions, presence, closed enums and options', () => {
    const proto2 = `syntax = "proto2"; package old; message M { required int32 id = 1; optional string note = 2;
      repeated group Item = 3 { optional int32 n = 4; } repeated int32 packed = 5 [packed = true];
      oneof choice { string a = 6; string b = 7; } extensions 100 to 199; enum E { option allow_alias = true; X = 1; Y = 1; } }
      extend M { optional string more = 100; }`;
    const bytes = Buffer.from('08051b200a1c2a020102320161a2060178', 'hex');
    const open = (proto: string): unknown => protobuf({ proto, message: 'old.M' }).decode(bytes, source);
    const expected = { id: 5, item: [{ n: 10 }], packed: [1, 2], a: 'a', '.old.more': 'x' };
    assert.deepEqual(open(proto2), expected);
    assert.deepEqual(open(toDescriptor(proto2, 'proto2')), expected);
  });

  test('is told from .proto text, and refused where it is none', () => {
    assert.equal(toProtoText('syntax = "proto3";'), 'syntax = "proto3";');
    assert.throws(() => toProtoText('AAAA'), { name: 'SchemaError', code: 'INVALID_SCHEMA' });
    assert.throws(() => protobuf({ proto: 'AAAAAAAA', message: 'M' }), { code: 'INVALID_SCHEMA' });
  });
});

test('knows the files of Google that no registry lists as references', () => {
  const paths = [
    ...['api', 'type', 'source_context', 'any', 'empty', 'field_mask'].map(
      (name) => `google/protobuf/${name}`,
    ),
    ...[
      'calendar_period',
      'color',
      'date',
      'datetime',
      'dayofweek',
      'decimal',
      'expr',
      'fraction',
      'interval',
    ].map((name) => `google/type/${name}`),
    ...[
      'latlng',
      'localized_text',
      'money',
      'month',
      'phone_number',
      'postal_address',
      'quaternion',
      'timeofday',
    ].map((name) => `google/type/${name}`),
  ];
  const proto = `syntax = "proto3"; package a; ${paths.map((path) => `import "${path}.proto";`).join(' ')}
    message M { google.protobuf.Api api = 1; google.protobuf.Type type = 2; google.protobuf.SourceContext context = 3;
      google.type.Money price = 4; google.type.Month month = 5; google.type.DateTime at = 6; google.type.PhoneNumber phone = 7; }`;
  const format = protobuf({ proto, message: 'a.M' });
  const bytes = Buffer.from('22090a034555521005180128033204080142003a060a0431323334', 'hex');
  assert.deepEqual(format.decode(bytes, source), {
    price: { currency_code: 'EUR', units: 5, nanos: 1 },
    month: 'MARCH',
    at: { year: 1, month: 0, day: 0, hours: 0, minutes: 0, seconds: 0, nanos: 0, utc_offset: '0s' },
    phone: { e164_number: '1234', extension: '' },
  });
});

describe('a message of thousands of fields', () => {
  const many = Array.from({ length: 3000 }, (_, index) => index);
  const proto = `syntax = "proto3"; package big; // message = {
    message M { enum E { Z = 0; O = 1; } ${many
      .map((index) => {
        if (index % 1000 === 500)
          return `message N${index} { M up = 1; } N${index} n${index} = ${index + 1};`;
        return index % 3 === 0
          ? `E f${index} = ${index + 1};`
          : `optional string f${index} = ${index + 1} [deprecated = true];`;
      })
      .join(
        '\n',
      )} oneof o { option (x) = { a: "}" }; ${many.map((index) => `int32 o${index} = ${index + 4000};`).join(' ')} } }`;

  test('is read as one of few, its oneofs and nested messages as well', () => {
    assert.notEqual(toShards(proto), proto);
    const format = protobuf({ proto, message: 'big.M' });
    const writer = protobufjs.Writer.create();
    writer.uint32(1 * 8).int32(1);
    writer.uint32(3000 * 8 + 2).string('last');
    writer.uint32(501 * 8 + 2).bytes(Buffer.from('0a020801', 'hex'));
    writer.uint32(4000 * 8).int32(5);
    writer.uint32(6999 * 8).int32(6);
    const value = format.decode(Buffer.from(writer.finish()), source) as Record<string, unknown>;
    assert.deepEqual(
      [value['f0'], value['f3'], value['f2999'], value['o0'], value['o2999']],
      ['O', 'Z', 'last', undefined, 6],
    );
    assert.equal((value['n500'] as { up: Record<string, unknown> }).up['f0'], 'O');
    assert.equal(Object.keys(value).filter((name) => name.includes('Shard')).length, 0);
  });

  test('is given as protobufjs reads it to tools, in one piece', () => {
    const { shape } = protobuf({ proto, message: 'big.M' });
    assert.ok(shape?.kind === 'protobuf');
    assert.equal((shape.type as protobufjs.Type).fieldsArray.length, 6000);
  });

  test('leaves texts of small messages as they are', () => {
    assert.equal(toShards(everyType), everyType);
    const enums = `enum E { ${many.map((index) => `V${index} = ${index};`).join(' ')} } message M { E e = 1; }`;
    assert.equal(toShards(enums), enums);
  });
});

test('says in which line a text does not parse, and quotes nothing of it', () => {
  const reader = protobufReader();
  assert.ok('compile' in reader);
  const text = 'syntax = "proto3";\nmessage M {\n  strange secret !\n}';
  assert.throws(
    () => reader.compile({ id: '1', dataFormat: 'PROTOBUF', text, references: [] }, 'confluent'),
    (error: Error) =>
      error.name === 'SchemaError' && /line [34]/.test(error.message) && !/secret/.test(error.message),
  );
});

test('compiles a chain of thousands of messages', () => {
  const many = Array.from(
    { length: 5000 },
    (_, index) => `message M${index} { M${(index + 1) % 5000} next = 1; }`,
  );
  const format = protobuf({ proto: `syntax = "proto3"; ${many.join(' ')}`, message: 'M0' });
  assert.deepEqual(format.decode(Buffer.from('0a020a00', 'hex'), source), { next: { next: {} } });
});
