// The generated traffic: the same for the same seed, of the sizes and shares that were asked for, and its poison is poison.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decompressFrameSync } from 'lz4-napi';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { orderSchema } from '../../../../handlers/materialize/order.ts';
import { createScratch } from '../../../../lib/codec/scratch.ts';
import { decompress } from '../../../../lib/codec/decompress.ts';
import { digest64 } from '../../../../tools/traffic/digest.ts';
import { generateTraffic, type OrderRecord } from '../../../../tools/traffic/orders/generator.ts';
import type { TrafficOptions } from '../../../../tools/traffic/orders/options.ts';
import type { Order } from '../../../../tools/traffic/orders/order.ts';
import type { Packing } from '../../../../tools/traffic/packing.ts';

const maxBytes = 1_048_576;
const poison = { undecodableShare: 0.1, invalidShare: 0.1, overLimitShare: 0.05, tombstoneShare: 0.1 };
const packings: readonly Packing[] = ['none', 'lz4', 'gzip', 'zstd'];

/** Opens a value as the owner of its format does, so that our own decoder is not its own judge. */
const openers: Readonly<Record<Packing, (value: Buffer) => Buffer>> = {
  none: (value) => value,
  lz4: (value) => decompressFrameSync(value),
  gzip: (value) => gunzipSync(value),
  zstd: (value) => zstdDecompressSync(value),
};

function documentOf(record: OrderRecord, packing: Packing): string {
  const isLz4 = record.kind === 'over-limit' && packing === 'none';
  return openers[isLz4 ? 'lz4' : packing](record.value ?? Buffer.alloc(0)).toString();
}

function generate(options: TrafficOptions): readonly OrderRecord[] {
  return [...generateTraffic(options)];
}

/** What the deployed consumer takes for an order. */
function isOrder(value: unknown): boolean {
  const result = orderSchema['~standard'].validate(value);
  assert.ok(!(result instanceof Promise));
  return result.issues === undefined;
}

test('gives the same records for the same seed and others for another', () => {
  for (const packing of packings) {
    const options = { records: 200, packing, ...poison, overLimitShare: 0.01 };
    assert.deepEqual(generate({ ...options, seed: 7 }), generate({ ...options, seed: 7 }));
    assert.notDeepEqual(generate({ ...options, seed: 7 }), generate({ ...options, seed: 8 }));
  }
  assert.notDeepEqual(generate({ records: 9, seed: 1 }), generate({ records: 9, seed: 2 ** 32 + 1 }));
});

test('begins a longer run with the records of a shorter one, given the same keys', () => {
  const options = { keys: 50, ...poison };
  assert.deepEqual(
    generate({ ...options, records: 500 }).slice(0, 200),
    generate({ ...options, records: 200 }),
  );
});

test('replaces the oldest key by a new one as often as asked, and every document has its key', () => {
  const records = generate({ records: 1000, keys: 20, newKeyEvery: 5, packing: 'none' });
  const documents = records.filter(({ kind }) => kind === 'good');
  for (const { sequence, key, value } of documents) {
    const oldest = Math.floor(sequence / 5);
    const number = Number(key.slice('order-'.length));
    assert.ok(number >= oldest && number < oldest + 20, `${key} at ${sequence}`);
    assert.equal((JSON.parse(String(value)) as Order).orderId, key);
  }
  const halves = [documents.slice(0, 500), documents.slice(500)];
  const fresh = halves.map((half) => new Set(half.map(({ key }) => key)).size);
  assert.ok(Math.min(...fresh) > 90, fresh.join());
  assert.throws(() => generate({ records: Infinity, newKeyEvery: 5 }), { code: 'TRAFFIC_OPTION' });
});

