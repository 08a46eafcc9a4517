// Values made from Avro and Protobuf schemas that contain themselves come to an end, and are ones that the encoder takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { avro } from '../../../../lib/format/avro.ts';
import { protobuf } from '../../../../lib/format/protobuf.ts';
import { encode } from '../../../../lib/testing/value-encoder.ts';
import { fromAvroSchema } from '../../../../tools/traffic/values/avro.ts';
import { fromProtobufType } from '../../../../tools/traffic/values/protobuf.ts';

test('follows an Avro record into itself, through unions, lists and maps', () => {
  const tree = {
    type: 'record',
    name: 'Tree',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'left', type: ['null', 'Tree'] },
      { name: 'others', type: { type: 'array', items: 'Tree' } },
      { name: 'byName', type: { type: 'map', values: 'Tree' } },
    ],
  };
  for (const value of fc.sample(fromAvroSchema(tree), { seed: 1, numRuns: 50 }))
    assert.ok(encode(avro(tree), 'value', value, {}));
});

test('follows a Protobuf message into itself', () => {
  const proto = `syntax = "proto3"; message Tree { string name = 1; Tree left = 2; repeated Tree others = 3; map<string, Tree> by = 4; }`;
  const format = protobuf({ proto, message: 'Tree' });
  assert.ok(format.shape?.kind === 'protobuf');
  for (const value of fc.sample(fromProtobufType(format.shape.type), { seed: 1, numRuns: 50 }))
    assert.ok(encode(format, 'value', value, {}));
});
