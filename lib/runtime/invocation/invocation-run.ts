// The course of one invocation: a hook, the lanes side by side, a hook; none of them has more time than there is.

import type { ConsumerFunction, ConsumerHooks } from '../consumer-function.ts';
import type { Deadline } from '../admission/deadline.ts';
import type { Invocation } from './invocation.ts';
import { runBatch, runRecords } from '../lanes/lane-runner.ts';
import { runLanes, type Lane } from '../lanes/lanes.ts';
import { observeLateUse } from '../record/late-use.ts';

/** What an invocation runs. */
export interface InvocationRun<V, K> {
  readonly fn: ConsumerFunction<V, K>;
  /** Lanes that run side by side. */
  readonly concurrency: number;
  readonly lanes: readonly Lane<V, K>[];
  readonly invocation: Invocation<V, K>;
  readonly deadline: Deadline;
}

/**
 * Runs the lanes until all have settled or the time is up, and closes the invocation. Gives whether it was in time. Never
 * rejects.
 */
export async function runInvocation<V, K>(run: InvocationRun<V, K>): Promise<boolean> {
  const { lanes, invocation, deadline } = run;
  const endObserving = observeLateUse(invocation);
  try {
    const hasBegun = await runHook('beforeInvocation', run, deadline.lanesClose);
    const isInTime = hasBegun && (await isSettled(runAll(run), deadline.lanesClose));
    invocation.close(lanes, hasBegun ? 'deadline' : 'hook');
    const hasEnded = !hasBegun || (await runHook('afterInvocation', run, deadline.hooksClose));
    if (!hasEnded) invocation.tally.takeAllBack('hook');
    // Node tells of a late use once the event loop turns.
    await new Promise(setImmediate);
    return isInTime && hasEnded;
  } finally {
    endObserving();
    deadline.clear();
  }
}

async function runAll<V, K>({ fn, concurrency, lanes, invocation }: InvocationRun<V, K>): Promise<void> {
  await runLanes(lanes, concurrency, async (lane) => {
    try {
      await (fn.batch === undefined ? runRecords(lane, invocation, fn) : runBatch(lane, invocation, fn));
    } catch (error) {
      invocation.failLane(lane, error);
    }
  });
}

/** Whether `work` settles before `closes` does; rejects with it. */
async function isSettled(work: Promise<unknown>, closes: Promise<void>): Promise<boolean> {
  return Promise.race([work.then(() => true), closes.then(() => false)]);
}

/** Calls a hook; false when it failed or took too long. */
async function runHook<V, K>(
  name: 'beforeInvocation' | 'afterInvocation',
  { fn, invocation }: InvocationRun<V, K>,
  closes: Promise<void>,
): Promise<boolean> {
  const hooks: ConsumerHooks<V, K> = fn;
  if (hooks[name] === undefined) return true;
  const effect = name === 'beforeInvocation' ? 'no record is started' : 'all records are retried';
  try {
    if (await isSettled(Promise.resolve(hooks[name](invocation.info)), closes)) return true;
    invocation.failures.log('error', `${name} did not settle before the deadline, ${effect}`, {});
  } catch (error) {
    invocation.failures.log('error', `${name} failed, ${effect}`, { failure: { error } });
  }
  return false;
}
