// A fuzz target per format: a FormatError that quotes nothing, or a value inside the bound that shares no memory with
// its bytes and that the format's reference library understands in the same way.

import assert from 'node:assert/strict';
import { serialize } from 'node:v8';
import avsc from 'avsc';
import { fc } from '../support/property.ts';
import { avro, avroReader } from '../../lib/format/avro.ts';
import { confluent } from '../../lib/format/registry/confluent.ts';
import { FormatError } from '../../lib/format/format-error.ts';
import type { Format } from '../../lib/format/format.ts';
import { glue } from '../../lib/format/registry/glue.ts';
import { json, jsonReader } from '../../lib/format/json.ts';
import { openWhenReady } from '../../lib/format/pending.ts';
import { protobuf, protobufReader } from '../../lib/format/protobuf.ts';
import type { RegisteredSchema, SchemaRegistry } from '../../lib/format/registry/registry.ts';
import { anyOrder, order, toType } from '../lib/format/avro/order.ts';
import { frameConfluent, frameGlue, toIndexPath } from '../lib/format/registry/framing.ts';
import { anyAll, proto, write } from '../lib/format/protobuf/all-types.ts';
import type { Target } from './fuzzing.ts';
import { createSource } from '../support/format-source.ts';

// Small, so that bytes which grow to many objects are refused within a fuzz run's inputs.
const maxBytes = 8_192;
const maxSlots = (16 * maxBytes) / 8;
const source = createSource(maxBytes);
/** In each seed's text; no error may hold it. */
const secret = 'hunter2';

const avroType = toType(order);
/** With avsc's own `long` the integers from -2^53 to -2^52 lose their sign (5.7.9). */
const exactType = avsc.Type.forSchema(order, {
  wrapUnions: false,
  registry: {
    long: avsc.types.LongType.__with({
      fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
      toBuffer: (value: bigint) => Buffer.from(BigInt64Array.of(value).buffer),
      fromJSON: BigInt,
      toJSON: String,
      isValid: (value: unknown) => typeof value === 'bigint',
      compare: (a: bigint, b: bigint) => Number(a > b) - Number(a < b),
    }),
  },
});
/** The order as a later reader wants it: fields renamed, promoted, left out and added. */
const evolved = {
  ...order,
  fields: [
    { name: 'orderId', aliases: ['id'], type: 'string' },
    { name: 'count', type: 'double' },
    { name: 'total', type: 'long' },
    { name: 'attributes', type: { type: 'map', values: 'float' } },
    { name: 'blob', type: 'string' },
    { name: 'source', type: 'string', default: 'unknown' },
  ],
};
const sample = { seed: 1, numRuns: 40 };
const avroSeeds = fc
  .sample(anyOrder, sample)
  .map((value) => Buffer.from(avroType.toBuffer({ ...value, id: secret })));
const messageFormat = protobuf({ proto, message: 'shop.All' });
const protobufSeeds = fc
  .sample(anyAll, sample)
  .map((value) => write('shop.All', { ...value, a_string: secret }));
const knownSeeds = [
  {
    at: { seconds: 1_795_348_800, nanos: 5000 },
    took: { seconds: -1, nanos: -5000 },
    name: { value: secret },
  },
  { data: { fields: { n: { nullValue: 0 }, l: { listValue: { values: [{ numberValue: 1.5 }, {}] } } } } },
  { big: { value: 7 }, any: { type_url: 't/x', value: Buffer.from('v') }, times: [{}, { seconds: -1 }] },
].map((value) => write('shop.Known', value));
const jsonSeeds = fc
  .sample(fc.json(), sample)
  .map((text) => Buffer.from(`{"${secret}":[${text},"\u00e9\\u0041",-1.5e-7]}`));

/** The ids of the registered schemas, as Confluent and as Glue count. */
const ids = { avro: 1, protobuf: 2 } as const;
const uuids = {
  avro: '00000000-0000-4000-8000-000000000001',
  protobuf: '00000000-0000-4000-8000-000000000002',
} as const;

const registry: SchemaRegistry = {
  name: 'registry of the fuzz target',
  fetchSchema(id) {
    const found: Omit<RegisteredSchema, 'id'> | undefined =
      id === String(ids.avro) || id === uuids.avro
        ? { dataFormat: 'AVRO', text: JSON.stringify(order), references: [] }
        : id === String(ids.protobuf) || id === uuids.protobuf
          ? { dataFormat: 'PROTOBUF', text: proto, references: [] }
          : undefined;
    if (found !== undefined) return Promise.resolve({ id, ...found });
    return Promise.reject(new FormatError('UNKNOWN_SCHEMA', `registry has no schema ${id}`));
  },
};

