import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { PolledRecord } from '../../../tools/broker/polled-record.ts';
import { askForRows, PolledRows } from '../../../tools/broker/polled-rows.ts';
import { place } from '../../../tools/broker/record-columns.ts';
import { composeEvent, joinEvent, readJson, type EncodedRecord } from '../../../tools/local/event.ts';
import { createRecordEncoder } from '../../../tools/local/record-encoder.ts';
import { buildRecordTextModule } from '../../../tools/wasm/record-text.ts';
import {
  anyRecord,
  attributes,
  decodeBatch,
  encodeBatch,
  firstOffset,
  firstTimestamp,
  KafkajsDecoder,
  type RecordSpec,
} from '../../support/record-batches.ts';
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

/** What a poller makes of a batch of these. */
async function poll(specs: readonly RecordSpec[], bits = 0): Promise<readonly EncodedRecord[]> {
  const batch = await encodeBatch(specs);
  batch[attributes.at] = bits;
  const { records } = await askForRows(() => decodeBatch(new KafkajsDecoder(batch)));
  return records.flatMap((rows) => {
    assert.ok(rows instanceof PolledRows);
    return createRecordEncoder('t').encodeRows(3, rows.columns, { from: 0, to: rows.columns.offsets.length });
  });
}

/** The record's JSON by plain means. */
function toJson(
  { offsetDelta, timestampDelta, key, value, headers }: RecordSpec,
  isAppendTime: boolean,
): string {
  return JSON.stringify({
    topic: 't',
    partition: 3,
    offset: firstOffset + offsetDelta,
    timestamp: firstTimestamp + (isAppendTime ? 999 : timestampDelta),
    timestampType: isAppendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    key: key?.toString('base64'),
    value: value?.toString('base64'),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((text) => ({ [name]: [...new Int8Array(Buffer.from(text))] })),
    ),
  });
}

test('writes a whole fetch as JSON would be written record by record', async () => {
  const headless = anyRecord(100).map((spec) => ({ ...spec, headers: {} }));
  const specs = fc.array(fc.oneof({ arbitrary: headless, weight: 4 }, anyRecord(100)), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(specs, fc.boolean(), async (each, isAppendTime) => {
      const records = await poll(each, isAppendTime ? attributes.appendTime : 0);
      const expected = each.map((spec) => toJson(spec, isAppendTime));
      assert.deepEqual(records.map(readJson), expected);
      assert.deepEqual(
        records.map(({ partition, offset, timestampMs }) => ({ partition, offset, timestamp: timestampMs })),
        each.map(({ offsetDelta, timestampDelta }) => ({
          partition: 3,
          offset: firstOffset + offsetDelta,
          timestamp: firstTimestamp + (isAppendTime ? 999 : timestampDelta),
        })),
      );
      if (records.length === 0) return;
      const event = composeEvent(
        { topic: 't', eventSource: 'aws:kafka', eventSourceArn: 'a', bootstrapServers: 'b' },
        records,
      );
      assert.ok(joinEvent(event).includes(`{"t-3":[${expected.join(',')}]}`));
    }),
    { numRuns: 300 },
  );
});

test('says of broken headers what they are read as one record at a time', async () => {
  const headers = { a: ['1', ''], 'content-type': 'application/json' };
  const value = Buffer.from('value');
  const batch = await encodeBatch(
    [0, 1].map((n) => ({ offsetDelta: n, timestampDelta: n, key: null, value, headers })),
  );
  const { records } = await askForRows(() => decodeBatch(new KafkajsDecoder(batch)));
  const [rows] = records;
  assert.ok(rows instanceof PolledRows);
  const [start = 0, end = 0] = rows.columns.places.subarray(place.headersStart);
  const attempt = (encode: () => readonly EncodedRecord[]): unknown => {
    try {
      return encode().map(readJson);
    } catch (error) {
      return String(error);
    }
  };
  const encoder = createRecordEncoder('t');
  const change = fc.record({ at: fc.integer({ min: start, max: end - 1 }), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(rows.columns.bytes);
      for (const { at, byte } of changes) bytes[at] = byte;
      const columns = { ...rows.columns, bytes };
      assert.deepEqual(
        attempt(() => encoder.encodeRows(3, columns, { from: 0, to: 2 })),
        attempt(() => [0, 1].map((row) => encoder.encode(3, new PolledRecord(columns, row)))),
      );
    }),
    { numRuns: 2000 },
  );
});

test('writes whole numbers as JSON has them', () => {
  const edges = [
    0,
    9,
    10,
    99_999_999,
    100_000_000,
    2 ** 31,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    -1,
    -100_000_000,
  ];
  const number = fc.oneof(fc.constantFrom(...edges), fc.nat(), fc.maxSafeInteger());
  const encoder = createRecordEncoder('t');
  fc.assert(
    fc.property(number, number, (offset, timestamp) => {
      const numbers = { offset: String(offset), timestamp: String(timestamp) };
      const json = readJson(encoder.encode(0, message(numbers)));
      assert.ok(json.startsWith(`{"topic":"t","partition":0,"offset":${offset},"timestamp":${timestamp},`));
    }),
  );
});

test('writes base64 of any length as Node does, and large values beside small ones', async () => {
  const lengths = [...Array(50).keys(), 65_536, 3, 1_000_001, 1, 9_000_000, 2];
  const specs = lengths.map((length, n) => {
    const value = Buffer.from(Array.from({ length: Math.min(length, 997) }, (_, at) => at * 37 + n));
    return { offsetDelta: n, timestampDelta: n, key: null, value: Buffer.alloc(length, value), headers: {} };
  });
  const records = await poll(specs);
  assert.equal(records.length, specs.length);
  // Compared by themselves: a difference would print megabytes.
  for (const [n, record] of records.entries())
    assert.ok(readJson(record) === toJson(specs[n] ?? assert.fail(), false), `value of ${lengths[n]} bytes`);
});

test('lets a fetch of small records stand in few blocks of at most 64 KB, a few records in no more than they need', async () => {
  const toSpecs = (count: number): readonly RecordSpec[] =>
    Array.from({ length: count }, (_, n) => ({
      offsetDelta: n,
      timestampDelta: 0,
      key: null,
      value: Buffer.alloc(n),
      headers: {},
    }));
  const blocks = Map.groupBy(await poll(toSpecs(500)), ({ text }) => text);
  assert.ok(blocks.size <= 5, `${blocks.size} blocks`);
  for (const [block, records] of blocks) {
    assert.ok(block.buffer.byteLength <= 65_536);
    assert.deepEqual(
      records.map(({ start }) => start),
      records.map((_, n) => records.slice(0, n).reduce((sum, { bytes }) => sum + bytes + 1, 0)),
    );
  }
  const few = await poll(toSpecs(3));
  assert.equal(
    few[0]?.text.buffer.byteLength,
    few.reduce((sum, { bytes }) => sum + bytes, 2),
  );
});

test('the module is what its source builds', async () => {
  const committed = new URL('../../../tools/local/record-text-module.ts', import.meta.url);
  assert.equal(readFileSync(committed, 'utf8'), await buildRecordTextModule());
});
