// Fields whose names every object inherits: `constructor` is a field like any other, and Object stays as it is.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { avro } from '../../../lib/format/avro.ts';
import { protobuf } from '../../../lib/format/protobuf.ts';
import { encode } from '../../../lib/testing/value-encoder.ts';
import { schemaRegistry } from '../../../lib/testing/schema-registry.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource();
const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'];

/** A part of field 1 that holds a text in its own field 1. */
const named = Buffer.from([0x0a, 3, 0x0a, 1, 0x41]);

/** Decodes by a schema whose message M is given. */
function open(body: string, bytes: Buffer): unknown {
  const proto = `syntax = "proto2"; import "google/protobuf/timestamp.proto"; message M { ${body} } message Team { optional string of = 1; }`;
  return protobuf({ proto, message: 'M' }).decode(bytes, source);
}

for (const name of names) {
  describe(`a field ${name}`, () => {
    test('holds its own message, a text, a list or a map', () => {
      const before = Object.getOwnPropertyNames(Object);
      assert.deepEqual(open(`optional Team ${name} = 1;`, named), { [name]: { of: 'A' } });
      assert.deepEqual(Object.getOwnPropertyNames(Object), before);
      assert.deepEqual(open(`optional bytes ${name} = 1;`, named), { [name]: named.subarray(2) });
      assert.deepEqual(open(`repeated Team ${name} = 1;`, named), { [name]: [{ of: 'A' }] });
      assert.deepEqual(open(`map<string, string> ${name} = 1;`, named), { [name]: { A: '' } });
    });

    test('is absent where it is not written', () => {
      const none = Buffer.alloc(0);
      assert.throws(() => open(`required string ${name} = 1;`, none), { code: 'SCHEMA_MISMATCH' });
      assert.deepEqual(open(`optional google.protobuf.Timestamp ${name} = 1;`, none), {});
      assert.deepEqual(open(`oneof o { Team ${name} = 2; Team b = 1; }`, named), { b: { of: 'A' } });
    });

    test('is read and written by Avro, its default included', () => {
      const type = { type: 'record', name: 'R', fields: [{ name, type: 'int', default: 7 }] };
      const empty = { type: 'record', name: 'R', fields: [] };
      assert.deepEqual(avro(empty, { reader: type }).decode(Buffer.alloc(0), source), { [name]: 7 });
      assert.deepEqual(encode(avro(type), 'value', {}, {}), Buffer.from([14]));
    });

    test('is written by the test kit only where it is given', () => {
      const proto = `syntax = "proto3"; message M { Team ${name} = 1; } message Team { string of = 1; }`;
      const format = protobuf({ proto, message: 'M' });
      assert.deepEqual(encode(format, 'value', {}, {}), Buffer.alloc(0));
      assert.deepEqual(encode(format, 'value', { [name]: { of: 'A' } }, {}), named);
    });
  });
}

test('a map whose keys are of a type that does not exist is refused, whatever its name', () => {
  const entry =
    'message E { option map_entry = true; optional constructor key = 1; optional string value = 2; }';
  const body = `repeated E e = 1; ${entry} message constructor { optional string s = 1; }`;
  assert.throws(() => open(body, named), { code: 'INVALID_SCHEMA' });
});

test('a registry of tests has no schema `constructor`', async () => {
  await assert.rejects(schemaRegistry('AVRO', {}).fetchSchema('constructor'), { code: 'UNKNOWN_SCHEMA' });
});
