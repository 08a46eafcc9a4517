import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import type { KafkaMessage } from 'kafkajs';
import { encodeRecord } from '../../../../tools/local/poller/record-encoder.ts';
import { toMessage as message } from '../../../support/kafka-message.ts';

const toJson = (fields: Partial<KafkaMessage>): unknown =>
  JSON.parse(JSON.stringify(encodeRecord('t', 3, message(fields)).content));

test('leaves out an absent key and value, and keeps an empty one as ""', () => {
  const tombstone = toJson({ key: Buffer.alloc(0) });
  assert.deepEqual(tombstone, {
    topic: 't',
    partition: 3,
    offset: 7,
    timestamp: 1_700_000_000_000,
    timestampType: 'CREATE_TIME',
    key: '',
    headers: [],
  });
});

test('writes header bytes as signed numbers, one object per header, repeated names repeated', () => {
  const headers = { a: [Buffer.from('ë'), Buffer.alloc(0)], b: Buffer.from([0, 127, 128, 255]) };
  assert.deepEqual((toJson({ headers }) as { readonly headers: unknown }).headers, [
    { a: [-61, -85] },
    { a: [] },
    { b: [0, 127, -128, -1] },
  ]);
});

test('writes a header without a value as an empty list', () => {
  const headers = { gone: null } as unknown as NonNullable<KafkaMessage['headers']>;
  assert.deepEqual((toJson({ headers }) as { readonly headers: unknown }).headers, [{ gone: [] }]);
});

test('tells log append time from create time', () => {
  const appended = { batchContext: { timestampType: 1 } } as unknown as Partial<KafkaMessage>;
  assert.equal((toJson(appended) as { readonly timestampType: string }).timestampType, 'LOG_APPEND_TIME');
});

test('knows the size of the JSON of any record', () => {
  const part = fc.option(fc.uint8Array({ maxLength: 200 }));
  const number = fc.oneof(fc.nat(), fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 31, 2 ** 53 - 1));
  const spec = fc.record({
    topic: fc.constantFrom('t', 'orders-v1.x'),
    key: part,
    value: part,
    offset: number,
    timestamp: number,
    headers: fc.dictionary(fc.string({ unit: 'binary', maxLength: 12 }), fc.string()),
    keySchemaMetadata: fc.option(fc.record({ dataFormat: fc.constant('AVRO'), schemaId: fc.string() }), {
      nil: undefined,
    }),
  });
  fc.assert(
    fc.property(spec, ({ topic, key, value, offset, timestamp, headers, keySchemaMetadata }) => {
      const { content, bytes } = encodeRecord(
        topic,
        2,
        message({
          key: key === null ? null : Buffer.from(key),
          value: value === null ? null : Buffer.from(value),
          offset: String(offset),
          timestamp: String(timestamp),
          headers,
        }),
        { keySchemaMetadata },
      );
      assert.equal(bytes, Buffer.byteLength(JSON.stringify(content)));
      assert.deepEqual([content?.offset, content?.timestamp], [offset, timestamp]);
      assert.equal(content?.value ?? null, value === null ? null : Buffer.from(value).toString('base64'));
    }),
  );
});
