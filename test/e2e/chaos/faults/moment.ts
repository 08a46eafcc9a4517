// The right moment for a fault: while batches are cut, in flight, and answered but not committed yet. A fault that meets nothing
// under way shows nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Runner, UnderWay } from '../runner/runner.ts';

const strictForMs = 30_000;
const patienceMs = 60_000;

/**
 * Resolves when the runner has recovered from the last fault, which it shows by a commit, and then an invocation has just ended
 * well, before its commit is heard of, while another one is in flight and more records wait; after 30 s when anything is in
 * flight; after 60 s in any case.
 */
export async function waitForMoment(
  runner: Pick<Runner, 'underWay' | 'onChange'>,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  const { commits } = runner.underWay();
  while (performance.now() - startedMs < patienceMs) {
    const isStrict = performance.now() - startedMs < strictForMs;
    const now = runner.underWay();
    if (now.commits > commits && isIdeal(now)) return;
    if (!isStrict && now.inFlight > 0) return;
    const look = new AbortController();
    const timeout = delay(500, undefined, { signal: AbortSignal.any([signal, look.signal]) });
    await Promise.race([runner.onChange(), timeout]).finally(() => look.abort());
  }
}

function isIdeal({ waiting, inFlight, answered }: UnderWay): boolean {
  return answered > 0 && inFlight > 0 && waiting > 0;
}
