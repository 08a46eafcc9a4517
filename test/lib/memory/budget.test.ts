import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';

import { ByteBudget } from '../../../lib/memory/budget.ts';

describe('the byte budget', () => {
  test('lets takers in while they fit, and the next one as soon as enough is given back', async () => {
    const budget = new ByteBudget(10);
    assert.equal(budget.tryTake(6), true);
    assert.equal(budget.tryTake(5), false);
    let isIn = false;
    const waiting = budget.take(5).then(() => (isIn = true));
    await Promise.resolve();
    assert.equal(isIn, false);
    budget.give(6);
    await waiting;
    assert.equal(budget.free, 5);
  });

  test('lets nobody overtake a waiter', async () => {
    const budget = new ByteBudget(10);
    await budget.take(8);
    const large = budget.take(9);
    assert.equal(budget.tryTake(1), false, 'one byte is free, and somebody waits for it');
    budget.give(8);
    await large;
    assert.equal(budget.tryTake(1), true);
  });

  test('lets a record larger than the budget run alone', async () => {
    const budget = new ByteBudget(10);
    assert.equal(budget.tryTake(1000), true);
    assert.equal(budget.tryTake(1), false);
    budget.give(1000);
    assert.equal(budget.free, 10);
  });

  test('never gives out more than it has, and serves every taker in turn, whatever they ask', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.record({ bytes: fc.nat(200), turns: fc.nat(5) }), { maxLength: 60 }),
        async (maxBytes, takers) => {
          const budget = new ByteBudget(maxBytes);
          const served: number[] = [];
          let out = 0;
          await Promise.all(
            takers.map(async ({ bytes, turns }, index) => {
              await budget.take(bytes);
              served.push(index);
              out += Math.min(bytes, maxBytes);
              assert.ok(out <= maxBytes);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              out -= Math.min(bytes, maxBytes);
              budget.give(bytes);
            }),
          );
          assert.deepEqual(
            served,
            takers.map((_, index) => index),
          );
          assert.equal(budget.free, maxBytes);
          assert.ok(budget.peak <= maxBytes);
        },
      ),
    );
  });
});
