// Three framed topics, each with its registry: what a producer with that registry's serializer writes, what becomes of
// it, and the consumer that reads it. Own file: framed.test.ts runs them twice, with registries that are up and down.
import { gzipSync } from 'node:zlib';
import avsc from 'avsc';
import protobufjs from 'protobufjs';
import { startConfluentServer } from '../../tools/registry/confluent-server.ts';
import { startGlueEndpoint } from '../../tools/registry/glue-endpoint.ts';
import type { Fault, HttpService } from '../../tools/registry/http-service.ts';
import { frameConfluent, frameGlue, toIndexPath } from '../lib/format/registry/framing.ts';

/** A record's value, and the value that must land (as JSON; a bigint as `1n`) or the code of its dead letter. */
export type Sent =
  | { readonly bytes: Buffer; readonly lands: unknown }
  | { readonly bytes: Buffer; readonly code: string };

/** A topic with its registry up. */
export interface FramedTopic {
  readonly registry: HttpService;
  /** Requests that the registry gets when each id is asked for once, sorted. */
  readonly requests: readonly string[];
  /** How the registry is out of order, where a test wants that. */
  readonly fault: Fault;
  /** The consumer's import of its reader, and its value format; module paths start at test/support/. */
  readonly imports: string;
  readonly format: string;
  /** The function's variables that lead it to the registry. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where its function finds services of AWS. Default at the local endpoints. */
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly sent: readonly Sent[];
}

/** Stands in the text of every record, poison included, so that logs can be searched for it. */
export const planted = 'PLANTED-IN-A-RECORD';

const maxSafe = 2n ** 53n - 1n;

// avsc's own longs are numbers; these are bigints, so that any 64-bit integer can be written.
const long = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one < other ? -1 : Number(one > other)),
});

const toRecord = (...fields: readonly (readonly [name: string, type: unknown, more?: object])[]): object => ({
  type: 'record',
  name: 'Order',
  fields: fields.map(([name, type, more]) => ({ name, type, ...more })),
});
const orderV1 = toRecord(['id', 'string'], ['total', 'int'], ['customer', 'string']);
const orderV2 = toRecord(
  ['id', 'string'],
  ['coupon', ['null', 'string']],
  ['total', 'long'],
  ['currency', 'string'],
);
const toAvro = (schema: object, value: object): Buffer =>
  avsc.Type.forSchema(schema as avsc.Schema, { registry: { long } }).toBuffer(value);
const toV1 = (total: number): Buffer => toAvro(orderV1, { id: planted, total, customer: 'ada' });
const toV2 = (total: bigint): Buffer =>
  toAvro(orderV2, { id: planted, coupon: 'spring', total, currency: 'CHF' });

const unframed = Buffer.from(JSON.stringify({ id: planted }));
const unknownId = 999_999;
const unknownUuid = '00000000-0000-4000-8000-000000000000';

/** Avro behind Confluent's prefix, read as a third schema that both writers' schemas resolve to. */
export async function startAvroTopic(): Promise<FramedTopic> {
  const authorization = `Basic ${Buffer.from('reader:secret').toString('base64')}`;
  const registry = await startConfluentServer({ authorization });
  const [v1, v2] = [orderV1, orderV2].map((schema) =>
    registry.register('avro-value', { schema: JSON.stringify(schema) }),
  ) as [number, number];
  const reader = toRecord(
    ['id', 'string'],
    ['total', 'long'],
    ['currency', 'string', { default: 'EUR' }],
    ['buyer', 'string', { aliases: ['customer'], default: '' }],
  );
  const asV1 = (total: number): object => ({ id: planted, total, currency: 'EUR', buyer: 'ada' });
  const asV2 = (total: bigint): object => ({ id: planted, total: Number(total), currency: 'CHF', buyer: '' });
  return {
    registry,
    requests: toRequests(v1, v2, unknownId),
    fault: { status: 503 },
    imports: `import { avroReader } from '../../lib/index.ts';`,
    format: `confluent({ reader: avroReader({ reader: ${JSON.stringify(reader)} }) })`,
    environment: {
      TAILRACE_SCHEMA_REGISTRY_URL: registry.url,
      TAILRACE_SCHEMA_REGISTRY_BASIC_AUTH: 'reader:secret',
    },
    sent: [
      { bytes: frameConfluent(v1, toV1(7)), lands: asV1(7) },
      { bytes: unframed, code: 'NOT_FRAMED' },
      { bytes: frameConfluent(v2, toV2(maxSafe)), lands: asV2(maxSafe) },
      { bytes: gzipSync(frameConfluent(v2, toV2(-maxSafe))), lands: asV2(-maxSafe) },
      { bytes: frameConfluent(v2, toV2(maxSafe + 1n)), code: 'UNSAFE_INTEGER' },
      { bytes: frameConfluent(unknownId, toV2(1n)), code: 'UNKNOWN_SCHEMA' },
      { bytes: frameConfluent(v1, toV1(8).subarray(0, -1)), code: 'TRUNCATED' },
      { bytes: frameConfluent(v1, toV1(-9)), lands: asV1(-9) },
      { bytes: frameConfluent(v2, toV2(10n)), lands: asV2(10n) },
    ],
  };
}

