// Several invocations of one handler at once, in an order that a seed decides: what starts, and which function goes on, is chosen step by
// step, and each step ends when nothing is left to do.

import { createRandom } from '../../tools/traffic/random.ts';

/** What a run is made of. */
export interface Interleaving<T> {
  readonly seed: number;
  /** Invocations that are under way at once, at most. */
  readonly atOnce: number;
  /** Invocations, each started by its function. */
  readonly invocations: readonly ((pause: Pause) => Promise<T>)[];
  /** Called after each step. */
  readonly afterStep?: () => void;
}

/** What a user's function awaits: it goes on when its turn has come. */
export type Pause = () => Promise<void>;

/** Runs all invocations to their ends, and gives what came of them. */
export async function interleave<T>(run: Interleaving<T>): Promise<readonly T[]> {
  const random = createRandom(run.seed);
  const paused: (() => void)[] = [];
  const pause: Pause = () => new Promise((goOn) => paused.push(goOn));
  const results: T[] = [];
  const failures: unknown[] = [];
  let [started, ended] = [0, 0];
  const start = async (index: number): Promise<void> => {
    try {
      const result = await run.invocations[index]?.(pause);
      if (result !== undefined) results[index] = result;
    } catch (error) {
      failures.push(error);
    }
    ended++;
  };
  for (let steps = 0; ended < run.invocations.length; steps++) {
    if (failures.length > 0) throw failures[0];
    if (steps > 100_000) throw new Error(`${run.invocations.length - ended} invocations do not end`);
    const mayStart = started < run.invocations.length && started - ended < run.atOnce;
    if (mayStart && (paused.length === 0 || random.next() < 0.3)) void start(started++);
    else paused.splice(random.below(paused.length), 1)[0]?.();
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    run.afterStep?.();
  }
  if (failures.length > 0) throw failures[0];
  return results;
}
