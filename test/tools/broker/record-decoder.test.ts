import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { decodeRecord, readHeaders, type RecordBatchContext } from '../../../tools/broker/record-decoder.ts';

// kafkajs's own, which nothing here has replaced.
const require = createRequire(import.meta.url);
interface Decoder {
  readonly buffer: Buffer;
  readonly offset: number;
  readVarIntBytes(): Buffer;
}
const KafkajsDecoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => Decoder;
const decodeAsKafkajs =
  require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as typeof decodeRecord;
interface RecordSpec {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}
const encode = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: RecordSpec) => {
  readonly buffer: Buffer;
};

const batch: RecordBatchContext = {
  firstOffset: '4503599627370496',
  firstTimestamp: '1700000000000',
  maxTimestamp: '1700000000999',
  timestampType: 0,
  isControlBatch: false,
  magicByte: 2,
};
const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const records: fc.Arbitrary<RecordSpec> = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2, maxLength: 3 })),
    { maxKeys: 5, noNullPrototype: true },
  ),
});
const open = (record: RecordSpec): Buffer => new KafkajsDecoder(encode(record).buffer).readVarIntBytes();

test('reads what kafkajs reads', () => {
  const contexts = fc.constantFrom(batch, { ...batch, timestampType: 1 }, { ...batch, isControlBatch: true });
  fc.assert(
    fc.property(records, contexts, (record, context) => {
      const body = open(record);
      const ours = decodeRecord(new KafkajsDecoder(body), context);
      assert.deepEqual(ours, decodeAsKafkajs(new KafkajsDecoder(body), context));
    }),
  );
});

test('keeps headers in their order, whatever their names', () => {
  const list = [
    ['b', '1'],
    ['a', '2'],
    ['b', '3'],
  ] as const;
  const field = (text: string): readonly number[] => [text.length * 2, ...Buffer.from(text)];
  const body = Buffer.from([0, 0, 0, 1, 1, list.length * 2, ...list.flatMap((pair) => pair.flatMap(field))]);
  const { headers, key, value } = decodeRecord(new KafkajsDecoder(body), batch);
  assert.deepEqual([key, value], [null, null]);
  assert.deepEqual(
    readHeaders(headers).map((header) => [header.key, String(header.value)]),
    list,
  );
  assert.deepEqual(headers, { b: [Buffer.from('1'), Buffer.from('3')], a: Buffer.from('2') });
});

test('refuses a record that ends before what it declares', () => {
  fc.assert(
    fc.property(records, fc.nat(), (record, cut) => {
      const body = open(record);
      const short = body.subarray(0, cut % body.length);
      assert.throws(() => decodeRecord(new KafkajsDecoder(short), batch), /cut short/);
    }),
  );
});

test('reads headers of a message that another decoder made', () => {
  const headers: KafkaMessage['headers'] = { a: 'text', b: [Buffer.from('1'), '2'] };
  assert.deepEqual(
    readHeaders(headers).map(({ key, value }) => [key, String(value)]),
    [
      ['a', 'text'],
      ['b', '1'],
      ['b', '2'],
    ],
  );
  assert.deepEqual(readHeaders(undefined), []);
});
