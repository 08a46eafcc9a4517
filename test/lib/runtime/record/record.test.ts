import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { findCollector } from '../../../../lib/memory/gc.ts';
import type { EventRecord } from '../../../../lib/runtime/event/event.ts';
import {
  Lease,
  ReleasedError,
  type LeasedRecord,
  type LeaseSource,
} from '../../../../lib/runtime/record/record.ts';

const event: EventRecord = {
  topic: 'orders',
  partition: 1,
  offset: 2,
  timestamp: 3,
  timestampType: 'CREATE_TIME',
  key: 'aw==',
  value: 'dg==',
  headers: [{ h: [118] }, { b: [-1] }],
};

/** A lease of `event`, and what was handed out of it. */
function leaseOf(fields: Partial<EventRecord> = {}): {
  readonly lease: Lease<string, string>;
  readonly handedOut: number[];
} {
  const handedOut: number[] = [];
  const source: LeaseSource<string> = {
    toKey: (record) => (record.key ? Buffer.from(record.key, 'base64').toString() : null),
    toKeyBytes: (record) => (record.key ? Buffer.from(record.key, 'base64') : null),
    toBuffer: () => Buffer.from('value'),
    handOut: (bytes) => void handedOut.push(bytes),
  };
  const loaded = { value: 'value', decompressedBytes: 5, budgetBytes: 7 };
  return { lease: new Lease({ ...event, ...fields }, source, loaded, null), handedOut };
}

describe('a leased record', () => {
  test('is what the event says, and a tombstone only without a value', () => {
    const { lease } = leaseOf();
    const { topic, partition, offset, timestamp, timestampType, key, keyBytes, value, isTombstone } = lease;
    assert.deepEqual(
      [topic, partition, offset, timestamp, timestampType],
      ['orders', 1, 2, 3, 'CREATE_TIME'],
    );
    assert.deepEqual([key, keyBytes, value, isTombstone], ['k', Buffer.from('k'), 'value', false]);
    assert.deepEqual(
      [leaseOf({ value: '' }).lease.isTombstone, leaseOf({ value: null }).lease.isTombstone],
      [false, true],
    );
  });

  test('gives its budget back once', () => {
    const { lease } = leaseOf();
    assert.deepEqual([lease.release(), lease.release()], [7, 0]);
  });

  test('holds nothing once it is released', async () => {
    const source: LeaseSource<unknown> = {
      toKey: undefined,
      toKeyBytes: () => null,
      toBuffer: () => null,
      handOut() {},
    };
    const [lease, ...held] = ((): readonly [Lease<object, object>, ...WeakRef<object>[]] => {
      const [record, value, key] = [{ ...event }, {}, {}];
      const loaded = { value, decompressedBytes: 5, budgetBytes: 7 };
      const made = new Lease<object, object>(record, source as LeaseSource<object>, loaded, key);
      return [made, new WeakRef(record), new WeakRef(value), new WeakRef(key)];
    })();
    lease.release();
    // A reference is held until its turn of the event loop is over.
    await new Promise(setImmediate);
    findCollector()?.thorough();
    assert.deepEqual(
      held.map((each) => each.deref()),
      [undefined, undefined, undefined],
    );
    assert.equal(lease.offset, 2);
  });

  test('throws what names it once it is released, on every way to its bytes', () => {
    const { lease } = leaseOf();
    const { headers } = lease;
    lease.release();
    const uses: Readonly<Record<string, () => unknown>> = {
      key: () => lease.key,
      keyBytes: () => lease.keyBytes,
      value: () => lease.value,
      headers: () => headers.size,
      'toBuffer()': () => lease.toBuffer(),
      'keep()': () => lease.keep(),
      'toJSON()': () => JSON.stringify(lease),
    };
    for (const [member, use] of Object.entries(uses)) {
      assert.throws(use, (error) => {
        assert.ok(error instanceof ReleasedError);
        const { code, topic, partition, offset } = error;
        assert.deepEqual(
          [code, topic, partition, offset, error.member],
          ['RELEASED', 'orders', 1, 2, member],
        );
        return true;
      });
    }
  });

  test('hands out what outlives it, counted', () => {
    const { lease, handedOut } = leaseOf();
    const kept = lease.keep();
    const copy = lease.toBuffer();
    lease.release();
    assert.deepEqual(kept.headers, [
      ['h', Buffer.from('v')],
      ['b', Buffer.from([255])],
    ]);
    assert.deepEqual(
      [kept.key, kept.keyBytes, kept.value, copy?.toString()],
      ['k', Buffer.from('k'), 'value', 'value'],
    );
    assert.deepEqual(handedOut, [5 + 2 + 1, 5]);
  });

  test('is in JSON what one sees of it, and in a spread what is no secret of the runtime', () => {
    const { lease } = leaseOf();
    assert.deepEqual(JSON.parse(JSON.stringify({ lease })), {
      lease: {
        topic: 'orders',
        partition: 1,
        offset: 2,
        timestamp: 3,
        timestampType: 'CREATE_TIME',
        key: 'k',
        value: 'value',
        headers: [
          ['h', 'v'],
          ['b', '/w==', 'base64'],
        ],
      },
    });
    assert.deepEqual(Object.keys({ ...lease }).toSorted(), [
      'isTombstone',
      'offset',
      'partition',
      'timestamp',
      'timestampType',
      'topic',
    ]);
  });

  test('narrows its value by isTombstone, and does not spread, for the compiler', () => {
    const { lease } = leaseOf();
    const record = lease as unknown as LeasedRecord<{ readonly total: number }, string>;
    const totalOf = (): number => (record.isTombstone ? 0 : record.value.total);
    assert.equal(typeof totalOf, 'function');
    const spread = { ...record };
    // @ts-expect-error key, value and headers are read by accessors, which a spread loses
    assert.equal(spread.value, undefined);
  });
});
