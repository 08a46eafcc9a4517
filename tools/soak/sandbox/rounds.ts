// How a soak hands its events to a function: so many at once, and the next ones when all of them are answered, since between two rounds it
// measures.
import type { WorkloadEvent } from '../workload/workload.ts';
import { startWarmSandbox, type WarmSandbox, type WarmSandboxOptions } from './warm-sandbox.ts';
import { startWorkerSandbox } from './worker-sandbox.ts';

/** Starts a sandbox that takes so many invocations at once, 1..64. @throws {SoakError} as `startWarmSandbox`, `startWorkerSandbox` */
export async function startSandboxFor(
  options: WarmSandboxOptions,
  concurrency: number,
): Promise<WarmSandbox> {
  return concurrency === 1 ? await startWarmSandbox(options) : await startWorkerSandbox(options, concurrency);
}

/** The events in rounds of `concurrency`; the last round may be smaller. */
export async function* toRounds(
  workload: AsyncIterable<WorkloadEvent>,
  concurrency: number,
): AsyncGenerator<readonly WorkloadEvent[]> {
  let round: WorkloadEvent[] = [];
  for await (const event of workload) {
    round.push(event);
    if (round.length < concurrency) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}
