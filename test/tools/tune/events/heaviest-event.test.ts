import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressFrameSync } from 'lz4-napi';
import { orderSchema } from '../../../../handlers/materialize/order.ts';
import type { Packing } from '../../../../tools/traffic/packing.ts';
import { createHeaviestEvent, fullValues } from '../../../../tools/tune/events/heaviest-event.ts';

const most = 1_048_576;
const base = {
  topic: 'orders',
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/a/b-1',
  bootstrapServers: '127.0.0.1:9',
  partitions: 1,
  maxDecompressedBytesPerRecord: most,
  seed: 858,
};
const openers: Readonly<Record<Packing, (value: Buffer) => Buffer>> = {
  lz4: (value) => decompressFrameSync(value),
  gzip: (value) => gunzipSync(value),
  zstd: (value) => zstdDecompressSync(value),
  none: (value) => value,
};

for (const packing of ['lz4', 'gzip', 'zstd', 'none'] as const) {
  for (const maxRecords of [1, 10, 500, 10_000]) {
    test(`stays within an event with ${maxRecords} records packed as ${packing}, and every value is an order within the limit`, async () => {
      const { event, records } = createHeaviestEvent({ ...base, packing, maxRecords });
      assert.ok(Buffer.byteLength(event) <= 6_291_456, `${Buffer.byteLength(event)} bytes`);
      const lists = Object.entries(
        (JSON.parse(event) as { records: Record<string, { value: string }[]> }).records,
      );
      const values = lists.flatMap(([, list]) => list.map(({ value }) => Buffer.from(value, 'base64')));
      assert.equal(values.length, records);
      assert.ok(records <= maxRecords && records >= Math.min(maxRecords, 100));
      const sizes: number[] = [];
      for (const value of values.slice(0, 40)) {
        const text = openers[packing](value);
        sizes.push(text.length);
        const result = await orderSchema['~standard'].validate(JSON.parse(text.toString()));
        assert.equal(result.issues, undefined);
      }
      assert.ok(Math.max(...sizes) <= most);
      if (packing !== 'none' && maxRecords >= 10 && maxRecords <= 500)
        assert.ok(sizes.filter((size) => size > 0.9 * most).length >= Math.min(maxRecords, fullValues) / 2);
    });
  }
}

test('makes the same event of the same options', () => {
  const options = { ...base, packing: 'lz4', maxRecords: 5 } as const;
  const { event } = createHeaviestEvent(options);
  assert.equal(createHeaviestEvent(options).event, event);
  assert.notEqual(createHeaviestEvent({ ...options, seed: 1 }).event, event);
});
