// Values made from a JSON Schema are ones that it describes: checked by the libraries whose schemas they were made from.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { z } from 'zod';
import { fromJsonSchema } from '../../../../tools/traffic/values/json-schema.ts';

const sample = (schema: unknown, count = 100): readonly unknown[] =>
  fc.sample(fromJsonSchema(schema), { seed: 7, numRuns: count });

type Tree = { readonly name: string; readonly children: readonly Tree[] };
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));

const schemas: Readonly<Record<string, z.ZodType>> = {
  'plain fields': z.object({ id: z.string(), cents: z.number(), isPaid: z.boolean(), nothing: z.null() }),
  'bounds of numbers': z.object({
    a: z.int().min(-5).max(-2),
    b: z.number().min(0.25).max(0.75),
    c: z.int().positive(),
    d: z.number().gt(1_000_000),
    e: z.int().multipleOf(7),
  }),
  'bounds of texts': z.object({
    a: z.string().min(30),
    b: z.string().max(2),
    c: z.string().length(5),
    d: z.string().length(0),
  }),
  patterns: z.object({ sku: z.string().regex(/^[A-Z]{3}-\d{4}$/), either: z.string().regex(/^(?:yes|no)$/) }),
  formats: z.object({
    email: z.email(),
    url: z.url(),
    uuid: z.uuid(),
    at: z.iso.datetime(),
    day: z.iso.date(),
    ipv4: z.ipv4(),
    ipv6: z.ipv6(),
    base64: z.base64(),
  }),
  'enums, literals and what may be absent': z.object({
    status: z.enum(['placed', 'paid']),
    version: z.literal(3),
    note: z.string().optional(),
    maybe: z.string().nullable(),
    either: z.union([z.int(), z.string()]),
  }),
  'one of several shapes': z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('card'), last4: z.string().length(4) }),
    z.object({ kind: z.literal('cash') }),
  ]),
  'lists and records': z.object({
    list: z.array(z.int()).min(2).max(4),
    pair: z.tuple([z.string(), z.int()]),
    byName: z.record(z.string(), z.number()),
  }),
  'schemas that are put together': z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })),
  'schemas that contain themselves': tree,
  'strict objects': z.strictObject({ a: z.string() }),
};

for (const [name, schema] of Object.entries(schemas)) {
  test(`makes values with ${name}`, () => {
    const values = sample(z.toJSONSchema(schema));
    for (const value of values) assert.ok(schema.safeParse(value).success, JSON.stringify(value));
    assert.deepEqual(values, sample(z.toJSONSchema(schema)), 'the same for the same seed');
  });
}

test('makes something of a schema that says nothing, or what this cannot follow', () => {
  for (const schema of [
    true,
    {},
    { type: 'object', not: {} },
    { $ref: '#/nowhere' },
    { type: 'string', pattern: '(?<=a)b' },
  ])
    assert.equal(sample(schema, 5).length, 5);
});
