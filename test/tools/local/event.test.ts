import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import {
  composeEvent,
  createEventSize,
  toOffsetOnly,
  type EventEnvelope,
} from '../../../tools/local/event.ts';
import { encodeRecord } from '../../../tools/local/poller/record-encoder.ts';
import { toMessage as message } from '../../support/kafka-message.ts';

const envelope: EventEnvelope = {
  topic: 'orders-v1.x',
  eventSource: 'SelfManagedKafka',
  eventSourceArn: undefined,
  bootstrapServers: '127.0.0.1:9092,127.0.0.1:9093',
};

test('groups records by topic and partition in the documented envelope', () => {
  const records = [0, 1, 0].map((partition, i) =>
    encodeRecord(envelope.topic, partition, message({ offset: String(i) })),
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

test('has no place for offset-only records', () => {
  const records = [toOffsetOnly(1, 4), encodeRecord(envelope.topic, 0, message({})), toOffsetOnly(0, 8)];
  const { records: groups } = JSON.parse(composeEvent(envelope, records)) as { readonly records: object };
  assert.deepEqual(Object.keys(groups), ['orders-v1.x-0']);
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
          envelope.topic,
          partition,
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
