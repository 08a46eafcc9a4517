// Every format says what its values are, so that a tool can write them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { avro, avroReader } from '../../../../lib/format/avro.ts';
import { bytes } from '../../../../lib/format/bytes.ts';
import { confluent } from '../../../../lib/format/registry/confluent.ts';
import { glue } from '../../../../lib/format/registry/glue.ts';
import { json, jsonReader } from '../../../../lib/format/json.ts';
import { protobuf, protobufReader } from '../../../../lib/format/protobuf.ts';
import { text } from '../../../../lib/format/text.ts';

const check = z.object({ id: z.string() });
const schema = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] } as const;

test('a format names its schema, and the schema that checks its values', () => {
  assert.deepEqual(json().shape, { kind: 'json', check: undefined });
  assert.deepEqual(json(check).shape, { kind: 'json', check });
  assert.deepEqual(text().shape, { kind: 'text' });
  assert.deepEqual(bytes().shape, { kind: 'bytes' });
  assert.deepEqual(avro(schema, { schema: check }).shape, { kind: 'avro', schema, check });
  const proto = 'syntax = "proto3"; message Order { string id = 1; }';
  const { shape } = protobuf({ proto, message: 'Order', schema: check });
  assert.ok(shape?.kind === 'protobuf' && shape.check === check);
  assert.equal((shape.type as { readonly name: string }).name, 'Order');
});

test('a framed format names its framing, and the schema that its reader expects', () => {
  const framed = { kind: 'framed', schema: undefined, check: undefined };
  const reader = avroReader({ reader: schema });
  assert.deepEqual(confluent({ reader, schema: check }).shape, {
    ...framed,
    framing: 'confluent',
    dataFormat: 'AVRO',
    schema,
    check,
  });
  assert.deepEqual(confluent({ reader: jsonReader() }).shape, {
    ...framed,
    framing: 'confluent',
    dataFormat: 'JSON',
  });
  assert.deepEqual(glue({ reader: protobufReader() }).shape, {
    ...framed,
    framing: 'glue',
    dataFormat: 'PROTOBUF',
  });
});
