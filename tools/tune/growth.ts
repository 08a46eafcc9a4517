// Whether the function's memory grows at the setting that was chosen: no size would be enough for long, and a recommendation would mislead.
import { runSoak } from '../soak/soak.ts';
import { judgeSoak } from '../soak/trend/verdict.ts';
import { createSeriesEvents } from './events/events.ts';
import type { Judged } from './sweep/candidate.ts';
import { toFunctionOf } from './sweep/sweep.ts';
import type { Tuning } from './tuning.ts';

/** Growth that matters to a memory size shows within so many events. */
const growthEvents = 40;

/** What grows, in words; null when nothing does. @throws {SoakError} */
export async function findGrowth(
  { subject, endpoints, events, io, progress, options }: Tuning,
  { memoryMb, maxRecords, concurrency }: Judged,
): Promise<string | null> {
  progress.onTrial({ maxRecords, concurrency, memoryMb, events: 'typical' });
  const { typical } = await createSeriesEvents({ maxRecords }, { ...events, events: growthEvents });
  const record = await runSoak({
    fn: toFunctionOf(subject.fn, { memoryMb, concurrency }),
    endpoints,
    signal: io.signal,
    every: 2,
    workload: from(typical),
    ...(options.showsLogs ? { onLog: progress.line } : {}),
  });
  const { failures } = judgeSoak(record, memoryMb, { maxPeakMb: undefined, maxGrowthKb: undefined });
  return failures.length === 0 ? null : failures.join('; ');
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items;
}
