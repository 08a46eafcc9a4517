import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { findCollector } from '../../../lib/memory/gc.ts';
import { createBatchBuilder, maxEventBytes, type BatchBuilder } from '../../../tools/local/batch-builder.ts';
import {
  composeEvent,
  toOffsetOnly,
  type EventEnvelope,
  type PolledRecord,
} from '../../../tools/local/event.ts';
import { toPolledRecord } from '../../support/polled-record.ts';

const envelope: EventEnvelope = {
  topic: 'orders',
  eventSource: 'SelfManagedKafka',
  eventSourceArn: undefined,
  bootstrapServers: '127.0.0.1:9092',
};

function record(partition: number, offset: number, bytes: number = 20): PolledRecord {
  return toPolledRecord({ partition, offset, timestampMs: 0 }, bytes);
}

function builder(options: { maxRecords?: number; windowMs?: number; maxBytes?: number } = {}): BatchBuilder {
  return createBatchBuilder({ envelope, maxRecords: 100, windowMs: 0, ...options });
}

const offsets = (records: readonly PolledRecord[] | undefined): readonly number[] | undefined =>
  records?.map(({ offset }) => offset);

test('sends whatever is there when the window is 0', () => {
  const batches = builder();
  assert.equal(batches.cut(0), undefined);
  batches.add([record(0, 1), record(0, 2)]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [1, 2]);
});

test('waits for the window, from the first record on', () => {
  const batches = builder({ windowMs: 1000 });
  batches.add([record(0, 1)]);
  assert.equal(batches.cut(5_000), undefined);
  assert.equal(batches.dueAtMs(), 6_000);
  batches.add([record(0, 2)]);
  assert.equal(batches.cut(5_999), undefined);
  assert.deepEqual(offsets(batches.cut(6_000)?.records), [1, 2]);
  assert.equal(batches.dueAtMs(), undefined);
});

test('closes a batch at the record count without waiting for the window', () => {
  const batches = builder({ maxRecords: 2, windowMs: 1000 });
  batches.add([record(0, 1), record(0, 2), record(0, 3)]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [1, 2]);
});

test('has at most one batch per partition in flight, and lets other partitions go on', () => {
  const batches = builder({ maxRecords: 2 });
  batches.add([record(0, 1), record(0, 2), record(0, 3)]);
  batches.add([record(1, 1)]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [1, 2]);
  assert.deepEqual(
    batches.cut(0)?.records.map(({ partition }) => partition),
    [1],
  );
  assert.equal(batches.cut(0), undefined);
  batches.release([0]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [3]);
});

test('holds all partitions of a batch back until it has ended, and opens the next window then', () => {
  const batches = builder({ windowMs: 1000 });
  const arrive = (offset: number): void => {
    batches.add([record(0, offset)]);
    batches.add([record(1, offset)]);
  };
  const places = (nowMs: number): readonly string[] | undefined =>
    batches.cut(nowMs)?.records.map(({ partition, offset }) => `${partition}@${offset}`);
  arrive(1);
  assert.equal(places(0), undefined);
  assert.deepEqual(places(1000), ['0@1', '1@1']);
  arrive(2);
  assert.equal(places(5000), undefined);
  assert.equal(batches.dueAtMs(), undefined);
  batches.release([0, 1]);
  assert.equal(places(6000), undefined);
  assert.equal(batches.dueAtMs(), 7000);
  assert.deepEqual(places(7000), ['0@2', '1@2']);
});

test('closes a batch before the record that would exceed the event limit, and fills it to the byte', () => {
  const size = Buffer.byteLength(composeEvent(envelope, [record(0, 1), record(0, 2)]));
  const exact = builder({ maxBytes: size });
  exact.add([record(0, 1), record(0, 2), record(0, 3)]);
  assert.deepEqual(offsets(exact.cut(0)?.records), [1, 2]);
  const short = builder({ maxBytes: size - 1 });
  short.add([record(0, 1), record(0, 2)]);
  assert.deepEqual(offsets(short.cut(0)?.records), [1]);
});

test('cuts a lone record that cannot fit as oversize', () => {
  const batches = builder();
  batches.add([record(0, 1), record(0, 2, maxEventBytes), record(0, 3)]);
  assert.equal(batches.cut(0)?.oversize, false);
  batches.release([0]);
  const batch = batches.cut(0);
  assert.equal(batch?.oversize, true);
  assert.deepEqual(offsets(batch?.records), [2]);
});

