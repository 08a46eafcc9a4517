import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { codecs } from '../../../lib/codec/codec.ts';
import {
  avro,
  avroReader,
  bytes,
  confluent,
  createConsumer,
  defineConsumer,
  glue,
  json,
  jsonReader,
  text,
  type ConsumerConfig,
} from '../../../lib/index.ts';
import { protobuf } from '../../../lib/format/protobuf.ts';
import {
  EncodeError,
  kafkaEvent,
  runConsumer,
  schemaRegistry,
  type TestRecord,
} from '../../../lib/testing/index.ts';

/** The values that a consumer of this definition sees. */
async function read(config: Partial<ConsumerConfig<unknown, unknown>>, values: readonly object[]) {
  const seen: unknown[] = [];
  const definition = defineConsumer({ name: 'test', topic: 'orders', ...config });
  const handler = createConsumer(definition, { record: ({ value }) => void seen.push(value) });
  const { outcomes } = await runConsumer(handler, values);
  assert.deepEqual(
    outcomes.map(({ outcome, code }) => code ?? outcome),
    values.map(() => 'processed'),
  );
  return seen;
}

const order = { id: 'a-1', cents: 9_007_199_254_740_991, tags: ['x', 'y'], note: null };
const avroSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'cents', type: 'long' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'note', type: ['null', 'string'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }, default: '' },
  ],
};
const avroOrder = { ...order, at: new Date('2026-11-22T12:00:00Z'), price: '-12.05' };

