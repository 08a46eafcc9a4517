import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { createPace } from '../../../lib/retention/gc-schedule.ts';

const kb = 1024;

/** A pace, and floors that it is shown; processor time only passes in collections and where a test says so. */
function createWalk() {
  const clock = { us: 0 };
  const pace = createPace(() => clock.us);
  const floors: Floor[] = [];
  /** Takes a floor at `invocation`; the step that follows. */
  const show = (invocation: number, kilobytes: number, isKnown = false): number | undefined => {
    const previous = floors.at(-1);
    floors.push({ invocation, work: invocation, bytes: 20e6 + kilobytes * kb });
    return pace.stepAfter(floors, previous, isKnown);
  };
  /** Grows by 20 KB an invocation from the newest floor on, for `length` invocations; all steps. */
  const grow = (length: number, isKnown = false): number[] => {
    const start = floors.at(-1)?.invocation ?? 0;
    const base = ((floors.at(-1)?.bytes ?? 20e6) - 20e6) / kb;
    const steps: number[] = [];
    for (let at = start + 12; at <= start + length; at += steps.at(-1) ?? Infinity)
      steps.push(show(at, base + 20 * (at - start), isKnown) ?? NaN);
    return steps;
  };
  return { clock, pace, show, grow };
}

suite('full collections', () => {
  test('are not asked for where nothing grows', () => {
    const { pace, show } = createWalk();
    assert.equal(show(4, 0), undefined);
    assert.equal(show(16, 50), undefined);
    assert.equal(pace.isGrowing, false);
  });

  test('come closer and closer until a verdict is due, then less often', () => {
    const { pace, show, grow } = createWalk();
    show(4, 0);
    const steps = grow(200);
    assert.equal(pace.isGrowing, true);
    assert.deepEqual([...new Set(steps)], [10, 5, 3, 20]);
  });

  test('are seldom once growth is known', () => {
    const { show, grow } = createWalk();
    show(4, 0);
    assert.deepEqual([...new Set(grow(150, true))], [20]);
  });

  test('are half as close where three times growth came to nothing, unless they are cheap', () => {
    const { clock, pace, show, grow } = createWalk();
    show(4, 0);
    pace.spend(() => (clock.us += 1000));
    let at = 4;
    for (let round = 0; round < 3; round++) {
      assert.ok(grow(100).includes(3));
      at += 200;
      assert.equal(show(at, 0), undefined);
    }
    assert.ok(!grow(100).includes(3));
    clock.us = 1e9;
    at += 200;
    show(at, 0);
    assert.ok(grow(100).includes(3));
  });

  test('have a budget of a hundredth of the processor time', () => {
    const { clock, pace } = createWalk();
    assert.equal(pace.hasBudget(), true);
    pace.spend(() => (clock.us += 1000));
    assert.equal(pace.hasBudget(), false);
    clock.us = 100_000;
    assert.equal(pace.hasBudget(), true);
  });
});
