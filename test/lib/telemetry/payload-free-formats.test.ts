// No byte of a record reaches a log line when it cannot be opened, whatever its format and packing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { fc } from '../../support/property.ts';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { compressFrameSync } from 'lz4-napi';
import { z } from 'zod';

import {
  avro,
  avroReader,
  bytes,
  confluent,
  FormatError,
  glue,
  json,
  jsonReader,
  text,
  type Format,
  type SchemaRegistry,
} from '../../../lib/index.ts';
import { markOurs } from '../../../lib/format/format.ts';
import { protobuf, protobufReader } from '../../../lib/format/protobuf.ts';
import { formsIn, marker } from '../../support/marker.ts';
import { assertClean, printedBy } from '../../support/printed-by.ts';

// It knows every id, those that are payload among them, and its messages are logged as our own are.
const registry = (schema: string | undefined, dataFormat: 'AVRO' | 'PROTOBUF'): SchemaRegistry =>
  markOurs({
    name: 'the registry',
    fetchSchema: async (id: string) => {
      await Promise.resolve();
      if (schema === undefined) throw new Error(`no ${id} for ${marker}`);
      return { id, dataFormat, text: schema, references: [] };
    },
  });
const avroSchema = {
  type: 'record',
  name: 'Planted',
  fields: [
    { name: 'a', type: 'string' },
    {
      name: 'b',
      type: { type: 'map', values: ['null', 'long', { type: 'enum', name: 'E', symbols: ['X'] }] },
    },
    { name: 'c', type: { type: 'array', items: 'int' } },
  ],
} as const;
const proto =
  'syntax = "proto3"; message P { string name = 1; map<string, int64> m = 2; P p = 3; message Q { bytes b = 1; } }';
const toSchema = (validate: StandardSchemaV1.Props['validate']): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate },
});
const schemas = {
  strict: z.strictObject({ text: z.object({ x: z.number() }) }),
  map: z.record(z.string(), z.record(z.string(), z.number())),
  refined: z.any().refine(() => false, { message: marker }),
  thrower: z.any().transform((value) => {
    throw new Error(JSON.stringify(value));
  }),
  later: toSchema(async (value) => {
    await Promise.resolve();
    throw new Error(JSON.stringify(value));
  }),
  deep: toSchema((value) => {
    const recurse = (depth: number): number => recurse(depth + 1) + 1;
    return { value: [value, recurse(0)] };
  }),
  odd: toSchema((value) => value as never),
};

const formats: Readonly<Record<string, Format<unknown>>> = {
  text: text(),
  bytes: bytes(),
  json: json(),
  ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`json, ${name}`, json(schema)])),
  avro: avro(avroSchema),
  'avro, bigints and schema': avro(avroSchema, { longs: 'bigint', schema: schemas.strict }),
  protobuf: protobuf({ proto, message: 'P' }),
  'confluent json': confluent({ reader: jsonReader() }),
  'confluent avro': confluent({
    reader: avroReader(),
    registry: registry(JSON.stringify(avroSchema), 'AVRO'),
  }),
  'confluent protobuf': confluent({ reader: protobufReader(), registry: registry(proto, 'PROTOBUF') }),
  'confluent, other language': confluent({ reader: avroReader(), registry: registry(proto, 'PROTOBUF') }),
  'confluent, no schema': confluent({ reader: avroReader(), registry: registry('not a schema', 'AVRO') }),
  'confluent, registry that fails': confluent({
    reader: avroReader(),
    registry: registry(undefined, 'AVRO'),
  }),
  'glue avro': glue({ reader: avroReader(), registry: registry(JSON.stringify(avroSchema), 'AVRO') }),
  'glue protobuf': glue({ reader: protobufReader(), registry: registry(proto, 'PROTOBUF') }),
  "confluent, a user's registry": confluent({
    reader: avroReader(),
    registry: {
      name: marker,
      fetchSchema: (id) => Promise.reject(new FormatError('UNKNOWN_SCHEMA', `no ${id} for ${marker}`)),
    },
  }),
  "a user's": {
    name: 'own',
    decode: (view) => {
      throw new FormatError('CORRUPT', view.toString(), [view.toString()]);
    },
  },
};

