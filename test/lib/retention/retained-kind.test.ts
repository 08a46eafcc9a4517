import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { findCollector } from '../../../lib/memory/gc.ts';
import { createTokenSample, type HeldShare } from '../../../lib/retention/retained-kind.ts';

/** Gives `make(i)` to a sample, 10 values in each of 8 invocations, then collects, and counts what is alive. */
async function countAfter(make: (index: number) => unknown): Promise<readonly HeldShare[] | undefined> {
  const collector = findCollector();
  assert.ok(collector);
  const sample = createTokenSample();
  for (let invocation = 0; invocation < 8; invocation++) {
    for (let i = 0; i < 10; i++) sample.follow('orders', make(10 * invocation + i));
    sample.nextInvocation();
    await nextTurn();
  }
  collector.major();
  return sample.count();
}

suite('a sample of what a function was given', () => {
  test('says that nothing is alive when nothing is kept', async () => {
    const counted = await countAfter((i) => ({ id: i, items: [{ sku: i }] }));
    assert.deepEqual(counted, [{ topic: 'orders', objects: 0, arrayBuffers: undefined }]);
  });

  test('sees values that are kept', async () => {
    const kept: unknown[] = [];
    const counted = await countAfter((i) => {
      const value = { id: i };
      if (i % 2 === 0) kept.push(value);
      return value;
    });
    assert.equal(kept.length, 40);
    const share = counted?.[0]?.objects ?? 0;
    assert.ok(share > 0.3 && share < 0.7, `${share} of the values`);
  });

  test('sees a part of a value that is kept', async () => {
    const kept: unknown[] = [];
    const counted = await countAfter((i) => {
      const items = [i];
      kept.push(items);
      return { id: i, items };
    });
    assert.equal(counted?.[0]?.objects, 1);
    assert.equal(kept.length, 80);
  });

  test('sees the memory of a slice that is kept', async () => {
    const kept: Buffer[] = [];
    const counted = await countAfter(() => {
      const bytes = Buffer.allocUnsafeSlow(1000);
      kept.push(bytes.subarray(0, 16));
      return bytes;
    });
    assert.deepEqual(counted, [{ topic: 'orders', objects: undefined, arrayBuffers: 1 }]);
    assert.equal(kept.length, 80);
  });

  test('has nothing to say of strings but that they were given', async () => {
    const counted = await countAfter((i) => `order ${i}`);
    assert.deepEqual(counted, [{ topic: 'orders', objects: undefined, arrayBuffers: undefined }]);
  });

  test('counts nothing while weak references cannot die', () => {
    const sample = createTokenSample();
    for (let invocation = 0; invocation < 8; invocation++) {
      for (let i = 0; i < 10; i++) sample.follow('orders', { i });
      sample.nextInvocation();
    }
    findCollector()?.major();
    assert.equal(sample.count(), undefined);
  });
});
