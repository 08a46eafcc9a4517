// Glue-framed topics through createConsumer and the real SDK, against the local Glue endpoint.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { GlueClient } from '@aws-sdk/client-glue';
import avsc from 'avsc';
import { fc } from '../../../support/property.ts';
import protobufjs from 'protobufjs';
import { protobufReader } from '../../../../lib/format/protobuf.ts';
import {
  avroReader,
  createConsumer,
  defineConsumer,
  FormatError,
  glue,
  glueRegistry,
  jsonReader,
  Pending,
  type Format,
} from '../../../../lib/index.ts';
import { startGlueEndpoint, type GlueEndpoint } from '../../../../tools/registry/glue-endpoint.ts';
import { startHttpService } from '../../../../tools/registry/http-service.ts';
import { createMemoryStore } from '../../../support/dead-letters.ts';
import { reportedOf, toContext, toEvent } from '../../../support/events.ts';
import { KeptLogger } from '../../../support/log.ts';
import { frameGlue } from './framing.ts';
import { createSource } from '../../../support/format-source.ts';

const schema = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] } as const;
const type = avsc.Type.forSchema(schema as unknown as avsc.Schema);
const proto = `syntax = "proto3"; package shop;
  message B { message C { int32 c = 1; } message A { int32 a = 1; message D { int32 d = 1; } } map<string, int32> at_all = 2; }`;

const environment = {
  AWS_ENDPOINT_URL_GLUE: '',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};
const saved = new Map(Object.keys(environment).map((name) => [name, process.env[name]]));
let endpoint: GlueEndpoint;
let id: string;
before(async () => {
  endpoint = await startGlueEndpoint();
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL_GLUE: endpoint.url });
  id = endpoint.register('orders', 'AVRO', JSON.stringify(schema));
});
after(async () => {
  for (const [name, value] of saved) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await endpoint.close();
});
beforeEach(() => endpoint.setFault(undefined));

const registry = (): ReturnType<typeof glueRegistry> => glueRegistry({ timeoutMs: 20_000, maxAttempts: 1 });

interface Result {
  readonly seen: unknown[];
  readonly codes: readonly string[];
  readonly reported: readonly string[];
  readonly text: string;
}

async function run(
  value: Format<unknown>,
  values: readonly Uint8Array[],
  metadata?: { readonly dataFormat: string; readonly schemaId: string },
): Promise<Result> {
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  const seen: unknown[] = [];
  const limits = { maxDecompressedBytesPerRecord: 10_000 };
  const handler = createConsumer(
    defineConsumer({ name: 'test', topic: 'orders', value, limits }),
    { record: (record) => void seen.push(record.value) },
    { deadLetters: store, logger },
  );
  const event = toEvent(values.map((bytes, offset) => ({ offset, value: bytes })));
  for (const record of event.records['orders-0'] ?? [])
    if (metadata) Object.assign(record, { valueSchemaMetadata: metadata });
  const reported = reportedOf(await handler(event, toContext()));
  const codes = store.letters.map(({ error }) => error.code);
  return { seen, codes, reported, text: JSON.stringify(logger.lines) };
}

test('reads Avro values, packed with zlib or not, and asks Glue once', async () => {
  const before = endpoint.requests.length;
  const format = glue({ registry: registry(), reader: avroReader() });
  const order = { id: 'a'.repeat(500) };
  const { seen } = await run(format, [
    frameGlue(id, type.toBuffer(order)),
    frameGlue(id, type.toBuffer(order), 'zlib'),
    frameGlue(id, type.toBuffer(order)),
  ]);
  assert.deepEqual(seen, [order, order, order]);
  assert.equal(endpoint.requests.length - before, 1);
});

test('finds a Protobuf message by its index among the names sorted, entries of maps included', async () => {
  const version = endpoint.register('proto', 'PROTOBUF', proto);
  const { root } = protobufjs.parse(proto, { keepCase: true });
  // Sorted: B, B.A, B.A.D, B.AtAllEntry, B.C
  const cases = [
    [0, 'shop.B', { at_all: { k: 1 } }],
    [1, 'shop.B.A', { a: 2 }],
    [2, 'shop.B.A.D', { d: 3 }],
    [4, 'shop.B.C', { c: 4 }],
  ] as const;
  const values = cases.map(([index, name, value]) =>
    frameGlue(version, Buffer.concat([Buffer.of(index), root.lookupType(name).encode(value).finish()])),
  );
  const { seen, codes } = await run(glue({ registry: registry(), reader: protobufReader() }), [
    ...values,
    frameGlue(version, Buffer.of(5)),
  ]);
  assert.deepEqual(seen, [{ at_all: { k: 1 } }, { a: 2 }, { d: 3 }, { c: 4 }]);
  assert.deepEqual(codes, ['SCHEMA_MISMATCH']);
});

test('reads JSON values, and SOURCE records by the schema version that the mapping names', async () => {
  const json = await run(glue({ reader: jsonReader() }), [frameGlue(id, Buffer.from('{"id":"a"}'))]);
  assert.deepEqual(json.seen, [{ id: 'a' }]);
  const format = glue({ registry: registry(), reader: avroReader() });
  const metadata = { dataFormat: 'AVRO', schemaId: id };
  assert.deepEqual((await run(format, [type.toBuffer({ id: 'b' })], metadata)).seen, [{ id: 'b' }]);
  const number = await run(format, [type.toBuffer({ id: 'b' })], { dataFormat: 'AVRO', schemaId: '7' });
  assert.deepEqual(number.codes, ['UNKNOWN_SCHEMA']);
});

