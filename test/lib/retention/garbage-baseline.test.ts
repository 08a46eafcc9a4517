import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createUsualGarbage } from '../../../lib/retention/garbage-baseline.ts';

const kb = 1024;

suite('usual garbage', () => {
  test('is not known before it has been learnt', () => {
    const garbage = createUsualGarbage();
    garbage.add(10 * kb, 1);
    assert.equal(garbage.isUsual(), false);
    assert.equal(garbage.isBeyond(), false);
  });

  test('goes on being usual at its rate, and after a collection of V8', () => {
    const garbage = createUsualGarbage();
    garbage.add(100 * kb, 1);
    garbage.learn(0);
    for (let i = 0; i < 1000; i++) garbage.add(i % 10 === 0 ? -900 * kb : 100 * kb, 1);
    assert.equal(garbage.isUsual(), true);
    assert.equal(garbage.beyondBytes, 0);
  });

  test('shows 20 KB more on 100 KB after a dozen invocations', () => {
    const garbage = createUsualGarbage();
    garbage.add(100 * kb, 1);
    garbage.learn(0);
    let invocations = 0;
    while (!garbage.isBeyond() && invocations < 100) {
      garbage.add(120 * kb, 1);
      invocations++;
    }
    assert.ok(invocations >= 10 && invocations <= 14, `after ${invocations}`);
    garbage.restart();
    assert.equal(garbage.isUsual(), true);
  });

  test('does not count what was kept', () => {
    const garbage = createUsualGarbage();
    garbage.add(1000 * kb, 10);
    garbage.learn(1000 * kb);
    garbage.add(200 * kb, 10);
    assert.equal(garbage.isUsual(), false);
  });

  test('is erratic where it varies by as much as a small leak', () => {
    const garbage = createUsualGarbage();
    garbage.add(1000 * kb, 1);
    garbage.learn(0);
    assert.equal(garbage.isErratic(), true);
    assert.equal(garbage.isUsual(), false);
  });
});
