import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import {
  createRecordBatchDecoder,
  type FetchBytes,
  type LookupCodec,
} from '../../../tools/broker/record-batch.ts';
import type { RecordPiece } from '../../../tools/broker/polled-record.ts';
import { readHeaders } from '../../../tools/broker/record-headers.ts';

// kafkajs's own, which nothing here has replaced.
const require = createRequire(import.meta.url);
const KafkajsDecoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => FetchBytes;
interface KafkajsBatch {
  readonly records: readonly KafkaMessage[];
}
const decodeAsKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
  from: FetchBytes,
) => Promise<KafkajsBatch>;
const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
  readonly lookupCodecByAttributes: LookupCodec;
};
interface RecordSpec {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: RecordSpec,
) => object;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  readonly RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }>;
};

const decode = createRecordBatchDecoder({
  lookupCodec: lookupCodecByAttributes,
  toPartialError: (message) => Object.assign(new Error(message), { name: 'KafkaJSPartialMessageError' }),
});
const gzip = 1;
const attributesAt = 22;
const attributeBits = { appendTime: 0x08, transaction: 0x10, control: 0x20 } as const;

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const record: fc.Arbitrary<RecordSpec> = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  key: bytes,
  value: bytes,
  headers: fc.dictionary(
    // kafkajs takes what every object inherits for a header's first value.
    fc.string({ unit: 'grapheme', maxLength: 20 }).filter((name) => !(name in {})),
    fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2, maxLength: 3 })),
    { maxKeys: 5, noNullPrototype: true },
  ),
});

async function encode(records: readonly RecordSpec[], compression = 0): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    compression,
    firstOffset: 4_503_599_627_370_496,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_999,
    producerId: 77,
    records: records.map(encodeRecord),
  });
  return Buffer.from(buffer);
}

// A polled record has its properties on its prototype, where deepEqual does not look.
const toPlain = (message: KafkaMessage): object => {
  const { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext } =
    message as KafkaMessage & Record<'magicByte' | 'isControlRecord' | 'batchContext', unknown>;
  return { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext };
};

test('reads what kafkajs reads, and leaves off where it does', async () => {
  const flags = fc
    .subarray(Object.values(attributeBits))
    .map((bits) => bits.reduce((sum, bit) => sum | bit, 0));
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 6 }),
      flags,
      fc.constantFrom(0, gzip),
      fc.nat(9),
      async (records, bits, compression, rest) => {
        const batch = await encode(records, compression);
        batch[attributesAt] = (batch[attributesAt] ?? 0) | bits;
        const [first, second] = [0, 1].map(
          () => new KafkajsDecoder(Buffer.concat([batch, Buffer.alloc(rest)])),
        ) as [FetchBytes, FetchBytes];
        const [ours, theirs] = [await decode(first), await decodeAsKafkajs(second)];
        assert.deepEqual(
          { ...ours, records: (ours.records as unknown as readonly KafkaMessage[]).map(toPlain) },
          { ...theirs, records: theirs.records.map(toPlain) },
        );
        assert.equal(first.offset, second.offset);
      },
    ),
    { numRuns: 200 },
  );
});

test('gives numbers of a record and the places of its parts, without views and texts', async () => {
  const key = Buffer.from('k');
  const specs: readonly RecordSpec[] = [
    { offsetDelta: 0, timestampDelta: 5, key, value: Buffer.alloc(0), headers: {} },
    { offsetDelta: 9, timestampDelta: -5, key: null, value: null, headers: { a: '1' } },
  ];
  const { records } = await decode(new KafkajsDecoder(await encode(specs)));
  const read = (piece: RecordPiece | undefined): string | undefined =>
    piece?.bytes.toString('latin1', piece.start, piece.end);
  assert.deepEqual(
    records.map(({ offsetNumber, timestampMs, keyPiece, valuePiece, hasHeaders }) => [
      offsetNumber,
      timestampMs,
      read(keyPiece),
      read(valuePiece),
      hasHeaders,
    ]),
    [
      [4_503_599_627_370_496, 1_700_000_000_005, 'k', '', false],
      [4_503_599_627_370_505, 1_699_999_999_995, undefined, undefined, true],
    ],
  );
});

test('says that a fetch ends in the middle of a batch as kafkajs expects it', async () => {
  const batch = await encode([{ offsetDelta: 0, timestampDelta: 0, key: null, value: null, headers: {} }]);
  await assert.rejects(decode(new KafkajsDecoder(batch.subarray(0, -1))), {
    name: 'KafkaJSPartialMessageError',
  });
});

test('refuses records that end before what they declare', async () => {
  const value = Buffer.from('value');
  const batch = await encode([{ offsetDelta: 0, timestampDelta: 0, key: null, value, headers: {} }]);
  const tooMany = Buffer.from(batch);
  tooMany.writeInt32BE(2, 57);
  await assert.rejects(decode(new KafkajsDecoder(tooMany)), /cut short/);
  const tooLong = Buffer.from(batch);
  const valueLengthAt = tooLong.indexOf(value) - 1;
  tooLong[valueLengthAt] = 120;
  await assert.rejects(decode(new KafkajsDecoder(tooLong)), /cut short/);
});

test('keeps headers in their order, whatever their names', async () => {
  const list = [
    ['b', '1'],
    ['__proto__', '2'],
    ['b', '3'],
    ['constructor', '4'],
  ] as const;
  const field = (text: string): readonly number[] => [text.length * 2, ...Buffer.from(text)];
  const body = [0, 0, 0, 1, 1, list.length * 2, ...list.flatMap((pair) => pair.flatMap(field))];
  const empty = await encode([]);
  const batch = Buffer.concat([empty, Buffer.from([body.length * 2, ...body])]);
  batch.writeInt32BE(1, 57);
  batch.writeInt32BE(batch.length - 12, 8);
  const { records } = await decode(new KafkajsDecoder(batch));
  const [polled] = records;
  assert.deepEqual([polled?.key, polled?.value], [null, null]);
  assert.deepEqual(
    readHeaders(polled?.headers).map(({ key, value }) => [key, String(value)]),
    list,
  );
  assert.deepEqual(Object.entries(polled?.headers ?? {}), [
    ['b', [Buffer.from('1'), Buffer.from('3')]],
    ['__proto__', Buffer.from('2')],
    ['constructor', Buffer.from('4')],
  ]);
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
