import assert from 'node:assert/strict';
import { test } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { parseAvroSchema } from '../../../lib/format/avro/schema.ts';
import { encodeAvro } from '../../../lib/testing/avro-encoder.ts';

const schema = {
  type: 'record',
  name: 'Node',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'count', type: 'int' },
    { name: 'total', type: 'long' },
    { name: 'ratio', type: 'float' },
    { name: 'exact', type: 'double' },
    { name: 'raw', type: 'bytes' },
    { name: 'text', type: 'string' },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'SHUT'] } },
    { name: 'names', type: { type: 'map', values: 'int' } },
    { name: 'kids', type: { type: 'array', items: 'Node' } },
    { name: 'choice', type: ['null', 'string', 'double'] },
  ],
} as const;

const { node } = fc.letrec<{ node: object }>((tie) => ({
  node: fc.record({
    flag: fc.boolean(),
    count: fc.integer(),
    total: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), // avsc rounds beyond
    ratio: fc.float(),
    exact: fc.double(),
    raw: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    text: fc.string({ unit: 'grapheme' }),
    hash: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    state: fc.constantFrom('OPEN', 'SHUT'),
    names: fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
    kids: fc.array(tie('node'), { maxLength: 2 }),
    choice: fc.oneof(fc.constant(null), fc.string(), fc.double()),
  }),
}));

test('writes the bytes that avsc writes', () => {
  const reference = avsc.Type.forSchema(schema as never, { wrapUnions: false });
  const parsed = parseAvroSchema(schema);
  fc.assert(
    fc.property(node, (value) => {
      assert.deepEqual(encodeAvro(parsed, value, 'value'), reference.toBuffer(value));
    }),
    { numRuns: 100 },
  );
});
