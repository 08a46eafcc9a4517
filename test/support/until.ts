// Waiting in tests: for a condition, never for a time. Own file: what is waited for differs, the waiting does not.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds; fails after a minute, which no condition takes on a slow machine. */
export async function until(
  condition: () => boolean,
  what: string = 'the condition holds in time',
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, what);
    await delay(10);
  }
}
