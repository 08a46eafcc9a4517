import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { askForRows, PolledRows } from '../../../tools/broker/polled-rows.ts';
import type { FetchBytes } from '../../../tools/broker/record-batch.ts';
import { readHeaders } from '../../../tools/broker/record-headers.ts';
import {
  anyRecord,
  attributes,
  decodeAsKafkajs,
  decodeBatch as decode,
  encodeBatch as encode,
  firstOffset,
  firstTimestamp,
  gzip,
  KafkajsDecoder,
  type RecordSpec,
} from '../../support/record-batches.ts';

// A polled record has its properties on its prototype, where deepEqual does not look.
const toPlain = (message: KafkaMessage): object => {
  const { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext } =
    message as KafkaMessage & Record<'magicByte' | 'isControlRecord' | 'batchContext', unknown>;
  return { magicByte, attributes, timestamp, offset, key, value, headers, isControlRecord, batchContext };
};

test('reads what kafkajs reads, and leaves off where it does', async () => {
  const { at, ...attributeBits } = attributes;
  const flags = fc
    .subarray(Object.values(attributeBits))
    .map((bits) => bits.reduce((sum, bit) => sum | bit, 0));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord(300), { maxLength: 6 }),
      flags,
      fc.constantFrom(0, gzip),
      fc.nat(9),
      async (records, bits, compression, rest) => {
        const batch = await encode(records, compression);
        batch[at] = (batch[at] ?? 0) | bits;
        const [first, second] = [0, 1].map(
          () => new KafkajsDecoder(Buffer.concat([batch, Buffer.alloc(rest)])),
        ) as [FetchBytes, FetchBytes];
        const [ours, theirs] = [await decode(first), await decodeAsKafkajs(second)];
        assert.deepEqual(
          { ...ours, records: (ours.records as readonly KafkaMessage[]).map(toPlain) },
          { ...theirs, records: theirs.records.map(toPlain) },
        );
        assert.equal(first.offset, second.offset);
      },
    ),
    { numRuns: 200 },
  );
});

test('gives a batch as one message to whom asks for rows', async () => {
  const key = Buffer.from('k');
  const specs: readonly RecordSpec[] = [
    { offsetDelta: 0, timestampDelta: 5, key, value: Buffer.alloc(0), headers: {} },
    { offsetDelta: 9, timestampDelta: -5, key: null, value: null, headers: { a: '1' } },
  ];
  const from = new KafkajsDecoder(await encode(specs));
  const { records } = await askForRows(async () => await decode(from));
  const [rows] = records;
  assert.ok(rows instanceof PolledRows && records.length === 1);
  const { offset, columns } = rows;
  assert.deepEqual([offset, rows.key], [String(firstOffset + 9), key]);
  assert.deepEqual([...columns.offsets], [firstOffset, firstOffset + 9]);
  assert.deepEqual([...columns.timestamps], [firstTimestamp + 5, firstTimestamp - 5]);
  assert.deepEqual(
    [0, firstOffset + 1, firstOffset + 10].map((at) => rows.rowAt(at)),
    [0, 1, 2],
  );
  assert.deepEqual(
    rows.toRecords(1).map(toPlain),
    (await decodeAsKafkajs(new KafkajsDecoder(await encode(specs)))).records.slice(1).map(toPlain),
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
  const [polled] = records as readonly KafkaMessage[];
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
