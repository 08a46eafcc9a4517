// What keeps up with a rate, and what does not: pollers, ceilings, growth.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { toLargestBatch } from '../../../tools/plan/batch.ts';
import { toLoad } from '../../../tools/plan/capacity.ts';
import { toCeilings, toGrowth } from '../../../tools/plan/ceilings.ts';
import { defaultWorkload, type Workload } from '../../../tools/plan/workload.ts';

function workload(changes: Partial<Workload> = {}): Workload {
  return { ...defaultWorkload, ...changes };
}

test('invokes for each record alone while they come slower than the window', () => {
  const load = toLoad(workload({ maximumBatchingWindowSeconds: 1 }), 0.3);
  assert.deepEqual([load.pollers, load.units, load.records, load.invocationsPerSecond], [1, 1, 1, 0.3]);
  assert.ok(load.keepsUp);
});

test('gathers what comes in a window', () => {
  const load = toLoad(workload({ maximumBatchingWindowSeconds: 5, handlerMs: 1 }), 10);
  assert.equal(load.records, 50);
  assert.equal(load.invocationsPerSecond, 0.2);
});

test('takes a poller for every 5 MB a second', () => {
  // 10,000 records of 984 + 16 bytes are 10 MB a second.
  const fast = workload({
    valueBytes: 984,
    handlerMs: 0,
    partitions: 50,
    maxPollers: 50,
    maxRecords: 5000,
    memoryMb: 1769,
  });
  assert.equal(toLoad(fast, 10_000).pollers, 2);
  assert.equal(toLoad(fast, 10_001).pollers, 3);
});

test('takes a poller for every 5 invocations at once', () => {
  // 100 records of 100 ms keep 10 invocations busy, and the runtime's own part an eleventh.
  const slow = workload({ handlerMs: 100, partitions: 100, maxPollers: 100, memoryMb: 1769 });
  assert.equal(toLoad(slow, 49).pollers, 1);
  assert.equal(toLoad(slow, 100).pollers, 3);
});

test('bills a unit for 10 pollers or 20 MB a second', () => {
  const busy = workload({ minPollers: 21, maxPollers: 21, partitions: 21 });
  assert.equal(toLoad(busy, 1).units, 3);
  const wide = workload({
    valueBytes: 99_984,
    minPollers: 9,
    maxPollers: 9,
    handlerMs: 0,
    memoryMb: 1769,
    ratio: 1,
  });
  assert.equal(toLoad(wide, 401).units, 3); // 40.1 MB/s
});

test('has no more invocations at once than partitions, and no more pollers', () => {
  const narrow = workload({ partitions: 2, handlerMs: 100, maxPollers: 4, minPollers: 4 });
  const load = toLoad(narrow, 100);
  assert.equal(load.pollers, 2);
  assert.equal(load.keepsUp, false);
});

test('says how far a consumer goes: the lowest limit first', () => {
  const ceilings = toCeilings(workload({ handlerMs: 10, partitions: 12, maxPollers: 2, memoryMb: 1769 }));
  // 100 records take 1,000 ms, 2.5 for the runtime and 0.5 around: a slot does 99.7 records a second.
  assert.deepEqual(
    ceilings.map(({ name, recordsPerSecond }) => [name, Math.round(recordsPerSecond)]),
    [
      ['pollers', 997],
      ['partitions', 1196],
      ['poller bandwidth', 12_255],
      ['account concurrency', 99_704],
    ],
  );
});

test("counts an MSK Serverless cluster's own limit when it is part of the plan", () => {
  const found = toCeilings(workload({ msk: 'serverless', valueBytes: 984 })).find(
    ({ name }) => name === 'MSK Serverless',
  );
  assert.equal(found?.recordsPerSecond, 200_000);
});

test('grows tenfold to a million records a second', () => {
  const steps = toGrowth(workload({ recordsPerSecond: 30 }));
  assert.deepEqual(
    steps.map(({ recordsPerSecond }) => recordsPerSecond),
    [30, 100, 1000, 10_000, 100_000, 1_000_000],
  );
  assert.deepEqual(
    toGrowth(workload({ recordsPerSecond: 1_000_000 })).map(({ recordsPerSecond }) => recordsPerSecond),
    [1_000_000],
  );
});

test('needs more mappings than one past 2,000 pollers', () => {
  // A million records a second of 100 ms are 100,000 invocations at once: 20,000 pollers.
  const step = toGrowth(workload({ handlerMs: 100, memoryMb: 1769 })).at(-1);
  assert.ok(step && step.pollers >= 20_000 && step.mappings === Math.ceil(step.pollers / 2000));
});

const anyWorkload = fc.record({
  valueBytes: fc.integer({ min: 0, max: 4_000_000 }),
  ratio: fc.double({ min: 1, max: 50, noNaN: true }),
  handlerMs: fc.double({ min: 0, max: 500, noNaN: true }),
  partitions: fc.integer({ min: 1, max: 2000 }),
  maxRecords: fc.integer({ min: 1, max: 10_000 }),
  maximumBatchingWindowSeconds: fc.integer({ min: 0, max: 300 }),
  order: fc.constantFrom('partition', 'key', 'none'),
  concurrency: fc.integer({ min: 1, max: 100 }),
  memoryMb: fc.integer({ min: 128, max: 10_240 }),
  maxPollers: fc.integer({ min: 1, max: 2000 }),
  recordsPerSecond: fc.double({ min: 0.001, max: 1e5, noNaN: true }),
});

test('never promises more than pollers, partitions and batches can do', () => {
  fc.assert(
    fc.property(anyWorkload, (changes) => {
      const each = workload(changes);
      const load = toLoad(each, each.recordsPerSecond);
      if (!load.keepsUp) return;
      assert.ok(load.pollers <= Math.min(each.maxPollers, each.partitions));
      assert.ok(load.concurrency <= Math.min(5 * load.pollers, each.partitions) * (1 + 1e-9));
      assert.ok(load.records <= toLargestBatch(each).records);
      const lowest = toCeilings(each).find(({ name }) => name !== 'account concurrency');
      assert.ok(each.recordsPerSecond <= (lowest?.recordsPerSecond ?? 0) * (1 + 1e-9));
    }),
  );
});

test('keeps up at every step of growth, whatever the workload', () => {
  fc.assert(
    fc.property(anyWorkload, (changes) => {
      for (const step of toGrowth(workload(changes))) assert.ok(step.keepsUp, JSON.stringify(step));
    }),
  );
});
