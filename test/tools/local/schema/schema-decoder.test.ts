// A mapping's schema registry, against the local registries: what a record becomes before it is filtered and sent.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import avsc from 'avsc';
import type { KafkaMessage } from 'kafkajs';
import protobufjs from 'protobufjs';
import { LocalError } from '../../../../tools/local/error.ts';
import { createRecordPipeline, type RecordPipeline } from '../../../../tools/local/poller/record-pipeline.ts';
import { createMappingRegistry } from '../../../../tools/local/schema/mapping-registry.ts';
import { compileFilters } from '../../../../tools/local/mapping/record-filter.ts';
import type { RegistryConfig } from '../../../../tools/local/mapping/registry-config.ts';
import { createSchemaDecoder } from '../../../../tools/local/schema/schema-decoder.ts';
import { startConfluentServer, type ConfluentServer } from '../../../../tools/registry/confluent-server.ts';
import { startGlueEndpoint, type GlueEndpoint } from '../../../../tools/registry/glue-endpoint.ts';
import { frameConfluent, frameGlue, toIndexPath } from '../../../lib/format/registry/framing.ts';

const order = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'total', type: 'long' },
    { name: 'raw', type: 'bytes' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
} as const;
const avroType = avsc.Type.forSchema(order as unknown as avsc.Schema);
const avroBytes = avroType.toBuffer({
  id: 'a',
  total: 5,
  raw: Buffer.from([0xff, 0x41]),
  at: 1_700_000_000_000,
});
const avroJson = '{"id":"a","total":5,"raw":"\\u00ffA","at":1700000000000}';
const proto =
  'syntax = "proto3"; package shop; message Order { string order_id = 1; bytes raw = 2; int64 big = 3; }';
const protoBytes = Buffer.concat([
  protobufjs
    .parse(proto, { keepCase: true })
    .root.lookupType('shop.Order')
    .encode({ order_id: 'a', raw: Buffer.from('xy') })
    .finish(),
  // Field 3 as a varint: 2^53 + 1, which a number would round.
  Buffer.from([0x18, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]),
]);

let confluent: ConfluentServer;
let glue: GlueEndpoint;
const ids = { avro: 0, proto: 0, json: 0, glue: '' };
const environment = {
  AWS_ENDPOINT_URL_GLUE: '',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};
const saved = new Map(Object.keys(environment).map((name) => [name, process.env[name]]));
before(async () => {
  [confluent, glue] = await Promise.all([
    startConfluentServer({ authorization: `Basic ${Buffer.from('reader:secret').toString('base64')}` }),
    startGlueEndpoint(),
  ]);
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL_GLUE: glue.url });
  ids.avro = confluent.register('a', { schema: JSON.stringify(order) });
  ids.proto = confluent.register('p', { schema: proto, schemaType: 'PROTOBUF' });
  ids.json = confluent.register('j', { schema: '{"type":"object"}', schemaType: 'JSON' });
  ids.glue = glue.register('orders', 'AVRO', JSON.stringify(order));
});
after(async () => {
  for (const [name, value] of saved) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await Promise.all([confluent.close(), glue.close()]);
});
beforeEach(() => confluent.setFault(undefined));

const secretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:registry-AbCdEf';
const secrets = { registry: { username: 'reader', password: 'secret' } };

function pipelineOf(config: Partial<RegistryConfig>, filter?: unknown): RecordPipeline {
  const full: RegistryConfig = {
    type: 'confluent',
    uri: 'https://registry.example',
    recordFormat: 'JSON',
    attributes: ['VALUE'],
    access: [{ type: 'BASIC_AUTH', uri: secretArn }],
    ...config,
  };
  const registry = createMappingRegistry(full, { registryUrl: confluent.url, secrets });
  return createRecordPipeline({
    topic: 'orders',
    decode: createSchemaDecoder(full, { topic: 'orders', registry }),
    filter: compileFilters(filter),
  });
}

interface ReadRecord {
  readonly key: string | undefined;
  readonly originalKey: string | undefined;
  readonly value: string | undefined;
  readonly admission: string | undefined;
  readonly metadata: readonly unknown[];
}

async function read(
  pipeline: RecordPipeline,
  value: Buffer | null,
  key: Buffer | null = null,
): Promise<ReadRecord> {
  const message = { key, value, offset: '7', timestamp: '5', headers: {} } as KafkaMessage;
  const { records } = await pipeline(0, [message]);
  const [record] = records;
  assert.ok(record !== undefined && records.length === 1);
  const { content, originalKey } = record;
  const text = (base64: string | null | undefined): string | undefined =>
    typeof base64 !== 'string' ? undefined : Buffer.from(base64, 'base64').toString('latin1');
  return {
    key: text(content?.key),
    originalKey: text(originalKey),
    value: text(content?.value),
    admission: record.admission,
    metadata: [content?.keySchemaMetadata, content?.valueSchemaMetadata],
  };
}

