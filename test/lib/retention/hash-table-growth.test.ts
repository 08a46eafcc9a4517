import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { findTableGrowth, type TableGrowth } from '../../../lib/retention/hash-table-growth.ts';

const kb = 1024;

/** Floors every `step` invocations up to `end`. */
function toFloors(end: number, bytes: (invocation: number) => number, step = 6): Floor[] {
  return Array.from({ length: Math.floor(end / step) }, (_, i) => {
    const invocation = (i + 1) * step;
    return { invocation, work: invocation, bytes: 20_000 * kb + bytes(invocation) + (i % 3) * kb };
  });
}

/** A table that is filled by 20 KB an invocation from the first on, and copied to one `ratio` times as large. */
function table(ratio: number, first = 60 * kb): (invocation: number) => number {
  return (invocation) => {
    let capacity = first;
    while (capacity < 20 * kb * invocation) capacity *= ratio;
    return capacity;
  };
}

function firstFound(
  bytes: (invocation: number) => number,
): { readonly at: number; readonly growth: TableGrowth } | undefined {
  for (let at = 12; at <= 330; at += 6) {
    const growth = findTableGrowth(toFloors(at, bytes));
    if (growth) return { at, growth };
  }
  return undefined;
}

suite('a table of numbers', () => {
  test('that grows by a half each time is found after 80 to 120 invocations, wherever it leaps', () => {
    for (let first = 40; first < 60; first += 2) {
      const { at, growth } = firstFound(table(1.5, first * kb)) ?? assert.fail(`first leap at ${first} KB`);
      assert.ok(at >= 80 && at <= 132, `found at ${at}, expected a leap between 80 and 120`);
      assert.ok(growth.bytesPerInvocation > 14 * kb && growth.bytesPerInvocation < 36 * kb);
      assert.ok(growth.range[0] <= growth.bytesPerInvocation && growth.bytesPerInvocation <= growth.range[1]);
      assert.ok(growth.sinceInvocation <= 20);
    }
  });

  test('that doubles takes 140 invocations or more, as a cache may that was full after 70', () => {
    for (let first = 40; first < 80; first += 4) {
      const { at } = firstFound(table(2, first * kb)) ?? assert.fail(`first leap at ${first} KB`);
      assert.ok(at >= 130 && at <= 288, `found at ${at}`);
    }
  });

  test('is found though a floor lies within a leap, or a single one is off', () => {
    for (const [at, bytes] of [
      [60, 200],
      [96, 300],
      [54, 150],
      [78, 400],
      [54, -200],
      [84, -200],
    ] as const) {
      const filled = table(1.5, 50 * kb);
      const found = firstFound((invocation) => filled(invocation) + (invocation === at ? bytes * kb : 0));
      assert.ok(found && found.at <= 132, `${bytes} KB at ${at}`);
    }
  });

  test('that is full is none, however often it has leapt', () => {
    const full = (after: number) => (invocation: number) => table(1.5)(Math.min(invocation, after));
    for (const after of [20, 40, 60, 70]) assert.equal(firstFound(full(after)), undefined);
  });

  test('that fills more and more slowly is none', () => {
    // Random keys: the first hundred come again and again.
    assert.equal(
      firstFound((invocation) => table(1.5)(60 * (1 - Math.exp(-invocation / 60)))),
      undefined,
    );
  });

  test('is not found any more once its next leap is overdue', () => {
    const stopped = (invocation: number): number => table(1.5)(Math.min(invocation, 130));
    assert.ok(findTableGrowth(toFloors(132, stopped)));
    assert.equal(findTableGrowth(toFloors(300, stopped)), undefined);
  });

  test('explains nothing where as much has grown beside it', () => {
    assert.equal(
      firstFound((invocation) => table(1.5)(invocation) + 10 * kb * invocation),
      undefined,
    );
  });
});
