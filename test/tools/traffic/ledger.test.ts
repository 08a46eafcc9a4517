// The ledger gives back exactly what was noted, by number and by place, whatever its size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { digest64 } from '../../../tools/traffic/digest.ts';
import { createLedger, toHeadersDigest } from '../../../tools/traffic/ledger.ts';
import { digestKey, toHeaderPairs, trafficKinds, type TrafficRecord } from '../../../tools/traffic/record.ts';

function record(sequence: number, overrides: Partial<TrafficRecord> = {}): TrafficRecord {
  const value = Buffer.from('value');
  return {
    sequence,
    kind: 'good',
    key: 'a',
    value,
    headers: {},
    documentDigest: 1n,
    valueDigest: 2n,
    ...overrides,
  };
}

test('finds every record by number and by place, and none elsewhere', () => {
  const step = fc.record({
    kind: fc.constantFrom(...trafficKinds),
    key: fc.option(fc.oneof(fc.string(), fc.uint8Array())),
    headers: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))),
    timestampMs: fc.nat(2 ** 50),
    documentDigest: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    valueDigest: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    partition: fc.nat(5),
    gap: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = createLedger();
      const ends = new Map<number, number>();
      const expected = steps.map(({ partition, gap, key, headers, timestampMs, ...facts }, sequence) => {
        const offset = (ends.get(partition) ?? 0) + gap;
        ends.set(partition, offset + 1);
        ledger.append(record(sequence, { ...facts, key, headers }), { partition, offset, timestampMs });
        const keyDigest = digestKey(key);
        const headersDigest = toHeadersDigest(toHeaderPairs(headers));
        return { sequence, ...facts, partition, offset, timestampMs, keyDigest, headersDigest };
      });
      assert.equal(ledger.count, expected.length);
      assert.deepEqual([...ledger], expected);
      assert.deepEqual(ledger.endOffsets(), ends);
      for (const entry of expected) {
        assert.deepEqual(ledger.get(entry.sequence), entry);
        assert.deepEqual(ledger.find(entry.partition, entry.offset), entry);
      }
      for (const [partition, end] of ends) assert.equal(ledger.find(partition, end), undefined);
      assert.equal(ledger.find(6, 0), undefined);
      assert.equal(ledger.get(expected.length), undefined);
      assert.equal(ledger.get(-1), undefined);
    }),
  );
});

test('keeps everything while it grows, at about 47 bytes a record', () => {
  const ledger = createLedger();
  const count = 200_000;
  const before = process.memoryUsage().arrayBuffers;
  const value = Buffer.alloc(700);
  for (let sequence = 0; sequence < count; sequence += 1) {
    const key = `key-${sequence % 100}`;
    const offset = 2 ** 33 + Math.floor(sequence / 4);
    const place = { partition: sequence % 4, offset, timestampMs: 1 };
    ledger.append(record(sequence, { key, value, valueDigest: BigInt(sequence) }), place);
  }
  const bytes = process.memoryUsage().arrayBuffers - before;
  assert.ok(bytes / count < 150, `${bytes} bytes`); // doubled arrays, half of them old, until a collection
  for (let sequence = 0; sequence < count; sequence += 997) {
    const entry = ledger.find(sequence % 4, 2 ** 33 + Math.floor(sequence / 4));
    assert.equal(entry?.sequence, sequence);
    assert.equal(entry.valueDigest, BigInt(sequence));
    assert.equal(entry.keyDigest, digest64(`key-${sequence % 100}`));
  }
});

test('counts records by kind', () => {
  const ledger = createLedger();
  ledger.append(record(0), { partition: 0, offset: 0, timestampMs: 0 });
  ledger.append(record(1, { kind: 'tombstone', value: null }), { partition: 0, offset: 1, timestampMs: 0 });
  ledger.append(record(2), { partition: 0, offset: 2, timestampMs: 0 });
  assert.deepEqual(
    trafficKinds.map((kind) => ledger.countOf(kind)),
    [2, 1, 0, 0, 0],
  );
});

test('refuses a record out of turn or at a taken place', () => {
  const ledger = createLedger();
  assert.throws(() => ledger.append(record(1), { partition: 0, offset: 0, timestampMs: 0 }), RangeError);
  ledger.append(record(0), { partition: 0, offset: 5, timestampMs: 0 });
  assert.throws(() => ledger.append(record(1), { partition: 0, offset: 5, timestampMs: 0 }), RangeError);
  ledger.append(record(1), { partition: 0, offset: 6, timestampMs: 0 });
});

test('tells headers apart by name, value and order, and takes their absence for none', () => {
  const all: readonly TrafficRecord['headers'][] = [
    {},
    { a: 'b' },
    { a: 'c' },
    { b: 'a' },
    { a: ['b', 'c'] },
    { a: ['c', 'b'] },
  ];
  const digests = all.map((headers) => toHeadersDigest(toHeaderPairs(headers)));
  assert.equal(digests[0], 0);
  assert.equal(new Set(digests).size, digests.length);
});
