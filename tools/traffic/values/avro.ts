// Values that an Avro schema describes, as the decoder gives them and the encoder takes them.

import fc, { type Arbitrary } from 'fast-check';
import type { Logical } from '../../../lib/format/avro/logical.ts';
import { parseAvroSchema, type AvroNode, type AvroSchema } from '../../../lib/format/avro/schema.ts';
import { word } from './word.ts';

const maxDepth = 4;
const small = fc.integer({ min: 0, max: 1000 });

/** Makes values of a schema. @throws SchemaError `INVALID_SCHEMA` */
export function fromAvroSchema(schema: unknown): Arbitrary<unknown> {
  return toArbitrary(parseAvroSchema(schema as AvroSchema), 0);
}

function toArbitrary(node: AvroNode, depth: number): Arbitrary<unknown> {
  const inner = depth + 1;
  switch (node.kind) {
    case 'record':
      return fc.record(
        Object.fromEntries(node.fields.map(({ name, node: field }) => [name, toArbitrary(field, inner)])),
        { noNullPrototype: true },
      );
    case 'array':
      // In the depth not even made: what its items are may lead back here.
      if (depth >= maxDepth) return fc.constant([]);
      return fc.array(toArbitrary(node.items, inner), { maxLength: 3 });
    case 'map':
      if (depth >= maxDepth) return fc.constant({});
      return fc.dictionary(word, toArbitrary(node.values, inner), { maxKeys: 3, noNullPrototype: true });
    case 'union': {
      const simple = node.branches.filter(
        (branch) => !['record', 'array', 'map', 'union'].includes(branch.kind),
      );
      const branches = depth >= maxDepth && simple.length > 0 ? simple : node.branches;
      return fc.oneof(...branches.map((branch) => toArbitrary(branch, inner)));
    }
    case 'enum':
      return fc.constantFrom(...node.symbols);
    default:
      return toScalar(node);
  }
}

function toScalar(node: Extract<AvroNode, { readonly logical: unknown }>): Arbitrary<unknown> {
  if (node.logical !== undefined) return logicals[node.logical.name](node.logical);
  switch (node.kind) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
    case 'long':
      return small;
    case 'float':
      // Quarters are exact in four bytes.
      return small.map((count) => count / 4);
    case 'double':
      return fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100);
    case 'string':
      return word;
    case 'bytes':
      return word.map((text) => Buffer.from(text));
    case 'fixed':
      return fc.uint8Array({ minLength: node.size, maxLength: node.size });
  }
}

const moment = fc.integer({ min: 0, max: 364 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day)));

/** Logical types whose values are not those of the type beneath. */
const logicals: Readonly<Record<Logical['name'], (logical: Logical) => Arbitrary<unknown>>> = {
  date: () => moment.map((date) => date.toISOString().slice(0, 10)),
  'timestamp-millis': () => moment,
  nanos: () => moment.map((date) => BigInt(date.getTime()) * 1_000_000n),
  'uuid-bytes': () => fc.uuid(),
  duration: () => fc.record({ months: small, days: small, milliseconds: small }, { noNullPrototype: true }),
  decimal: (logical) => {
    const scale = logical.name === 'decimal' ? logical.scale : 0;
    // One digit fits whatever precision the schema has.
    return fc
      .integer({ min: 0, max: 9 })
      .map((digit) => (scale === 0 ? String(digit) : `0.${String(digit).padStart(scale, '0')}`));
  },
};