test('averages 800 bytes of a long-tailed spread, and compresses like real orders', () => {
  let [count, documentBytes, valueBytes, small, largest] = [0, 0, 0, 0, 0];
  for (const record of generateTraffic({ records: 20_000, overLimitShare: 0 })) {
    if (record.kind !== 'good') continue;
    count += 1;
    documentBytes += record.documentBytes;
    valueBytes += record.value?.length ?? 0;
    if (record.documentBytes < 800) small += 1;
    largest = Math.max(largest, record.documentBytes);
  }
  const mean = documentBytes / count;
  assert.ok(mean > 740 && mean < 860, `mean ${mean}`);
  assert.ok(small / count > 0.7, `${small} of ${count} below the mean`);
  assert.ok(largest > 30_000 && largest <= maxBytes, `largest ${largest}`);
  const ratio = documentBytes / valueBytes;
  assert.ok(ratio > 1.3 && ratio < 1.8, `ratio ${ratio}`);
});

test('keeps to the mean and the largest size that are asked for', () => {
  const orders = generate({
    records: 1_500,
    meanBytes: 8_000,
    sigma: 1,
    maxBytes: 65_536,
    overLimitShare: 0,
  });
  const sizes = orders.filter(({ kind }) => kind === 'good').map(({ documentBytes }) => documentBytes);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(mean > 7_400 && mean < 8_600, `mean ${mean}`);
  assert.equal(Math.max(...sizes), 65_536);
  assert.equal(Math.min(...sizes) >= 256, true);
});

test('writes orders that are canonical JSON of their stated size, keyed by their order id', () => {
  for (const packing of packings) {
    for (const record of generate({ records: 400, packing })) {
      if (record.kind !== 'good') continue;
      const document = documentOf(record, packing);
      const order: unknown = JSON.parse(document);
      assert.equal(isOrder(order), true, document);
      assert.equal((order as Order).orderId, record.key);
      assert.equal(JSON.stringify(order), document);
      assert.equal(Buffer.byteLength(document), record.documentBytes);
      assert.equal(digest64(document), record.documentDigest);
      assert.equal(digest64(record.value ?? ''), record.valueDigest);
      const total = (order as Order).items.reduce((sum, item) => sum + item.quantity * item.unitCents, 0);
      assert.equal((order as Order).totalCents, total);
    }
  }
});

test('mixes every kind in the share that is asked for, also in a short run', () => {
  for (const records of [200, 5_000]) {
    const counts = new Map<string, number>();
    for (const { kind } of generateTraffic({ records, ...poison, overLimitShare: 0.005 })) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const shares = { tombstone: 0.1, undecodable: 0.1, invalid: 0.1, 'over-limit': 0.005 };
    for (const [kind, share] of Object.entries(shares)) {
      const count = counts.get(kind) ?? 0;
      assert.ok(Math.abs(count - records * share) <= 2, `${count} ${kind} of ${records}`);
    }
  }
  assert.deepEqual(
    new Set(
      generate({
        records: 500,
        tombstoneShare: 0,
        undecodableShare: 0,
        invalidShare: 0,
        overLimitShare: 0,
      }).map(({ kind }) => kind),
    ),
    new Set(['good']),
  );
});

test('sends a tombstone only for a key that has a document', () => {
  const live = new Set<string>();
  let tombstones = 0;
  for (const record of generateTraffic({ records: 2_000, keys: 20, tombstoneShare: 0.5 })) {
    if (record.kind === 'good') live.add(record.key);
    if (record.kind !== 'tombstone') continue;
    tombstones += 1;
    assert.equal(live.delete(record.key), true, record.key);
    assert.equal(record.value, null);
    assert.equal(record.documentDigest, 0n);
    assert.equal(record.valueDigest, 0n);
  }
  assert.ok(tombstones > 900, `${tombstones}`);
});

test('moves an order through its states as it is written again', () => {
  const seen: string[] = [];
  const none = { tombstoneShare: 0, undecodableShare: 0, invalidShare: 0, overLimitShare: 0 };
  for (const record of generateTraffic({ records: 6, keys: 1, ...none })) {
    seen.push((JSON.parse(documentOf(record, 'lz4')) as Order).status);
  }
  assert.deepEqual(seen.slice(0, 2), ['placed', 'paid']);
  assert.ok(seen.slice(2).every((status) => status === 'shipped' || status === 'cancelled'));
});

