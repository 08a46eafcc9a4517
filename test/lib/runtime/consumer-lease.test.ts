// When a record's bytes are out of reach, and what may be kept of them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { bytes, json, text, type LeasedRecord } from '../../../lib/index.ts';
import { toContext, toEvent } from '../../support/events.ts';

import { order, run, setUp } from '../../support/record-consumer.ts';

describe('a lease', () => {
  test('ends when the function settles, on every way to the bytes', async () => {
    const kept: LeasedRecord<unknown, string>[] = [];
    const { handler } = setUp({ value: json() }, async (record) => {
      await new Promise(setImmediate);
      assert.deepEqual(record.value, order);
      kept.push(record);
    });
    await run(handler, [{ offset: 3, key: 'k', value: JSON.stringify(order) }]);
    const [record] = kept;
    assert.ok(record);
    const uses = [
      () => record.value,
      () => record.key,
      () => record.headers,
      () => record.toBuffer(),
      () => record.keep(),
    ];
    for (const use of uses)
      assert.throws(use, { code: 'RELEASED', topic: 'orders', partition: 0, offset: 3 });
    assert.equal(record.offset, 3);
  });

  test('ends for a headers object that was kept', async () => {
    const kept: (() => unknown)[] = [];
    const { handler } = setUp({}, (record) => {
      const { headers } = record;
      kept.push(
        () => headers.text('h'),
        () => [...headers],
        () => headers.size,
      );
    });
    await run(handler, [{ offset: 0, headers: [['h', 'v']] }]);
    for (const use of kept) assert.throws(use, { code: 'RELEASED' });
  });

  test('ends also when the function fails', async () => {
    const kept: LeasedRecord[] = [];
    const { handler } = setUp({ value: text() }, (record) => {
      kept.push(record);
      throw new Error('no');
    });
    await run(handler, [{ offset: 0, value: 'v' }]);
    assert.throws(() => kept[0]?.value, { code: 'RELEASED' });
  });

  test('is outlived by what keep() and toBuffer() give, in memory of their own', async () => {
    const kept: unknown[] = [];
    const { handler } = setUp({ value: bytes() }, (record) => {
      kept.push(record.keep(), record.toBuffer(), record.value);
    });
    await run(handler, [
      { offset: 0, key: 'k', value: gzipSync('hello'), headers: [['content-encoding', 'gzip']] },
    ]);
    const [record, copy, value] = kept as [{ key: string; value: Buffer; headers: unknown }, Buffer, Buffer];
    assert.deepEqual(
      [record.key, record.value.toString(), record.headers],
      ['k', 'hello', [['content-encoding', Buffer.from('gzip')]]],
    );
    for (const own of [copy, value]) assert.equal(own.buffer.byteLength, 5);
  });

  test('lets go of the text of the event', async () => {
    const left: number[] = [];
    const event = toEvent([0, 1].map((offset) => ({ offset, value: 'v' })));
    const { handler } = setUp({}, () => left.push(event.records['orders-0']?.length ?? -1));
    await handler(event, toContext());
    assert.deepEqual(left, [0, 0]);
  });
});
