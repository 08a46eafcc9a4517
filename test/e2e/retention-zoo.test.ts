import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Animal } from './retention-zoo/animal.ts';
import { healthy } from './retention-zoo/healthy.ts';
import { leaking } from './retention-zoo/leaking.ts';
import { visit } from './retention-zoo/visit.ts';

// Processes run two at a time, as the machine has two cores. How soon a leak is found shifts with what V8 happens to collect
// and compile, so half as many invocations again are allowed here; `retention-zoo/run.ts` has the full length and no patience.
suite('the watch', { concurrency: 2 }, () => {
  for (const animal of leaking) {
    const { name, leaksFrom = 1, foundWithin = 100 } = animal;
    test(`finds a leak: ${name}`, async () => {
      const invocations = leaksFrom + Math.round(1.5 * foundWithin);
      const [first] = await visit(animal, { invocations, untilFound: true });
      assert.ok(first, `nothing was said within ${invocations} invocations`);
      assert.ok(first.invocation >= leaksFrom, `said at ${first.invocation}, before there was a leak`);
      assert.ok(first.finding.bytesPerInvocation >= 12_000);
    });
  }
  for (const animal of healthy) {
    test(`is silent: ${animal.name}`, async () => {
      assert.deepEqual(await visit(animal, { invocations: fewerOfLarge(animal) }), []);
    });
  }
});

/** 120 to 1,000 invocations, so that large events do not take minutes. */
function fewerOfLarge({ diet = {} }: Animal): number {
  const most = Math.max(diet.records ?? 20, diet.otherRecords ?? 0);
  const records = diet.isMixed ? 500 : (most * (diet.recordBytes ?? 800)) / 800;
  return Math.round(Math.max(120, Math.min(1000, 100_000 / records)));
}