test('gives hot keys their share of the records', () => {
  const records = generate({ records: 4_000, keys: 1_000, hotKeys: 2, hotShare: 0.5, tombstoneShare: 0 });
  const hot = records.filter(({ key }) => key === 'order-000000' || key === 'order-000001').length;
  assert.ok(hot > 1_850 && hot < 2_150, `${hot}`);
  assert.ok(new Set(records.map(({ key }) => key)).size > 800);
});

test('spoils values so that neither the reference decoder nor ours opens them', () => {
  const scratch = createScratch();
  for (const packing of packings) {
    let count = 0;
    for (const record of generateTraffic({ records: 300, packing, ...poison, overLimitShare: 0 })) {
      if (record.kind !== 'undecodable') continue;
      count += 1;
      const value = record.value ?? Buffer.alloc(0);
      assert.equal(digest64(value), record.valueDigest);
      assert.throws(() => JSON.parse(documentOf(record, packing)), `${packing} opened by its own library`);
      if (packing === 'none') continue;
      const contentEncoding = record.headers['content-encoding'];
      assert.throws(
        () => decompress(value, { allowed: 'detect', contentEncoding, maxBytes, scratch }),
        ({ code }: { code: string }) => ['TRUNCATED', 'CORRUPT', 'CHECKSUM'].includes(code),
      );
    }
    assert.ok(count >= 28, `${count}`);
  }
});

test('breaks the order of invalid records but not their JSON', () => {
  const variants = new Set<string>();
  for (const record of generateTraffic({ records: 1_000, ...poison, overLimitShare: 0 })) {
    if (record.kind !== 'invalid') continue;
    const document: unknown = JSON.parse(documentOf(record, 'lz4'));
    assert.equal(isOrder(document), false, JSON.stringify(document));
    assert.equal(digest64(documentOf(record, 'lz4')), record.documentDigest);
    const issues = orderSchema['~standard'].validate(document);
    variants.add(JSON.stringify(issues));
  }
  assert.equal(variants.size, 8);
});

test('packs what exceeds the limit into little: valid orders of one byte too many and more', () => {
  const scratch = createScratch();
  for (const packing of packings) {
    const sizes: number[] = [];
    for (const record of generateTraffic({ records: 160, packing, ...poison })) {
      if (record.kind !== 'over-limit') continue;
      const value = record.value ?? Buffer.alloc(0);
      assert.ok(value.length < 24_000, `${value.length}`);
      const document = documentOf(record, packing);
      assert.equal(isOrder(JSON.parse(document)), true);
      assert.equal(Buffer.byteLength(document), record.documentBytes);
      sizes.push(record.documentBytes);
      const contentEncoding = record.headers['content-encoding'];
      const options = { allowed: 'detect', contentEncoding, scratch } as const;
      assert.throws(() => decompress(value, { ...options, maxBytes }), { code: 'TOO_LARGE' });
      assert.equal(
        decompress(value, { ...options, maxBytes: record.documentBytes }).length,
        record.documentBytes,
      );
    }
    assert.equal(Math.min(...sizes), maxBytes + 1);
    assert.ok(Math.max(...sizes) > 2 * maxBytes);
  }
});

test('refuses an option out of its range by name', () => {
  const wrong: readonly TrafficOptions[] = [
    { seed: -1 },
    { seed: 0.5 },
    { records: -1 },
    { records: Number.NaN },
    { keys: 0 },
    { keys: 1_000_001 },
    { hotKeys: 0 },
    { keys: 5, hotKeys: 6 },
    { hotShare: 1.01 },
    { meanBytes: 299 },
    { sigma: 0 },
    { maxBytes: 65_535 },
    { maxBytes: 1_048_577 },
    { invalidShare: -0.1 },
  ];
  for (const options of wrong) {
    const option = Object.keys(options).at(-1);
    assert.throws(() => generateTraffic(options).next(), { code: 'TRAFFIC_OPTION', option }, option);
  }
  assert.throws(() => generateTraffic({ invalidShare: 0.6, tombstoneShare: 0.5 }).next(), {
    code: 'TRAFFIC_OPTION',
  });
  assert.equal(generate({ records: 0 }).length, 0);
  assert.equal(generateTraffic({ records: Infinity }).next().done, false);
});
