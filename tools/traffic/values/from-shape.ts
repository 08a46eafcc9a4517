// Values that a definition's format reads, made from what the format says of itself. Own file: it loads fast-check, and only for
// those who need values made.

import fc, { type Arbitrary } from 'fast-check';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { FormatShape } from '../../../lib/index.ts';
import { fromAvroSchema } from './avro.ts';
import { fromJsonSchema } from './json-schema.ts';
import { fromProtobufType } from './protobuf.ts';

/** Values of a format, or why none can be made. */
export type MadeValues =
  /** `by`: what told their shape, for people. `make` gives the same values for the same seed. */
  | { readonly by: string; readonly make: (seed: number, count: number) => readonly unknown[] }
  | { readonly by: undefined; readonly reason: string };

/** Makes values of this shape, undefined for a format that says nothing; converters are looked for in the folder `project`. */
export async function fromShape(shape: FormatShape | undefined, project: string): Promise<MadeValues> {
  const found = await findArbitrary(shape, project);
  if ('reason' in found) return { by: undefined, reason: found.reason };
  const { by, arbitrary } = found;
  return { by, make: (seed, count) => fc.sample(arbitrary, { seed, numRuns: count }) };
}

type Found = { readonly by: string; readonly arbitrary: Arbitrary<unknown> } | { readonly reason: string };

async function findArbitrary(shape: FormatShape | undefined, project: string): Promise<Found> {
  switch (shape?.kind) {
    case 'json':
      return await fromCheck(shape.check, project);
    case 'avro':
      return { by: 'its Avro schema', arbitrary: fromAvroSchema(shape.schema) };
    case 'protobuf':
      return { by: 'its Protobuf message', arbitrary: fromProtobufType(shape.type) };
    case 'framed':
      if (shape.dataFormat === 'JSON') return await fromCheck(shape.check, project);
      if (shape.dataFormat === 'AVRO' && shape.schema !== undefined)
        return { by: "its reader's Avro schema", arbitrary: fromAvroSchema(shape.schema) };
      return { reason: 'its definition names no schema, only the registry has it' };
    case 'text':
    case 'bytes':
      return { reason: `${shape.kind}() says nothing of its values` };
    case undefined:
      return { reason: 'its format says nothing of its values' };
  }
}

async function fromCheck(check: StandardSchemaV1 | undefined, project: string): Promise<Found> {
  if (check === undefined) return { reason: 'json() has no schema' };
  const schema = await toJsonSchema(check, project);
  const { vendor } = check['~standard'];
  return schema === undefined
    ? { reason: `${vendor} gives no JSON Schema of it` }
    : { by: `its ${vendor} schema`, arbitrary: fromJsonSchema(schema) };
}

const target = 'draft-2020-12';

/** By Standard Schema's own converter, by a method of the schema, or by the vendor's function. */
async function toJsonSchema(check: StandardSchemaV1, project: string): Promise<unknown> {
  const standard = check['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>;
  const byMethod = (check as { readonly toJsonSchema?: () => unknown }).toJsonSchema;
  try {
    // What JSON cannot hold, a Date for one, is left open: the schema's own check decides.
    if (standard.jsonSchema !== undefined)
      return standard.jsonSchema.input({ target, libraryOptions: { unrepresentable: 'any' } });
    if (typeof byMethod === 'function') return byMethod.call(check);
    return await byVendor(standard.vendor, check, project);
  } catch {
    // A schema with a part that the converter refuses: then its shape is not known.
    return undefined;
  }
}

type Convert = (schema: unknown, options: object) => unknown;

/** Libraries whose converter is a function of its own, as the project has them installed. */
async function byVendor(vendor: string, check: StandardSchemaV1, project: string): Promise<unknown> {
  const load = async (name: string): Promise<Readonly<Record<string, Convert | undefined>>> => {
    const path = createRequire(join(project, 'package.json')).resolve(name);
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, Convert | undefined>>;
  };
  if (vendor === 'zod')
    return (await load('zod/v4/core'))['toJSONSchema']?.(check, { io: 'input', unrepresentable: 'any' });
  if (vendor === 'valibot')
    return (await load('@valibot/to-json-schema'))['toJsonSchema']?.(check, {
      errorMode: 'ignore',
      typeMode: 'input',
    });
  return undefined;
}
