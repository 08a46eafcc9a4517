// What a mapping does to what it has polled: every offset stays accounted for, delivered or not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilters } from '../../../../tools/local/mapping/record-filter.ts';
import { createRecordPipeline } from '../../../../tools/local/poller/record-pipeline.ts';
import { toMessage } from '../../../support/kafka-message.ts';

const filter = compileFilters({ Filters: [{ Pattern: '{"value":{"keep":[true]}}' }] });
const value = (keep: boolean): Buffer => Buffer.from(JSON.stringify({ keep }));
const placesOf = ({
  records,
}: Awaited<ReturnType<ReturnType<typeof createRecordPipeline>>>): readonly unknown[] =>
  records.map(({ offset, admission = 'deliver' }) => [offset, admission]);

test('gives a run of filtered records as one that has no content, and names them', async () => {
  const pipeline = createRecordPipeline({ topic: 'orders', filter });
  const keeps = [false, false, true, true, false];
  const result = await pipeline(
    3,
    keeps.map((keep, offset) => toMessage({ offset: String(offset), value: value(keep) })),
  );
  assert.deepEqual(placesOf(result), [
    [1, 'offset-only'],
    [2, 'deliver'],
    [3, 'deliver'],
    [4, 'offset-only'],
  ]);
  assert.deepEqual(result.filtered, [
    { partition: 3, from: 0, to: 2 },
    { partition: 3, from: 4, to: 5 },
  ]);
});

test('does not filter what its registry cannot read: it goes to the destination', async () => {
  const pipeline = createRecordPipeline({
    topic: 'orders',
    filter,
    decode: async (message) => ({ message, extras: { admission: 'DESERIALIZATION_ERROR' } }),
  });
  const result = await pipeline(0, [toMessage({ offset: '7', value: value(false) })]);
  assert.deepEqual([placesOf(result), result.filtered], [[[7, 'DESERIALIZATION_ERROR']], []]);
});
