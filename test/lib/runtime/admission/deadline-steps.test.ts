// When each step of an invocation's end comes, on a clock that is driven by hand.

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { Deadline } from '../../../../lib/runtime/admission/deadline.ts';

/** The steps of a deadline in ms from the start: no more records, the signal, the lanes, the hooks. */
async function stepsOf(
  t: Pick<TestContext, 'mock'>,
  timeoutSeconds: number,
  remainingMs: number,
): Promise<readonly number[]> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const deadline = new Deadline({ timeoutSeconds, remainingMs, startedAt: 1000 });
    const steps = [deadline.startUntil - 1000, NaN, NaN, NaN];
    let now = 0;
    deadline.signal.addEventListener('abort', () => (steps[1] = now));
    void deadline.lanesClose.then(() => (steps[2] = now));
    void deadline.hooksClose.then(() => (steps[3] = now));
    for (const step = 250; now < remainingMs;) {
      now += step / 4;
      t.mock.timers.tick(step / 4);
      await Promise.resolve();
    }
    return steps;
  } finally {
    t.mock.timers.reset();
  }
}

test('prepares for the end within a tenth of the timeout, 0.5 to 10 s', async (t) => {
  assert.deepEqual(await stepsOf(t, 60, 20_000), [14_000, 17_000, 18_500, 19_250]);
  assert.deepEqual(await stepsOf(t, 1, 1000), [500, 750, 875, 937.5]);
  assert.deepEqual(await stepsOf(t, 840, 40_000), [30_000, 35_000, 37_500, 38_750]);
});

test('comes to nothing once it is cleared', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deadline = new Deadline({ timeoutSeconds: 1, remainingMs: 1000, startedAt: 0 });
  let closes = 0;
  for (const close of [deadline.lanesClose, deadline.hooksClose]) void close.then(() => closes++);
  deadline.clear();
  t.mock.timers.tick(2000);
  await Promise.resolve();
  assert.deepEqual([deadline.signal.aborted, closes], [false, 0]);
});
