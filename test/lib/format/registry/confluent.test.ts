// Confluent-framed Protobuf and JSON, and records whose framing the mapping's own registry has taken off.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import protobufjs from 'protobufjs';
import { z } from 'zod';
import { protobufReader } from '../../../../lib/format/protobuf.ts';
import { avroReader, confluent, json, jsonReader } from '../../../../lib/index.ts';
import { frameConfluent, toIndexPath } from './framing.ts';
import { avroBytes, consumer, ids, orderV1, proto, registry, server } from './confluent-orders.ts';

describe('confluent() with Protobuf and JSON', () => {
  const { root } = protobufjs.parse(proto);
  const order = { id: 'a', lines: [{ quantity: 2 }] };
  const message = (name: string, value: object): Uint8Array => root.lookupType(name).encode(value).finish();

  test('finds the message by its index path, the shorthand for the first one included', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: protobufReader() }) });
    const values: readonly (readonly [readonly number[], Uint8Array])[] = [
      [[1], message('shop.Order', order)],
      [[1, 0], message('shop.Order.Line', { quantity: 3 })],
      [[0], message('shop.Ignored', { x: 4 })],
    ];
    const framed: Buffer[] = values.map(([path, bytes]) => Buffer.concat([toIndexPath(path), bytes]));
    framed.push(Buffer.concat([Buffer.of(2, 0), message('shop.Ignored', { x: 5 })])); // [0] written in full
    for (const bad of [[2], [1, 1], [1, 0, 0]]) framed.push(toIndexPath(bad));
    framed.push(Buffer.from('80'.repeat(9), 'hex'), Buffer.of(1), Buffer.from('feffffff0f', 'hex'));
    const { seen, letters } = await run(
      framed.map((payload, offset) => ({ offset, value: frameConfluent(ids.proto, payload) })),
    );
    assert.deepEqual(seen, [order, { quantity: 3 }, { x: 4 }, { x: 5 }]);
    assert.deepEqual(
      letters.map(([, code]) => code),
      Array.from({ length: 6 }, () => 'SCHEMA_MISMATCH'),
    );
  });

  test('reads JSON without asking the registry', async () => {
    const schema = z.object({ id: z.string() });
    const { run } = consumer({ value: confluent({ registry: registry(), reader: jsonReader(), schema }) });
    const before = server.requests.length;
    const { seen, letters } = await run([
      { offset: 0, value: frameConfluent(ids.json, Buffer.from('{"id":"a"}')) },
      { offset: 1, value: frameConfluent(ids.json, Buffer.from('{"id":1}')) },
      { offset: 2, value: frameConfluent(ids.json, Buffer.from('{')) },
    ]);
    assert.deepEqual(
      [seen, letters],
      [
        [{ id: 'a' }],
        [
          [1, 'SCHEMA_MISMATCH'],
          [2, 'INVALID_JSON'],
        ],
      ],
    );
    assert.equal(server.requests.length, before);
  });
});

describe("the mapping's own registry", () => {
  test('names the schema of SOURCE records, whose prefix it has taken off', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: avroReader() }) });
    const metadata = { dataFormat: 'AVRO', schemaId: String(ids.v1) };
    const value = avroBytes(orderV1, { id: 'a' });
    assert.deepEqual((await run([{ offset: 0, value }], metadata)).seen, [{ id: 'a' }]);
    const uuid = { dataFormat: 'AVRO', schemaId: '00000000-0000-0000-0000-000000000000' };
    assert.deepEqual((await run([{ offset: 0, value }], uuid)).letters, [[0, 'UNKNOWN_SCHEMA']]);
  });

  test('leaves the message-index path of Protobuf where it is', async () => {
    const { run } = consumer({ value: confluent({ registry: registry(), reader: protobufReader() }) });
    const bytes = protobufjs.parse(proto).root.lookupType('shop.Order').encode({ id: 'a' }).finish();
    const value = Buffer.concat([toIndexPath([1]), bytes]);
    const metadata = { dataFormat: 'PROTOBUF', schemaId: String(ids.proto) };
    assert.deepEqual((await run([{ offset: 0, value }], metadata)).seen, [{ id: 'a', lines: [] }]);
  });

  test('gives JSON records as the text that json() reads', async () => {
    const { run } = consumer({ value: json(z.object({ id: z.string() })) });
    const metadata = { dataFormat: 'AVRO', schemaId: String(ids.v1) };
    assert.deepEqual((await run([{ offset: 0, value: '{"id":"a"}' }], metadata)).seen, [{ id: 'a' }]);
  });
});
