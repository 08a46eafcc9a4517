import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaMessage } from 'kafkajs';
import { readJson } from '../../../tools/local/event.ts';
import { createRecordEncoder } from '../../../tools/local/record-encoder.ts';
import { toMessage as message } from '../../support/kafka-message.ts';

test('leaves out an absent key and value, and keeps an empty one as ""', () => {
  const tombstone = JSON.parse(
    readJson(createRecordEncoder('t').encode(0, message({ key: Buffer.alloc(0) }))),
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
  const record = JSON.parse(readJson(createRecordEncoder('t').encode(0, message({ headers })))) as {
    readonly headers: unknown;
  };
  assert.deepEqual(record.headers, [{ a: [-61, -85] }, { a: [] }, { b: [0, 127, -128, -1] }]);
});

test('writes a header without a value as an empty list', () => {
  const headers = { gone: null } as unknown as NonNullable<KafkaMessage['headers']>;
  const record = JSON.parse(readJson(createRecordEncoder('t').encode(0, message({ headers })))) as {
    readonly headers: unknown;
  };
  assert.deepEqual(record.headers, [{ gone: [] }]);
});

test('tells log append time from create time', () => {
  const appended = { ...message({}), batchContext: { timestampType: 1 } } as unknown as KafkaMessage;
  const record = JSON.parse(readJson(createRecordEncoder('t').encode(0, appended))) as {
    readonly timestampType: string;
  };
  assert.equal(record.timestampType, 'LOG_APPEND_TIME');
});

test('keeps small records in blocks of at most 64 KB, and a large one in a block of its own', () => {
  const encoder = createRecordEncoder('t');
  const sizes = Array.from({ length: 1000 }, (_, n) => (n % 100 === 50 ? 60_000 : n % 700));
  const records = sizes.map((size) => encoder.encode(0, message({ value: Buffer.alloc(size, 'x') })));
  for (const [n, { text, bytes }] of records.entries()) {
    if (sizes[n] === 60_000) assert.equal(text.length, bytes);
    else assert.ok(text.buffer.byteLength <= 65_536);
    const { value } = JSON.parse(readJson(records[n] ?? assert.fail())) as { readonly value: string };
    assert.equal(value.length, Math.ceil((sizes[n] ?? 0) / 3) * 4);
  }
  // A record that is kept alone keeps its block: what a fetch of few records takes is little more than its records.
  const lone = createRecordEncoder('t').encode(0, message({ value: Buffer.alloc(300) }));
  assert.equal(lone.text.buffer.byteLength, 4096);
});