describe('kafkaEvent', () => {
  test('is what an MSK mapping sends: by partition, base64, signed header bytes, offsets in order', () => {
    const definition = defineConsumer({ name: 'test', topic: 'orders', value: json() });
    const event = kafkaEvent(
      definition,
      [
        { key: 'k', value: { a: 1 }, headers: { trace: 'é' }, timestamp: new Date(5) },
        {
          value: Buffer.from([0xff]),
          partition: 3,
          offset: 70,
          headers: [['bin', new Uint8Array([0, 200])]],
        },
        { value: 'text', partition: 3 },
        { key: '', value: null, timestamp: 6, timestampType: 'LOG_APPEND_TIME' },
      ],
      { startOffset: 7 },
    );
    assert.deepEqual(Object.keys(event.records), ['orders-0', 'orders-3']);
    const [first, tombstone] = event.records['orders-0'] ?? [];
    assert.deepEqual(first, {
      topic: 'orders',
      partition: 0,
      offset: 7,
      timestamp: 5,
      timestampType: 'CREATE_TIME',
      key: 'aw==',
      value: Buffer.from('{"a":1}').toString('base64'),
      headers: [{ trace: [-61, -87] }],
    });
    assert.deepEqual([tombstone?.offset, tombstone?.key, tombstone && 'value' in tombstone], [8, '', false]);
    const third = event.records['orders-3'] ?? [];
    assert.deepEqual(
      third.map(({ offset, value }) => [offset, value]),
      [
        [70, '/w=='],
        [71, Buffer.from('"text"').toString('base64')],
      ],
    );
    assert.deepEqual(third[0]?.headers, [{ bin: [0, -56] }]);
    assert.equal(event.eventSource, 'aws:kafka');
    const own = kafkaEvent(definition, [], { eventSource: 'SelfManagedKafka' });
    assert.equal('eventSourceArn' in own, false);
  });

  for (const codec of codecs) {
    test(`compresses with ${codec} as the runtime reads it`, async () => {
      const large = { text: 'tailrace '.repeat(20_000) };
      const config = { value: json(), compression: [codec] };
      const values = [{}, { a: 'bcdefghijklmno' }, large];
      assert.deepEqual(
        await read(
          config,
          values.map((value) => ({ value, compression: codec })),
        ),
        values,
      );
    });
  }

  test('writes JSON, text and bytes as their formats read them', async () => {
    assert.deepEqual(await read({ value: json() }, [{ value: order }, { value: 'text' }]), [order, 'text']);
    assert.deepEqual(await read({ value: text() }, [{ value: 'größe' }]), ['größe']);
    assert.deepEqual(await read({ value: bytes() }, [{ value: new Uint8Array([0, 255]) }]), [
      Buffer.from([0, 255]),
    ]);
  });

  test('writes Avro, logical types and defaults included', async () => {
    const values = [{ value: avroOrder }, { value: { ...avroOrder, at: undefined, note: 'n' } }];
    assert.deepEqual(await read({ value: avro(avroSchema) }, values), [
      avroOrder,
      { ...avroOrder, at: new Date(0), note: 'n' },
    ]);
  });

  test('writes Protobuf, well-known types included', async () => {
    const proto = `syntax = "proto3"; package shop;
      import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto";
      import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto";
      enum State { NEW = 0; PAID = 1; }
      message Line { string sku = 1; int64 cents = 2; }
      message Order { string order_id = 1; State state = 2; repeated Line lines = 3; map<string, Line> by_sku = 4;
        google.protobuf.Timestamp at = 5; google.protobuf.Struct more = 6; google.protobuf.Duration took = 7;
        google.protobuf.StringValue note = 8; bytes raw = 9; }`;
    const value = {
      order_id: 'a',
      state: 'PAID',
      lines: [{ sku: 's', cents: -5n }],
      by_sku: { s: { sku: 's', cents: 9_007_199_254_740_993n } },
      at: '2026-11-22T12:00:00.500Z',
      more: { list: [1, 'x', null, { deep: true }] },
      took: '-1.500s',
      note: 'n',
      raw: Buffer.from([1, 2]),
    };
    const format = protobuf({ proto, message: 'shop.Order', longs: 'bigint' });
    assert.deepEqual(await read({ value: format }, [{ value }]), [value]);
  });

  test('writes a registry’s prefix, and the schema that the prefix names', async () => {
    const registry = schemaRegistry('AVRO', { 7: avroSchema });
    const reader = avroReader({ reader: avroSchema });
    const value = confluent({ reader, registry });
    assert.deepEqual(await read({ value }, [{ value: avroOrder, schemaId: 7 }]), [avroOrder]);
    const id = '00000000-0000-0000-0000-00000000000a';
    const glueValue = glue({ reader: avroReader(), registry: schemaRegistry('AVRO', { [id]: avroSchema }) });
    assert.deepEqual(
      await read({ value: glueValue }, [{ value: avroOrder, schemaId: id, schema: avroSchema }]),
      [avroOrder],
    );
    const jsonValue = confluent({ reader: jsonReader(), registry: schemaRegistry('JSON', {}) });
    assert.deepEqual(await read({ value: jsonValue }, [{ value: order }]), [order]);
  });

  test('refuses what the format cannot write, and says where without quoting it', () => {
    const refusal = (value: object, given: unknown): string => {
      try {
        kafkaEvent(defineConsumer({ name: 'test', topic: 'orders', ...value }), [{ value: given }]);
      } catch (error) {
        assert.ok(error instanceof EncodeError && error.code === 'CANNOT_ENCODE');
        return error.message;
      }
      throw new Error('was not refused');
    };
    const secret = 'secret-value';
    const cycle: Record<string, unknown> = { secret };
    cycle['self'] = cycle;
    for (const [value, given, place] of [
      [{ value: avro(avroSchema) }, { ...avroOrder, tags: [1, secret] }, /^value\.tags\[0\] cannot/],
      [{ value: avro(avroSchema) }, { ...avroOrder, price: '1.005' }, /^value\.price .* 3 decimal places/],
      [{ value: text() }, { secret }, /^value cannot be encoded, got a value of type object/],
      [{ value: bytes() }, secret, /expected bytes/],
      [{ value: json() }, () => secret, /expected what JSON can hold/],
      [{ value: confluent({ reader: avroReader(), registry: schemaRegistry('AVRO', {}) }) }, {}, /`schema`/],
      [{}, { secret }, /text or bytes/],
      [{ value: json() }, { secret, n: 5n }, /^value cannot .* expected what JSON can hold/],
      [{ value: json() }, cycle, /^value cannot .* expected what JSON can hold/],
    ] as const) {
      const message = refusal(value, given);
      assert.match(message, place);
      assert.ok(!message.includes(secret), message);
    }
  });

  test('refuses a record that no mapping sends, and names the field', () => {
    const reader = avroReader({ reader: avroSchema });
    const registry = schemaRegistry('AVRO', {});
    for (const [field, record, config = {}] of [
      ['timestamp', { timestamp: new Date(Number.NaN) }],
      ['timestamp', { timestamp: 'yesterday' }],
      ['timestamp', { timestamp: 1.5 }],
      ['partition', { partition: -1 }],
      ['partition', { partition: 2 ** 31 }],
      ['partition', { partition: '1' }],
      ['offset', { offset: 1.5 }],
      ['offset', { offset: -1 }],
      ['headers.count', { headers: { count: 5 } }],
      ['headers.count', { headers: [['count', null]] }],
      ['headers', { headers: new Map([['trace', 'a']]).entries() }],
      ['headers', { headers: null }],
      ['schemaId', { value: avroOrder, schemaId: 'abc' }, { value: confluent({ reader, registry }) }],
      ['schemaId', { value: avroOrder, schemaId: 2 ** 32 }, { value: confluent({ reader, registry }) }],
      ['schemaId', { value: avroOrder, schemaId: 'abc' }, { value: glue({ reader, registry }) }],
    ] as const) {
      const definition = defineConsumer({ name: 'test', topic: 'orders', ...config });
      assert.throws(
        () => kafkaEvent(definition, [record as TestRecord]),
        (error: unknown) => error instanceof EncodeError && error.message.startsWith(`${field} cannot be`),
        JSON.stringify(record),
      );
    }
    const edges = [
      { partition: 2 ** 31 - 1, offset: Number.MAX_SAFE_INTEGER, timestamp: -1 },
      { partition: 0, offset: 0, timestamp: new Date(0) },
    ];
    const { records } = kafkaEvent(defineConsumer({ name: 'test', topic: 'orders' }), edges);
    assert.deepEqual(
      Object.values(records).flatMap((list) =>
        list.map(({ partition, offset, timestamp }) => [partition, offset, timestamp]),
      ),
      [
        [2 ** 31 - 1, Number.MAX_SAFE_INTEGER, -1],
        [0, 0, 0],
      ],
    );
  });
});