test('gives offset-only records no room in a batch, and waits for no window when nothing else is there', () => {
  const batches = builder({ maxRecords: 2, windowMs: 1000 });
  batches.add([toOffsetOnly(0, 9)]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [9]);
  batches.release([0]);
  batches.add([toOffsetOnly(0, 11), record(0, 12), toOffsetOnly(0, 14)]);
  assert.equal(batches.cut(10), undefined);
  batches.add([record(0, 15), record(0, 16)]);
  const full = batches.cut(20);
  assert.deepEqual(offsets(full?.records), [11, 12, 14, 15]);
  assert.ok(full !== undefined);
  const sent = full.records.filter(({ admission }) => admission === undefined);
  assert.equal(full.eventBytes, Buffer.byteLength(composeEvent(envelope, sent)));
});

test('is satisfied once a full batch is due, and in partitions whose batch is in flight', () => {
  const batches = builder({ maxRecords: 3, windowMs: 1000, maxBytes: 1000 });
  batches.add([record(0, 1), record(0, 2)]);
  assert.equal(batches.isSatisfied(0), false);
  batches.add([record(1, 1)]);
  assert.deepEqual([batches.isSatisfied(0), batches.isSatisfied(2)], [true, true]);
  batches.cut(0);
  batches.add([record(0, 3)]);
  assert.deepEqual([batches.isSatisfied(0), batches.isSatisfied(2)], [true, false]);
  batches.add([record(2, 1, 1000)]);
  assert.equal(batches.isSatisfied(2), true);
  batches.release([0, 1]);
  batches.cut(0);
  batches.cut(0);
  assert.deepEqual([batches.isSatisfied(1), batches.isSatisfied(2)], [false, true]);
});

test('forgets what waits but not what is in flight when it is cleared', () => {
  const batches = builder({ maxRecords: 1 });
  batches.add([record(0, 1), record(0, 2)]);
  batches.cut(0);
  batches.clear();
  assert.equal(batches.totalBytes(), 0);
  batches.add([record(0, 1)]);
  assert.equal(batches.cut(0), undefined);
  batches.release([0]);
  assert.deepEqual(offsets(batches.cut(0)?.records), [1]);
});

test('holds no record of a batch that it has cut', async () => {
  const batches = builder();
  const cut = ((): WeakRef<PolledRecord> => {
    const first = record(0, 1);
    batches.add([first]);
    batches.add([record(0, 2)]);
    return new WeakRef(first);
  })();
  batches.cut(0);
  // A reference is held until its turn of the event loop is over.
  await new Promise(setImmediate);
  findCollector()?.thorough();
  assert.equal(cut.deref(), undefined);
});

test('delivers every record once, in order per partition, inside all limits', () => {
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        add: fc.integer({ min: 0, max: 4 }),
        count: fc.integer({ min: 1, max: 9 }),
        bytes: fc.integer({ min: 2, max: 400 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ cutAfterMs: fc.integer({ min: 0, max: 50 }) }) },
    { weight: 2, arbitrary: fc.record({ release: fc.nat(10) }) },
  );
  const limits = fc.record({
    maxRecords: fc.integer({ min: 1, max: 12 }),
    windowMs: fc.constantFrom(0, 30),
    maxBytes: fc.constantFrom(300, 900, 5000),
  });
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 80 }), (limit, steps) => {
      const batches = builder(limit);
      const produced = new Map<number, number>();
      const delivered = new Map<number, number>();
      const flying: Set<number>[] = [];
      let nowMs = 0;
      const cut = (): boolean => {
        const batch = batches.cut(nowMs);
        if (batch === undefined) return false;
        const partitions = new Set(batch.records.map(({ partition }) => partition));
        for (const partition of partitions) assert.ok(flying.every((other) => !other.has(partition)));
        flying.push(partitions);
        for (const { partition, offset } of batch.records) {
          assert.equal(offset, delivered.get(partition) ?? 0);
          delivered.set(partition, offset + 1);
        }
        const bytes = Buffer.byteLength(composeEvent(envelope, batch.records));
        assert.equal(batch.eventBytes, bytes);
        assert.ok(batch.records.length <= limit.maxRecords);
        assert.equal(batch.oversize, bytes > limit.maxBytes);
        if (batch.oversize) assert.equal(batch.records.length, 1);
        return true;
      };
      for (const action of steps) {
        if ('add' in action) {
          const first = produced.get(action.add) ?? 0;
          batches.add(
            Array.from({ length: action.count }, (_, i) => record(action.add, first + i, action.bytes)),
          );
          produced.set(action.add, first + action.count);
        } else if ('cutAfterMs' in action) {
          nowMs += action.cutAfterMs;
          cut();
        } else batches.release(flying.splice(action.release % (flying.length + 1), 1)[0] ?? []);
      }
      for (;;) {
        for (const partitions of flying.splice(0)) batches.release(partitions);
        nowMs += 1;
        if (!cut() && batches.dueAtMs() === undefined) break;
      }
      assert.deepEqual(delivered, produced);
      assert.equal(batches.totalBytes(), 0);
    }),
    { numRuns: 300 },
  );
});