/** The targets by name. */
export const formatTargets: Readonly<Record<string, () => Target>> = {
  json: () => toTarget([json()], jsonSeeds),
  avro: () =>
    toTarget([avro(order, { longs: 'bigint' }), avro(order, { reader: evolved })], avroSeeds, readAsAvsc),
  protobuf: () =>
    toTarget(
      [messageFormat, protobuf({ proto, message: 'shop.Known', longs: 'bigint' })],
      [...protobufSeeds, ...knownSeeds],
      writeAsProtobufjs,
    ),
  confluent: () =>
    toTarget(
      [
        confluent({ reader: avroReader(), registry, maxSchemas: 2 }),
        confluent({ reader: protobufReader(), registry, maxSchemas: 2 }),
        confluent({ reader: jsonReader(), registry }),
      ],
      [
        ...avroSeeds.map((bytes) => frameConfluent(ids.avro, bytes)),
        ...protobufSeeds.map((bytes) => frameConfluent(ids.protobuf, withPath([0], bytes))),
        ...knownSeeds.map((bytes) => frameConfluent(ids.protobuf, withPath([1], bytes))),
        ...jsonSeeds.map((bytes) => frameConfluent(3, bytes)),
      ],
    ),
  glue: () =>
    toTarget(
      [
        glue({ reader: avroReader(), registry, maxSchemas: 2 }),
        glue({ reader: protobufReader(), registry, maxSchemas: 2 }),
        glue({ reader: jsonReader(), registry }),
      ],
      (['none', 'zlib'] as const).flatMap((compression) => [
        ...avroSeeds.map((bytes) => frameGlue(uuids.avro, bytes, compression)),
        ...protobufSeeds.map((bytes) => frameGlue(uuids.protobuf, withPath([0], bytes), compression)),
        ...jsonSeeds.map((bytes) => frameGlue(uuids.avro, bytes, compression)),
      ]),
    ),
};

/** Reads each value with all of the formats; the first of them is compared with its reference. */
function toTarget(
  formats: readonly Format<unknown>[],
  seeds: readonly Buffer[],
  compare?: (bytes: Buffer, value: unknown) => void,
): Target {
  return {
    seeds,
    async open(bytes) {
      const codes: string[] = [];
      for (const [index, format] of formats.entries())
        codes.push(await read(format, bytes, index === 0 ? compare : undefined));
      return codes;
    },
  };
}

async function read(
  format: Format<unknown>,
  bytes: Buffer,
  compare: ((bytes: Buffer, value: unknown) => void) | undefined,
): Promise<string> {
  const view = Buffer.from(bytes);
  let value: unknown;
  try {
    value = await openWhenReady(
      () => format.decode(view, source),
      () => 1000,
    );
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    assert.ok(!`${error.message} ${String(error.cause)}`.includes(secret), 'the error quotes the value');
    assert.ok(view.equals(bytes), 'the input was changed');
    return error.code;
  }
  assert.ok(view.equals(bytes), 'the input was changed');
  const before = serialize(value);
  assert.ok(slotsOf(value) <= maxSlots, `grew to ${slotsOf(value)} values, expected at most ${maxSlots}`);
  view.fill(0xa5);
  assert.ok(serialize(value).equals(before), 'the value changes with the bytes it came from');
  compare?.(bytes, value);
  return 'opened';
}

/** How many values a value is made of. */
function slotsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + slotsOf(each), 1);
}

/** avsc is not asked about what we refuse: a few such bytes can end the process in it. */
function readAsAvsc(bytes: Buffer, ours: unknown): void {
  const theirs: unknown = exactType.fromBuffer(bytes);
  // Cloned, for avsc's records are objects of a class.
  assert.deepEqual(structuredClone(theirs), structuredClone(ours));
}

/** What was read, written by protobufjs, reads as the same. */
function writeAsProtobufjs(_: Buffer, ours: unknown): void {
  const again = messageFormat.decode(write('shop.All', ours as object), source);
  assert.deepEqual(again, ours);
}

function withPath(path: readonly number[], bytes: Buffer): Buffer {
  return Buffer.concat([toIndexPath(path), bytes]);
}
