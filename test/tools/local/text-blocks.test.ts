import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { askForRows, PolledRows } from '../../../tools/broker/polled-rows.ts';
import { readJson, type EncodedRecord } from '../../../tools/local/event.ts';
import { createRecordEncoder } from '../../../tools/local/record-encoder.ts';
import { createTextBlocks, textBlockBytes, type TextBlocks } from '../../../tools/local/text-blocks.ts';
import { decodeBatch, encodeBatch, KafkajsDecoder } from '../../support/record-batches.ts';

/** Records as a poller makes them, whose values are of these many bytes and tell which fetch they are of. */
async function poll(
  blocks: TextBlocks,
  fetch: number,
  lengths: readonly number[],
): Promise<readonly EncodedRecord[]> {
  const specs = lengths.map((length, offsetDelta) => ({
    offsetDelta,
    timestampDelta: 0,
    key: null,
    value: Buffer.alloc(length, `${fetch} `),
    headers: {},
  }));
  const batch = await encodeBatch(specs);
  const { records } = await askForRows(() => decodeBatch(new KafkajsDecoder(batch)));
  return records.flatMap((rows) => {
    assert.ok(rows instanceof PolledRows);
    return createRecordEncoder('t', blocks).encodeRows(0, rows.columns, {
      from: 0,
      to: rows.columns.offsets.length,
    });
  });
}

const tenKilobytes = Array.from({ length: 4 }, () => 10_000);

test('uses a block again once all of its records were given back, in whatever groups', async () => {
  const blocks = createTextBlocks();
  const records = await poll(blocks, 1, tenKilobytes);
  const [first] = records;
  assert.ok(first !== undefined && records.every(({ text }) => text === first.text));
  blocks.giveBack(records.slice(1));
  assert.notEqual((await poll(blocks, 2, tenKilobytes))[0]?.text, first.text);
  blocks.giveBack(records.slice(0, 1));
  assert.equal((await poll(blocks, 3, tenKilobytes))[0]?.text, first.text);
});

test('gives small and large texts memory of their own, of their size', () => {
  const blocks = createTextBlocks();
  for (const bytes of [1, 1000, textBlockBytes + 1])
    assert.deepEqual(blocks.take(bytes, 1).buffer.byteLength, bytes);
});

test('keeps at most 16 MB that nobody uses', () => {
  const blocks = createTextBlocks();
  const taken = Array.from({ length: 300 }, () => blocks.take(textBlockBytes, 1));
  for (const text of taken) {
    blocks.giveBack([{ partition: 0, offset: 0, timestampMs: 0, text, start: 0, bytes: textBlockBytes }]);
  }
  const again = Array.from({ length: 300 }, () => blocks.take(textBlockBytes, 1));
  assert.equal(again.filter((block) => taken.includes(block)).length, 256);
});

test('never writes over a record that was not given back', async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 40 });
  // A fetch, and which share of the waiting records is given back after it, from the front or from the back.
  const step = fc.record({
    lengths,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    isFront: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const blocks = createTextBlocks();
      const waiting: { readonly record: EncodedRecord; readonly json: string }[] = [];
      for (const [fetch, { lengths: each, share, isFront }] of steps.entries()) {
        const records = await poll(blocks, fetch, each);
        waiting.push(...records.map((record) => ({ record, json: readJson(record) })));
        for (const { record, json } of waiting) assert.ok(readJson(record) === json);
        const count = Math.floor(waiting.length * share);
        const at = isFront ? 0 : waiting.length - count;
        blocks.giveBack(waiting.splice(at, count).map(({ record }) => record));
      }
    }),
    { numRuns: 60 },
  );
});