describe("a mapping's schema registry", () => {
  test('turns Avro, Protobuf and JSON into JSON text, and names the schema', async () => {
    const pipeline = pipelineOf({});
    const avro = await read(pipeline, frameConfluent(ids.avro, avroBytes));
    assert.deepEqual(JSON.parse(Buffer.from(avro.value ?? '', 'latin1').toString()), JSON.parse(avroJson));
    assert.deepEqual(avro.metadata, [undefined, { dataFormat: 'AVRO', schemaId: String(ids.avro) }]);
    const path = toIndexPath([0]);
    const protobuf = await read(pipeline, frameConfluent(ids.proto, Buffer.concat([path, protoBytes])));
    assert.equal(protobuf.value, '{"order_id":"a","raw":"eHk=","big":9007199254740993}');
    assert.deepEqual(protobuf.metadata[1], { dataFormat: 'PROTOBUF', schemaId: String(ids.proto) });
    const json = await read(pipeline, frameConfluent(ids.json, Buffer.from('{ "n": 1.0 }')));
    assert.equal(json.value, '{ "n": 1.0 }');
    assert.deepEqual(json.metadata[1], { dataFormat: 'JSON', schemaId: String(ids.json) });
    // Once per schema, not per record.
    const asked = confluent.requests.length;
    await read(pipeline, frameConfluent(ids.avro, avroBytes));
    assert.equal(confluent.requests.length, asked);
  });

  test('takes only the prefix off for SOURCE, and reads the bytes all the same', async () => {
    const pipeline = pipelineOf({ recordFormat: 'SOURCE' });
    const { value, metadata } = await read(pipeline, frameConfluent(ids.avro, avroBytes));
    assert.equal(value, avroBytes.toString('latin1'));
    assert.deepEqual(metadata[1], { dataFormat: 'AVRO', schemaId: String(ids.avro) });
    const cut = await read(pipeline, frameConfluent(ids.avro, avroBytes.subarray(0, -1)));
    assert.equal(cut.admission, 'DESERIALIZATION_ERROR');
  });

  test('leaves alone what it is not asked to read, and tombstones', async () => {
    const bytes = frameConfluent(ids.json, Buffer.from('{}'));
    const keys = await read(pipelineOf({ attributes: ['KEY'] }), Buffer.from('as it is'), bytes);
    assert.deepEqual([keys.key, keys.value], ['{}', 'as it is']);
    assert.equal(keys.originalKey, bytes.toString('latin1'));
    const values = await read(pipelineOf({}), bytes, Buffer.from('k'));
    assert.deepEqual([values.key, values.originalKey], ['k', undefined]);
    assert.deepEqual(keys.metadata, [{ dataFormat: 'JSON', schemaId: String(ids.json) }, undefined]);
    const tombstone = await read(pipelineOf({ attributes: ['KEY', 'VALUE'] }), null, bytes);
    assert.deepEqual(
      [tombstone.admission, tombstone.value, tombstone.metadata[1]],
      [undefined, undefined, undefined],
    );
  });

  test('discards what names no known schema or does not fit it, as it was produced', async () => {
    const pipeline = pipelineOf({});
    for (const [value, admission] of [
      [frameConfluent(9999, avroBytes), 'SCHEMA_NOT_FOUND'],
      [Buffer.from('no prefix'), 'DESERIALIZATION_ERROR'],
      [frameConfluent(ids.avro, Buffer.from([1])), 'DESERIALIZATION_ERROR'],
      [frameConfluent(ids.json, Buffer.from('{')), 'DESERIALIZATION_ERROR'],
      [Buffer.alloc(0), 'DESERIALIZATION_ERROR'],
    ] as const) {
      const result = await read(pipeline, value);
      assert.deepEqual([result.admission, result.value], [admission, value.toString('latin1')]);
    }
  });

  test('filters what it has decoded', async () => {
    const pipeline = pipelineOf({}, { Filters: [{ Pattern: '{"value":{"total":[{"numeric":[">",5]}]}}' }] });
    assert.equal((await read(pipeline, frameConfluent(ids.avro, avroBytes))).admission, 'offset-only');
    const more = avroType.toBuffer({ id: 'b', total: 6, raw: Buffer.alloc(0), at: 0 });
    assert.equal((await read(pipeline, frameConfluent(ids.avro, more))).admission, undefined);
    // What cannot be read is not dropped by a filter.
    assert.equal((await read(pipeline, Buffer.from('x'))).admission, 'DESERIALIZATION_ERROR');
  });

  test('rejects while the registry is down, and goes on when it is back', async () => {
    const pipeline = pipelineOf({});
    confluent.setFault({ status: 503 });
    await assert.rejects(read(pipeline, frameConfluent(ids.avro, avroBytes)), {
      code: 'REGISTRY_UNAVAILABLE',
    });
    confluent.setFault(undefined);
    assert.equal((await read(pipeline, frameConfluent(ids.avro, avroBytes))).admission, undefined);
  });

  test('reads what Glue has framed, packed or not', async () => {
    const uri = 'arn:aws:glue:eu-central-1:000000000000:registry/default-registry';
    const pipeline = pipelineOf({ type: 'glue', uri, access: [] });
    for (const compression of ['none', 'zlib'] as const) {
      const { value, metadata } = await read(pipeline, frameGlue(ids.glue, avroBytes, compression));
      assert.equal((JSON.parse(value ?? '') as { readonly id: string }).id, 'a');
      assert.deepEqual(metadata[1], { dataFormat: 'AVRO', schemaId: ids.glue });
    }
    const unknown = frameGlue('00000000-0000-0000-0000-000000000000', avroBytes);
    assert.equal((await read(pipeline, unknown)).admission, 'SCHEMA_NOT_FOUND');
    const broken = Buffer.concat([frameGlue(ids.glue, avroBytes, 'zlib').subarray(0, 20), Buffer.from('x')]);
    assert.equal((await read(pipeline, broken)).admission, 'DESERIALIZATION_ERROR');
  });

  test('names what it lacks to enter a registry', () => {
    const refuses = (config: Partial<RegistryConfig>, code: string): void =>
      assert.throws(
        () => pipelineOf(config),
        (error) => error instanceof LocalError && error.code === code,
      );
    refuses({ access: [{ type: 'BASIC_AUTH', uri: 'arn:other' }] }, 'BAD_SECRETS');
    refuses({ access: [{ type: 'CLIENT_CERTIFICATE_TLS_AUTH', uri: secretArn }] }, 'UNSUPPORTED');
  });
});
