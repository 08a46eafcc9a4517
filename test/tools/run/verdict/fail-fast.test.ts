// A consumer that does none of its work is found early; one that does some of it never is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailFast, type Finding } from '../../../../tools/run/verdict/fail-fast.ts';
import { invocationEvent } from '../../../support/invocation-event.ts';

const failing = invocationEvent({ failed: 2 });
const unloadable = invocationEvent({ failed: 2, isInitFailure: true });

/** What is found of these events; the clock goes on by `stepMs` after each. */
function find(
  events: readonly ReturnType<typeof invocationEvent>[],
  { stopsCalls = true, stepMs = 0 } = {},
): readonly (Pick<Finding, 'what' | 'stops'> & { readonly at: number })[] {
  let now = 0;
  const failFast = createFailFast({ stopsCalls, now: () => now });
  return events.flatMap((event, index) => {
    const finding = failFast.note(event);
    now += stepMs;
    return finding === undefined ? [] : [{ what: finding.what, stops: finding.stops, at: index + 1 }];
  });
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('a function that does not load is stopped at its first invocation, in a run without an end, too', () => {
  for (const stopsCalls of [true, false])
    assert.deepEqual(find(times(3, unloadable), { stopsCalls }), [
      { what: 'does not load', stops: true, at: 1 },
    ]);
});

test('an init that fails after one that did not is a failed invocation like any other', () => {
  assert.deepEqual(find([failing, ...times(3, unloadable)]), []);
});

test('a function of which every call fails is told of after five, and stopped after thirty', () => {
  const told = { what: 'every call fails', stops: false, at: 5 };
  assert.deepEqual(find(times(29, failing)), [told]);
  assert.deepEqual(find(times(40, failing)), [told, { what: 'every call fails', stops: true, at: 30 }]);
  assert.deepEqual(find(times(40, failing), { stopsCalls: false }), [told]);
});

test('a slow one is stopped after a minute, from eight failed invocations on', () => {
  const stops = (stepMs: number): number | undefined =>
    find(times(20, failing), { stepMs }).find((finding) => finding.stops)?.at;
  assert.equal(stops(10_000), 8);
  assert.equal(stops(8_000), 9);
  assert.equal(stops(1_000), undefined);
});

test('one record that was processed is enough for going on', () => {
  const some = invocationEvent({ failed: 1 });
  assert.deepEqual(find([some, ...times(40, failing)]), []);
  assert.deepEqual(find([...times(4, failing), some, ...times(40, failing)]), []);
});

test('consumers are judged apart', () => {
  const other = { ...failing, consumer: 'refunds' };
  assert.deepEqual(find([...times(4, failing), ...times(4, other)]), []);
});