const packers: readonly ((value: Buffer) => Buffer)[] = [
  (value) => value,
  gzipSync,
  deflateSync,
  deflateRawSync,
  brotliCompressSync,
  zstdCompressSync,
  compressFrameSync,
];
// Beginnings of everything that is recognized by its first bytes, and of framed values.
const beginnings = [
  '',
  '00',
  '0000000001',
  '000000000100',
  '0300',
  '0305',
  '030000112233445566778899aabbccddeeff',
  '1f8b0800',
  '789c',
  '04224d18',
  '28b52ffd',
  'ff060000734e61507059',
  '82534e41505059',
  '4c5a34426c6f636b',
  '02184c2a',
  'efbbbf',
  '4f626a01',
];
const encodings = [
  '',
  'gzip',
  'deflate',
  'zlib',
  'br',
  'zstd',
  'lz4',
  'lz4-block',
  'lz4-java',
  'snappy',
  'x-snappy-framed',
  'base64',
  'gzip, base64',
  marker,
];

const values = fc
  .record({
    beginning: fc.constantFrom(...beginnings),
    noise: fc.uint8Array({ maxLength: 6 }),
    inside: fc.constantFrom(
      marker,
      JSON.stringify(marker),
      `{"text":{"x":"${marker}","${marker}":1}}`,
      `{"${marker}":{"${marker}":"x"}}`,
      marker.repeat(300),
    ),
    pack: fc.constantFrom(...packers),
    cut: fc.constantFrom(0, 0, 0, 1, 5),
  })
  .map(({ beginning, noise, inside, pack, cut }) => {
    const packed = Buffer.concat([Buffer.from(beginning, 'hex'), noise, pack(Buffer.from(inside))]);
    return packed.subarray(0, packed.length - cut);
  });

describe('what cannot be opened', () => {
  for (const [what, format] of Object.entries(formats)) {
    test(`is logged without its bytes: ${what}`, async () => {
      let failed = 0;
      await fc.assert(
        fc.asyncProperty(
          values,
          fc.constantFrom(...encodings),
          fc.boolean(),
          async (value, encoding, isKey) => {
            const headers = encoding === '' ? [] : ([['content-encoding', encoding]] as const);
            const record = { offset: 0, value: isKey ? '1' : value, key: isKey ? value : marker, headers };
            const definition = isKey
              ? { key: format }
              : { value: format, limits: { maxDecompressedBytesPerRecord: 5000 } };
            const printed = await printedBy(definition, { record: () => undefined }, [record]);
            assert.deepEqual(formsIn(printed), [], printed);
            if (printed.includes('"error":{')) failed++;
          },
        ),
        { numRuns: 150 },
      );
      assert.ok(failed > 0, 'nothing failed');
    });
  }

  test('tells the path and the code of a mismatch, and no name that the schema does not have', async () => {
    const schema = z.object({
      items: z.array(z.object({ sku: z.string() })),
      prices: z.record(z.string(), z.number()),
    });
    const value = JSON.stringify({ items: [{ sku: 'a' }, { sku: 7 }], prices: { [marker]: marker } });
    const printed = await printedBy({ value: json(schema) }, { record: () => undefined }, [
      { offset: 0, value },
    ]);
    assertClean(printed, 'mismatch');
    assert.match(printed, /got 2 issues \(items\.1\.sku: invalid_type, prices\.\*: invalid_type\)/);
  });

  test('tells no name that a validator has kept, whichever way values come to it', async () => {
    const kept: unknown[] = [];
    const keeping = {
      kept,
      '~standard': {
        version: 1,
        vendor: 'test',
        validate(value: unknown) {
          kept.push(value);
          return { issues: [{ message: 'no', path: Object.keys(value as object) }] };
        },
      },
    } as const;
    const value = JSON.stringify({ [marker]: 1 });
    const packed = compressFrameSync(Buffer.from(value));
    const printed = await printedBy({ value: json(keeping) }, { record: () => undefined }, [
      { offset: 0, value },
      { offset: 1, value: packed },
    ]);
    assertClean(printed, 'kept');
    assert.equal(kept.length, 2);
  });
});
