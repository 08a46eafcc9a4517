// Schema ids and GUIDs where Confluent's serializers put them since version 8: in headers, or in a longer prefix.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  avroReader,
  confluent,
  jsonReader,
  type Format,
  type SchemaRegistry,
} from '../../../../lib/index.ts';
import { openWhenReady } from '../../../../lib/format/pending.ts';
import { protobufReader } from '../../../../lib/format/protobuf.ts';
import { createSource } from '../../../support/format-source.ts';
import { frameConfluent, toIndexPath } from './framing.ts';

const guid = '89791762-2336-4186-9674-299b90a802e2';
const guidHeader = Buffer.concat([Buffer.of(1), Buffer.from(guid.replaceAll('-', ''), 'hex')]);
const asked: string[] = [];

function registry(dataFormat: 'AVRO' | 'PROTOBUF', text: string): SchemaRegistry {
  return {
    name: 'the registry',
    fetchSchema(id) {
      asked.push(id);
      return Promise.resolve({ id, dataFormat, text, references: [] });
    },
  };
}

function open(
  format: Format<unknown>,
  bytes: Buffer,
  headers: Readonly<Record<string, Buffer>>,
  part: 'key' | 'value' = 'value',
): Promise<unknown> {
  const source = createSource(undefined, { part, header: (name) => headers[name] });
  return openWhenReady(
    () => format.decode(bytes, source),
    () => 1000,
  );
}

const avro = confluent({ reader: avroReader(), registry: registry('AVRO', '"string"') });
const value = Buffer.from('\u0006abc');

test('reads a value with the schema that a header names, by its GUID or its id', async () => {
  asked.length = 0;
  assert.equal(await open(avro, value, { __value_schema_id: guidHeader }), 'abc');
  assert.equal(await open(avro, value, { __value_schema_id: frameConfluent(7, Buffer.alloc(0)) }), 'abc');
  assert.equal(await open(avro, value, { __key_schema_id: guidHeader }, 'key'), 'abc');
  assert.deepEqual(asked, [guid, '7']);
  // A value of its own may start like a prefix.
  const zeros = Buffer.alloc(5);
  await assert.rejects(open(avro, zeros, { __value_schema_id: guidHeader }), { code: 'CORRUPT' });
});

test('reads a prefix of an id or a GUID where there is no header of its own', async () => {
  assert.equal(await open(avro, Buffer.concat([guidHeader, value]), {}), 'abc');
  assert.equal(await open(avro, frameConfluent(7, value), { __key_schema_id: guidHeader }), 'abc');
  await assert.rejects(open(avro, value, {}), { code: 'NOT_FRAMED' });
  for (const header of [Buffer.alloc(0), Buffer.of(2, 1, 2, 3, 4), guidHeader.subarray(0, 16)])
    await assert.rejects(open(avro, frameConfluent(7, value), { __value_schema_id: header }), {
      code: 'NOT_FRAMED',
    });
});

test("takes Protobuf's message indexes from the header that has the id, and JSON as it is", async () => {
  const text = 'syntax = "proto3"; message A { string a = 1; } message B { message C { string c = 1; } }';
  const format = confluent({ reader: protobufReader(), registry: registry('PROTOBUF', text) });
  const bytes = Buffer.from('\n\u0001x');
  const inHeader = Buffer.concat([guidHeader, toIndexPath([1, 0])]);
  assert.deepEqual(await open(format, bytes, { __value_schema_id: inHeader }), { c: 'x' });
  assert.deepEqual(await open(format, Buffer.concat([guidHeader, Buffer.of(0), bytes]), {}), { a: 'x' });
  const json = confluent({ reader: jsonReader(), registry: registry('AVRO', '') });
  assert.deepEqual(await open(json, Buffer.from('{"a":1}'), { __value_schema_id: guidHeader }), { a: 1 });
});
