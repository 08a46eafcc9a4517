import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import {
  composeEvent,
  createEventSize,
  encodeRecord,
  type EventEnvelope,
} from '../../../tools/local/event.ts';

const envelope: EventEnvelope = {
  topic: 'orders-v1.x',
  eventSource: 'SelfManagedKafka',
  eventSourceArn: undefined,
  bootstrapServers: '127.0.0.1:9092,127.0.0.1:9093',
};

function message(fields: Partial<KafkaMessage>): KafkaMessage {
  return {
    key: null,
    value: null,
    timestamp: '1700000000000',
    attributes: 0,
    offset: '7',
    headers: {},
    ...fields,
  } as KafkaMessage;
}

test('leaves out an absent key and value, and keeps an empty one as ""', () => {
  const tombstone = JSON.parse(
    encodeRecord({ topic: 't', partition: 0 }, message({ key: Buffer.alloc(0) })).json,
  ) as Record<string, unknown>;
  assert.deepEqual(tombstone, {
    topic: 't',
    partition: 0,
    offset: 7,
    timestamp: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: '',
    headers: [],
  });
});

test('writes header bytes as signed numbers, one object per header, repeated names repeated', () => {
  const headers = { a: [Buffer.from('ë'), Buffer.alloc(0)], b: Buffer.from([0, 127, 128, 255]) };
  const record = JSON.parse(encodeRecord({ topic: 't', partition: 0 }, message({ headers })).json) as {
    readonly headers: unknown;
  };
  assert.deepEqual(record.headers, [{ a: [-61, -85] }, { a: [] }, { b: [0, 127, -128, -1] }]);
});

test('writes a header without a value as an empty list', () => {
  const headers = { gone: null } as unknown as NonNullable<KafkaMessage['headers']>;
  const record = JSON.parse(encodeRecord({ topic: 't', partition: 0 }, message({ headers })).json) as {
    readonly headers: unknown;
  };
  assert.deepEqual(record.headers, [{ gone: [] }]);
});

test('tells log append time from create time', () => {
  const appended = { ...message({}), batchContext: { timestampType: 1 } } as unknown as KafkaMessage;
  const record = JSON.parse(encodeRecord({ topic: 't', partition: 0 }, appended).json) as {
    readonly timestampType: string;
  };
  assert.equal(record.timestampType, 'LOG_APPEND_TIME');
});

test('groups records by topic and partition in the documented envelope', () => {
  const records = [0, 1, 0].map((partition, i) =>
    encodeRecord({ topic: envelope.topic, partition }, message({ offset: String(i) })),
  );
  const event = JSON.parse(composeEvent(envelope, records)) as {
    readonly eventSource: string;
    readonly bootstrapServers: string;
    readonly records: Readonly<Record<string, readonly { readonly offset: number }[]>>;
  };
  assert.equal(event.eventSource, 'SelfManagedKafka');
  assert.equal('eventSourceArn' in event, false);
  assert.equal(event.bootstrapServers, envelope.bootstrapServers);
  assert.deepEqual(Object.keys(event.records), ['orders-v1.x-0', 'orders-v1.x-1']);
  assert.deepEqual(
    event.records['orders-v1.x-0']?.map(({ offset }) => offset),
    [0, 2],
  );
});

test('names the cluster when the source is Amazon MSK', () => {
  const arn = 'arn:aws:kafka:eu-west-1:000000000000:cluster/c/1';
  const msk: EventEnvelope = { ...envelope, eventSource: 'aws:kafka', eventSourceArn: arn };
  const event = JSON.parse(composeEvent(msk, [])) as { readonly eventSourceArn: string };
  assert.equal(event.eventSourceArn, arn);
});

test('adds up the bytes of an event exactly', () => {
  const record = fc.record({
    partition: fc.integer({ min: 0, max: 12 }),
    key: fc.option(fc.uint8Array({ maxLength: 20 })),
    value: fc.option(fc.uint8Array({ maxLength: 200 })),
    header: fc.string({ unit: 'grapheme', maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (specs) => {
      const size = createEventSize(envelope);
      const records = specs.map(({ partition, key, value, header }, i) =>
        encodeRecord(
          { topic: envelope.topic, partition },
          message({
            offset: String(i),
            key: key === null ? null : Buffer.from(key),
            value: value === null ? null : Buffer.from(value),
            headers: { [header]: Buffer.from(header) },
          }),
        ),
      );
      for (const next of records) {
        const predicted = size.bytesWith(next);
        size.add(next);
        assert.equal(size.bytes(), predicted);
      }
      assert.equal(size.bytes(), Buffer.byteLength(composeEvent(envelope, records)));
    }),
  );
});
