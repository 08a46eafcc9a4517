import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineConsumer } from '../../../lib/definition/define-consumer.ts';
import { findMovedSettings, toMeasuredSettings } from '../../../lib/definition/measured-settings.ts';

const orders = { name: 'orders', topic: 'orders' } as const;

test('names each setting that has moved since it was measured, and none that has not', () => {
  const measured = defineConsumer({ ...orders, batch: { maxRecords: 500 }, concurrency: 4 });
  const memory = { sizeMb: 256, measuredFor: toMeasuredSettings(measured) };
  const same = defineConsumer({ ...orders, batch: { maxRecords: 500 }, concurrency: 4, memory });
  assert.deepEqual(findMovedSettings(same), []);
  const moved = defineConsumer({
    ...orders,
    batch: { maxRecords: 900 },
    concurrency: 4,
    order: 'key',
    memory,
  });
  assert.deepEqual(findMovedSettings(moved), [
    'maxRecords is 900, was measured with 500',
    'order is key, was measured with partition',
  ]);
});

test('lets the limit that follows from the memory size follow the size that is written', () => {
  const before = defineConsumer({ ...orders, memory: { sizeMb: 256 } });
  const measuredFor = toMeasuredSettings(before, 128);
  assert.equal(before.limits.maxValueBytesPerRecord, 16_777_216);
  assert.equal(measuredFor['maxValueBytesPerRecord'], 8_388_608);
  assert.deepEqual(
    findMovedSettings(defineConsumer({ ...orders, memory: { sizeMb: 128, measuredFor } })),
    [],
  );
});

test('keeps a limit that the definition says itself, at any memory size', () => {
  const limits = { maxValueBytesPerRecord: 2_000_000 };
  const measuredFor = toMeasuredSettings(defineConsumer({ ...orders, limits }), 1024);
  assert.equal(measuredFor['maxValueBytesPerRecord'], 2_000_000);
  const after = { ...orders, memory: { sizeMb: 1024, measuredFor } };
  assert.deepEqual(findMovedSettings(defineConsumer({ ...after, limits })), []);
  assert.deepEqual(findMovedSettings(defineConsumer(after)), [
    'maxValueBytesPerRecord is 16777216, was measured with 2000000',
  ]);
});
