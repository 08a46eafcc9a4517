// Values of every Avro type, and avsc to write them. Own file: the tests and the fuzz targets both take them.

import avsc from 'avsc';
import { fc } from '../../../support/property.ts';

/** A schema as an object. */
export type Schema = avsc.Schema & object;

/** avsc's type of a schema; its unions give the bare value, as ours do. */
export function toType(schema: Schema): avsc.Type {
  return avsc.Type.forSchema(schema, { wrapUnions: false });
}

/** An Avro record with a field of every type, which may hold itself. */
export const order: Schema = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'count', type: 'int' },
    { name: 'total', type: 'long' },
    { name: 'weight', type: 'float' },
    { name: 'price', type: 'double' },
    { name: 'isPaid', type: 'boolean' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'blob', type: 'bytes' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'SHUT'] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'attributes', type: { type: 'map', values: 'long' } },
    { name: 'parts', type: { type: 'array', items: ['null', 'Order', 'int'] } },
  ],
};

const text = fc.string({ unit: 'binary', maxLength: 20 });
const bytesOf = (options: fc.IntArrayConstraints): fc.Arbitrary<Buffer> =>
  fc.uint8Array(options).map((bytes) => Buffer.from(bytes));
const tied = fc.letrec<{ order: Record<string, unknown> }>((tie) => ({
  order: fc.record(
    {
      id: text,
      count: fc.integer(),
      total: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
      weight: fc.float({ noNaN: true }),
      price: fc.double({ noNaN: true }),
      isPaid: fc.boolean(),
      note: fc.option(text),
      hash: bytesOf({ minLength: 4, maxLength: 4 }),
      blob: bytesOf({ maxLength: 10 }),
      state: fc.constantFrom('OPEN', 'SHUT'),
      tags: fc.array(text, { maxLength: 4 }),
      attributes: fc.dictionary(
        text.filter((name) => name !== '__proto__'),
        fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
        { maxKeys: 3, noNullPrototype: true },
      ),
      parts: fc.array(fc.oneof({ maxDepth: 2 }, fc.constant(null), fc.integer(), tie('order')), {
        maxLength: 2,
      }),
    },
    { noNullPrototype: true },
  ),
}));

/** Any value of it. */
export const anyOrder: fc.Arbitrary<Record<string, unknown>> = tied.order;