test('dead-letters what can never be read, a packed bomb within its limit among it', async () => {
  const good = frameGlue(id, type.toBuffer({ id: 'PLANTED' }), 'zlib');
  const withByte = (at: number, byte: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = byte;
    return bytes;
  };
  const bomb = Buffer.concat([good.subarray(0, 18), deflateSync(Buffer.alloc(5_000_000))]);
  const values: readonly (readonly [Uint8Array, string])[] = [
    [withByte(0, 2), 'NOT_FRAMED'],
    [withByte(1, 1), 'NOT_FRAMED'],
    [good.subarray(0, 17), 'NOT_FRAMED'],
    [good.subarray(0, 24), 'TRUNCATED'],
    [withByte(20, 0xff), 'CORRUPT'],
    [bomb, 'TOO_LARGE'],
    [frameGlue('00000000-0000-4000-8000-000000000000', Buffer.of(0)), 'UNKNOWN_SCHEMA'],
    [frameGlue(endpoint.register('json', 'JSON', '{}'), Buffer.from('{}')), 'SCHEMA_MISMATCH'],
  ];
  const format = glue({ registry: registry(), reader: avroReader() });
  const { codes, text, reported } = await run(
    format,
    values.map(([bytes]) => bytes),
  );
  assert.deepEqual(
    codes,
    values.map(([, code]) => code),
  );
  assert.deepEqual(reported, []);
  assert.ok(!text.includes('PLANTED'));
});

test('holds the budget of what a packed value decompresses to and becomes, so that few of them run at once', async () => {
  let running = 0;
  let most = 0;
  const records = Array.from({ length: 20 }, (_, offset) => ({
    offset,
    value: frameGlue(id, type.toBuffer({ id: 'a'.repeat(9000) }), 'zlib'),
  }));
  const handler = createConsumer(
    defineConsumer({
      name: 'test',
      topic: 'orders',
      value: glue({ registry: registry(), reader: avroReader() }),
      order: 'none',
      concurrency: 20,
      limits: { maxDecompressedBytesPerRecord: 10_000, maxDecompressedBytesInFlight: 80_000 },
    }),
    {
      async record() {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      },
    },
    { deadLetters: createMemoryStore(), logger: new KeptLogger({ serviceName: 'test' }) },
  );
  assert.deepEqual(reportedOf(await handler(toEvent(records), toContext())), []);
  assert.ok(most > 1 && most <= 4, `${most} at once`);
});

test('has records delivered again while Glue is down or silent', async () => {
  const value = frameGlue(id, type.toBuffer({ id: 'a' }));
  for (const fault of [{ status: 500 }, 'silent'] as const) {
    endpoint.setFault(fault);
    const impatient = glue({
      registry: glueRegistry({ timeoutMs: 100, maxAttempts: 1 }),
      reader: avroReader(),
    });
    const { reported, codes, text } = await run(impatient, [value]);
    assert.deepEqual([reported, codes], [['orders-0@0'], []]);
    assert.match(text, /REGISTRY_UNAVAILABLE/);
  }
});

test('has records delivered again while Glue refuses the function', async () => {
  const refusal = { status: 400, body: { __type: 'AccessDeniedException', Message: 'no' } };
  const service = await startHttpService('application/x-amz-json-1.1', () => refusal);
  try {
    const client = new GlueClient({ endpoint: service.url, maxAttempts: 1 });
    const format = glue({ registry: glueRegistry({ client }), reader: avroReader() });
    const { reported, codes, text } = await run(format, [frameGlue(id, type.toBuffer({ id: 'a' }))]);
    assert.deepEqual([reported, codes], [['orders-0@0'], []]);
    assert.match(text, /REGISTRY_DENIED/);
  } finally {
    await service.close();
  }
});

test('asks a Glue that is down once, and one that was up as often as it may', async () => {
  endpoint.setFault({ status: 500 });
  const twice = glueRegistry({ timeoutMs: 20_000, maxAttempts: 2 });
  for (const [isProbe, requests] of [
    [false, 2],
    [true, 1],
    [false, 2],
  ] as const) {
    const before = endpoint.requests.length;
    await assert.rejects(twice.fetchSchema(id, isProbe), { code: 'REGISTRY_UNAVAILABLE' });
    assert.equal(endpoint.requests.length - before, requests);
  }
});

test('gives a value or a FormatError for any truncation, flipped bit or random bytes', async () => {
  const format = glue({ registry: registry(), reader: avroReader() });
  const source = createSource(10_000);
  const goods = (['none', 'zlib'] as const).map((each) =>
    frameGlue(id, type.toBuffer({ id: 'PLANTED' }), each),
  );
  const first = format.decode(goods[0]!, source);
  assert.ok(first instanceof Pending);
  await first.ready;
  const probe = (bytes: Buffer): void => {
    try {
      const value = format.decode(bytes, source);
      // A flipped id is another schema's: it is enough that it is asked for.
      if (value instanceof Pending) void value.ready;
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      assert.ok(!error.message.includes('PLANTED'));
    }
  };
  fc.assert(
    fc.property(fc.constantFrom(...goods), fc.nat(), fc.nat({ max: 7 }), (good, at, bit) => {
      probe(good.subarray(0, at % good.length));
      const bytes = Buffer.from(good);
      const place = 18 + (at % (good.length - 18));
      bytes[place]! ^= 1 << bit;
      probe(bytes);
    }),
  );
});
