import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/property.ts';

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

  test('lets in all who fit once enough is given back, and is free for nobody else meanwhile', async () => {
    const budget = new ByteBudget(100);
    const account = budget.open();
    await budget.take(90);
    const started: number[] = [];
    const waiting = [40, 50, 20].map((bytes) => budget.take(bytes).then(() => started.push(bytes)));
    assert.equal(budget.free, 0);
    budget.give(90);
    await Promise.all(waiting.slice(0, 2));
    assert.deepEqual(started, [40, 50]);
    budget.give(40);
    await Promise.all(waiting);
    assert.deepEqual([budget.free, account.peak], [30, 90]);
  });

  test('never gives out more than it has, and serves every taker in turn, whatever they ask', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.record({ bytes: fc.nat(200), turns: fc.nat(5) }), { maxLength: 60 }),
        async (maxBytes, takers) => {
          const budget = new ByteBudget(maxBytes);
          const account = budget.open();
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
          assert.ok(account.peak <= maxBytes);
        },
      ),
    );
  });
});

describe('an account of the byte budget', () => {
  test('has the most that all had out while it was open', () => {
    const budget = new ByteBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    assert.equal(first.tryTake(4), true);
    assert.equal(second.tryTake(5), true);
    second.give(5);
    const third = budget.open();
    first.close();
    assert.deepEqual([first.peak, second.peak, third.peak], [9, 9, 4]);
    assert.equal(third.tryTake(7), true);
    assert.deepEqual([first.peak, second.peak, third.peak], [9, 9, 7]);
  });

  test('gives all back when it is closed, and takes nothing any more', async () => {
    const budget = new ByteBudget(10);
    const [hung, other] = [budget.open(), budget.open()];
    assert.equal(hung.tryTake(8), true);
    let late = 0;
    void hung.take(6).then(() => late++);
    const waiting = other.take(3);
    hung.close();
    await waiting;
    assert.equal(budget.free, 7);
    hung.give(8);
    hung.close();
    void hung.take(1).then(() => late++);
    assert.deepEqual([hung.tryTake(1), hung.free, budget.free], [false, 0, 7]);
    other.give(3);
    await new Promise(setImmediate);
    assert.deepEqual([late, budget.free], [0, 10]);
  });

  test('that is closed in the moment in which its turn comes leaves nothing taken', async () => {
    const budget = new ByteBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    await first.take(10);
    void second.take(10);
    first.give(10);
    second.close();
    await new Promise(setImmediate);
    assert.equal(budget.free, 10);
  });
});
