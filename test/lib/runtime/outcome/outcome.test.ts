import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';

import { Tally } from '../../../../lib/runtime/outcome/outcome.ts';

const offsetsOf = (tally: Tally): readonly number[] =>
  tally.toResponse().batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset);

describe('a tally', () => {
  test('of nothing answers that all succeeded', () => {
    const tally = new Tally(false);
    assert.deepEqual(tally.toResponse(), { batchItemFailures: [] });
    assert.deepEqual([tally.done, tally.retried, tally.retriedBy], [0, 0, {}]);
  });

  test('names reported records as the mapping does, and counts them by their reason', () => {
    const tally = new Tally(false);
    tally.process('orders-0', 1);
    tally.retry('orders-0', 2, 'failed');
    tally.retry('a-b-12', 3, 'blocked');
    tally.retry('a-b-12', 4, 'blocked');
    assert.deepEqual(tally.toResponse().batchItemFailures[1], {
      itemIdentifier: { partition: 'a-b-12', offset: 3 },
    });
    assert.deepEqual([tally.done, tally.retried, tally.retriedBy], [1, 3, { failed: 1, blocked: 2 }]);
  });

  test('reports a record that was used late once, before or after it counts as processed', () => {
    for (const order of ['before', 'after']) {
      const tally = new Tally(false);
      if (order === 'after') tally.process('orders-0', 1);
      tally.takeBack('orders-0', 1, 'lateUse');
      tally.takeBack('orders-0', 1, 'lateUse');
      if (order === 'before') tally.process('orders-0', 1);
      tally.process('orders-0', 2);
      assert.deepEqual([tally.done, offsetsOf(tally), tally.retriedBy], [1, [1], { lateUse: 1 }]);
    }
  });

  test('reports a record that was used late once also when it fails in the end', () => {
    const tally = new Tally(false);
    tally.takeBack('orders-0', 1, 'lateUse');
    tally.retry('orders-0', 1, 'failed');
    assert.deepEqual([tally.done, offsetsOf(tally)], [0, [1]]);
  });

  test('reports everything that was processed where it keeps it, each once', () => {
    const tally = new Tally(true);
    tally.skip('orders-0', 0);
    tally.retry('orders-0', 1, 'failed');
    tally.process('orders-0', 2);
    tally.process('orders-1', 2);
    tally.takeBack('orders-1', 2, 'lateUse');
    tally.takeAllBack('hook');
    assert.deepEqual([tally.done, offsetsOf(tally)], [0, [1, 2, 2]]);
    assert.deepEqual(tally.retriedBy, { failed: 1, lateUse: 1, hook: 1 });
  });

  test('gives each record one outcome, whatever happens to it in whatever order', () => {
    const step = fc.record({
      offset: fc.nat(5),
      is: fc.constantFrom('process', 'retry', 'skip', 'deadLetter'),
      isLate: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(step, { selector: ({ offset }) => offset }),
        fc.boolean(),
        (steps, isLateFirst) => {
          const tally = new Tally(true);
          for (const { offset, is, isLate } of steps) {
            if (isLate && isLateFirst) tally.takeBack('t-0', offset, 'lateUse');
            tally[is]('t-0', offset, 'failed');
            if (isLate && !isLateFirst) tally.takeBack('t-0', offset, 'lateUse');
          }
          const offsets = offsetsOf(tally);
          assert.equal(new Set(offsets).size, offsets.length);
          const { deadLettered, done, retried, skipped } = tally;
          assert.equal(deadLettered + done + retried + skipped, steps.length);
          assert.ok(done >= 0);
        },
      ),
    );
  });
});