/** Protobuf behind Confluent's prefix and a message-index path, 64-bit integers as bigints. */
export async function startProtobufTopic(): Promise<FramedTopic> {
  const registry = await startConfluentServer({ authorization: 'Bearer secret' });
  const proto = (added: string): string => `syntax = "proto3"; package shop;
    message Note { string text = 1; }
    message Order { string id = 1; int64 total = 2; repeated Line lines = 3; ${added}
      message Line { sint64 sku = 1; } }`;
  const texts = [proto(''), proto('uint64 grams = 4;')];
  const [v1, v2] = texts.map((schema) =>
    registry.register('proto-value', { schema, schemaType: 'PROTOBUF' }),
  ) as [number, number];
  // The second version writes what the first one does, and more.
  const { root } = protobufjs.parse(texts[1]!, { keepCase: true });
  const write = (id: number, path: readonly number[], message: string, value: object): Buffer => {
    const type = root.lookupType(message);
    const payload = type.encode(type.fromObject(value)).finish();
    return frameConfluent(id, Buffer.concat([toIndexPath(path), payload]));
  };
  const order = { id: planted, total: '9223372036854775807', lines: [{ sku: '-9223372036854775808' }] };
  const asV1 = { id: planted, total: '9223372036854775807n', lines: [{ sku: '-9223372036854775808n' }] };
  const heavy = { ...order, grams: '18446744073709551615' };
  return {
    registry,
    requests: toRequests(v1, v2, unknownId),
    fault: 'silent',
    imports: `import { confluentRegistry } from '../../lib/index.ts';
      import { protobufReader } from '../../lib/format/protobuf.ts';`,
    // A silent registry is given up soon, and the test with it.
    format: `confluent({
      reader: protobufReader({ longs: 'bigint' }), registry: confluentRegistry({ timeoutMs: 1000, maxAttempts: 1 }) })`,
    environment: {
      TAILRACE_SCHEMA_REGISTRY_URL: registry.url,
      TAILRACE_SCHEMA_REGISTRY_TOKEN: 'secret',
    },
    sent: [
      { bytes: write(v1, [1], 'shop.Order', order), lands: asV1 },
      { bytes: unframed, code: 'NOT_FRAMED' },
      { bytes: write(v2, [1], 'shop.Order', heavy), lands: { ...asV1, grams: '18446744073709551615n' } },
      { bytes: write(v1, [0], 'shop.Note', { text: planted }), lands: { text: planted } },
      { bytes: write(v1, [1, 0], 'shop.Order.Line', { sku: 5 }), lands: { sku: '5n' } },
      { bytes: write(v1, [2], 'shop.Order', order), code: 'SCHEMA_MISMATCH' },
      { bytes: write(unknownId, [1], 'shop.Order', order), code: 'UNKNOWN_SCHEMA' },
      { bytes: write(v1, [1], 'shop.Order', order).subarray(0, -1), code: 'TRUNCATED' },
      { bytes: write(v1, [1], 'shop.Order', order), lands: asV1 },
    ],
  };
}

/** Avro behind Glue's prefix, packed with zlib or not, read as it was written. */
export async function startGlueTopic(): Promise<FramedTopic> {
  const registry = await startGlueEndpoint();
  const [v1, v2] = [orderV1, orderV2].map((schema) =>
    registry.register('orders', 'AVRO', JSON.stringify(schema)),
  ) as [string, string];
  const asV1 = (total: number): object => ({ id: planted, total, customer: 'ada' });
  const asV2 = (total: bigint): object => ({
    id: planted,
    coupon: 'spring',
    total: Number(total),
    currency: 'CHF',
  });
  return {
    registry,
    // Glue's API names its operations in a header: two schema versions, and the unknown one.
    requests: ['POST /', 'POST /', 'POST /'],
    fault: { status: 500 },
    imports: `import { avroReader } from '../../lib/index.ts';`,
    format: 'glue({ reader: avroReader() })',
    environment: {},
    endpoints: { AWS_ENDPOINT_URL_GLUE: registry.url },
    sent: [
      { bytes: frameGlue(v1, toV1(7)), lands: asV1(7) },
      { bytes: unframed, code: 'NOT_FRAMED' },
      { bytes: frameGlue(v2, toV2(maxSafe), 'zlib'), lands: asV2(maxSafe) },
      { bytes: frameGlue(v2, toV2(-maxSafe)), lands: asV2(-maxSafe) },
      { bytes: frameGlue(v2, toV2(-maxSafe - 1n), 'zlib'), code: 'UNSAFE_INTEGER' },
      { bytes: frameGlue(unknownUuid, toV2(1n)), code: 'UNKNOWN_SCHEMA' },
      { bytes: frameGlue(v1, toV1(8).subarray(0, -1)), code: 'TRUNCATED' },
      { bytes: frameGlue(v1, toV1(8), 'zlib').subarray(0, -6), code: 'TRUNCATED' },
      { bytes: frameGlue(v1, toV1(-9), 'zlib'), lands: asV1(-9) },
    ],
  };
}

function toRequests(...ids: readonly number[]): readonly string[] {
  return ids.map((id) => `GET /schemas/ids/${id}`).toSorted();
}
