// One invocation: what a record takes of an event, how many fit, how long they take.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  maxEventBytes,
  maxRecordsByPayload,
  toDurationMs,
  toEventBytes,
  toEventRecordBytes,
  toLargestBatch,
  toPace,
} from '../../../tools/plan/batch.ts';
import { toNeededMb } from '../../../tools/plan/memory.ts';
import { defaultWorkload, type Workload } from '../../../tools/plan/workload.ts';

function workload(changes: Partial<Workload> = {}): Workload {
  return { ...defaultWorkload, ...changes };
}

/** A record as the event has it, built the long way. */
function buildRecord({ topic, keyBytes, valueBytes, headerBytes }: Workload): string {
  return JSON.stringify({
    topic,
    partition: 42,
    offset: 9_876_543_210,
    timestamp: 1_790_000_000_000,
    timestampType: 'CREATE_TIME',
    key: Buffer.alloc(keyBytes, 7).toString('base64'),
    value: Buffer.alloc(valueBytes, 7).toString('base64'),
    headers: headerBytes === 0 ? [] : [{ trace: Array.from({ length: headerBytes }, () => 101) }],
  });
}

for (const [what, changes] of [
  ['a value and a key', {}],
  ['no value', { valueBytes: 0 }],
  ['a value of a size that base64 pads', { valueBytes: 799, keyBytes: 17 }],
  ['another topic', { topic: 'payments.settled.v2' }],
] as const) {
  test(`counts the bytes that a record takes of an event, to the byte: ${what}`, () => {
    const each = workload(changes);
    assert.equal(toEventRecordBytes(each), buildRecord(each).length + 1); // the comma behind it
  });
}

test('counts headers as arrays of numbers, to their name', () => {
  const each = workload({ headerBytes: 60 });
  const built = buildRecord(each).length + 1;
  assert.ok(Math.abs(toEventRecordBytes(each) - built) < 20, `${toEventRecordBytes(each)} and ${built}`);
});

test('fills an event to 6 MB and not beyond', () => {
  const each = workload();
  const most = maxRecordsByPayload(each);
  assert.ok(toEventBytes(each, most) <= maxEventBytes);
  assert.ok(toEventBytes(each, most + 1) > maxEventBytes);
});

test('lets nothing of a record that exceeds an event by itself into a batch', () => {
  assert.deepEqual(toLargestBatch(workload({ valueBytes: 4_718_500, ratio: 1 })), {
    records: 0,
    limit: '6 MB',
  });
  assert.equal(toLargestBatch(workload({ valueBytes: 4_718_000, handlerMs: 0 })).records, 1);
});

test('limits a batch by its setting, by 6 MB or by the timeout, whichever is first', () => {
  // 800 bytes and a key of 16: 1,068 + 24 of base64 in a frame of 142 and a comma.
  assert.equal(toEventRecordBytes(workload()), 1235);
  assert.deepEqual(toLargestBatch(workload()), { records: 100, limit: 'maxRecords' });
  const many = workload({ maxRecords: 10_000, handlerMs: 1 });
  assert.deepEqual(toLargestBatch(many), { records: Math.floor((6_291_556 - 500) / 1235), limit: '6 MB' });
  // 54 of 60 seconds at 1 second a record, and a little for the runtime.
  assert.deepEqual(toLargestBatch(workload({ handlerMs: 1000 })), { records: 53, limit: 'timeout' });
});

test('counts records of a partition one after another, and lanes side by side', () => {
  const ordered = toPace(workload({ handlerMs: 20, order: 'partition' }));
  const lanes = toPace(workload({ handlerMs: 20, order: 'key', concurrency: 10 }));
  assert.ok(Math.abs(ordered.perRecordMs - lanes.perRecordMs - 18) < 1e-9);
});

test("takes the runtime's time from the CPU that a memory size has", () => {
  const small = toPace(workload({ handlerMs: 0, memoryMb: 177 })); // a tenth of a vCPU
  const large = toPace(workload({ handlerMs: 0, memoryMb: 1769 }));
  const largest = toPace(workload({ handlerMs: 0, memoryMb: 10_240 }));
  assert.ok(Math.abs(small.perRecordMs / large.perRecordMs - 1769 / 177) < 1e-9);
  assert.deepEqual(largest, large);
  // 1,200 decompressed bytes at 20.6 ns, and half a millisecond around them.
  assert.ok(Math.abs(toDurationMs(large, 1000) - (0.5 + 24.72)) < 1e-9);
});

test('asks for more memory for larger batches and larger values', () => {
  const base = toNeededMb(workload());
  assert.ok(toNeededMb(workload({ maxRecords: 5000, handlerMs: 1 })) > base + 15); // an event of 6 MB, three times
  const wide = workload({
    valueBytes: 400_000,
    ratio: 10,
    order: 'none',
    maxDecompressedBytesInFlight: 40_000_000,
  });
  assert.ok(toNeededMb(wide) > base + 40); // ten lanes of 4 MB, within their budget of 40 MB
});
