// What a schema's id may be: bytes of a record that is no framed one. It stands in the dead letter alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '../../../../lib/format/format-error.ts';
import { isOurs } from '../../../../lib/format/format.ts';
import { Pending } from '../../../../lib/format/pending.ts';
import { avroReader, confluent, glue, jsonReader, type Format } from '../../../../lib/index.ts';
import { confluentRegistry } from '../../../../lib/format/registry/confluent-client.ts';
import { glueRegistry } from '../../../../lib/format/registry/glue-client.ts';
import { schemaRegistry } from '../../../../lib/testing/schema-registry.ts';
import { createSource } from '../../../support/format-source.ts';
import { frameConfluent } from './framing.ts';

const id = 16_909_060;
const uuid = '01020304-0506-4708-890a-0b0c0d0e0f10';
const proto = 'syntax = "proto3"; message M { string s = 1; }';
const reader = avroReader();

/** What a value is refused with, once its schema is there. */
async function refusal(format: Format<unknown>, bytes: Buffer): Promise<FormatError> {
  const pending = format.decode(bytes, createSource());
  assert.ok(pending instanceof Pending);
  await pending.ready;
  try {
    format.decode(bytes, createSource());
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  return assert.fail('decoded');
}

test('an id that was read from the record is among the issues, and not in the message', async () => {
  const framed = frameConfluent(id, Buffer.from('x'));
  const ofGlue = Buffer.concat([Buffer.from([3, 0]), Buffer.from(uuid.replaceAll('-', ''), 'hex')]);
  const cases: readonly (readonly [Format<unknown>, Buffer, string, string])[] = [
    [
      confluent({ reader, registry: schemaRegistry('PROTOBUF', { [id]: proto }) }),
      framed,
      'SCHEMA_MISMATCH',
      `${id}`,
    ],
    [
      confluent({ reader, registry: schemaRegistry('AVRO', { [id]: '{' }) }),
      framed,
      'INVALID_SCHEMA',
      `${id}`,
    ],
    [confluent({ reader, registry: schemaRegistry('AVRO', {}) }), framed, 'UNKNOWN_SCHEMA', `${id}`],
    [
      glue({ reader, registry: schemaRegistry('PROTOBUF', { [uuid]: proto }) }),
      ofGlue,
      'SCHEMA_MISMATCH',
      uuid,
    ],
    [glue({ reader, registry: schemaRegistry('AVRO', { [uuid]: '{' }) }), ofGlue, 'INVALID_SCHEMA', uuid],
  ];
  for (const [format, bytes, code, shown] of cases) {
    const error = await refusal(format, bytes);
    assert.deepEqual([error.code, error.issues], [code, [`schema id ${shown}`]]);
    assert.ok(!error.message.includes(shown), error.message);
  }
});

test("a format is ours where its reader and its registry are: a user's may say anything", () => {
  const registry = { name: 'own', fetchSchema: () => Promise.reject(new FormatError('UNKNOWN_SCHEMA', 'x')) };
  assert.equal(isOurs(confluent({ reader, registry })), false);
  assert.equal(isOurs(glue({ reader, registry })), false);
  // It is asked nothing.
  assert.equal(isOurs(confluent({ reader: jsonReader(), registry })), true);
  for (const ours of [confluentRegistry(), glueRegistry(), schemaRegistry('AVRO', {})])
    assert.equal(isOurs(confluent({ reader, registry: ours })), true);
  const readerOfUser = { dataFormat: 'JSON', read: (bytes: Buffer) => bytes.length } as const;
  assert.equal(isOurs(confluent({ reader: readerOfUser, registry: confluentRegistry() })), false);
});
