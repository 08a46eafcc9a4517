// `--check`: what memory.json says, measured once more.
import { createSeriesEvents } from './events/events.ts';
import { findMovedSettings } from '../../lib/definition/measured-settings.ts';
import { memoryFile, readProfile } from './memory-file.ts';
import type { Tuning } from './tuning.ts';
import { toFunctionOf } from './sweep/sweep.ts';
import { runTrial } from './sweep/trial.ts';

/** How far a peak may be from the one that was written down, in either direction. */
const samePeak = 0.2;

/** Compares; 0 when memory.json still holds, 1 when it does not. @throws {TuneError} */
export async function checkProfile(tuning: Tuning): Promise<number> {
  const { options, subject, definition, folder, endpoints, events, io, progress, requirements } = tuning;
  const profile = await readProfile(memoryFile(folder, options.consumer));
  const { sizeMb, measuredPeakMb, measuredFor } = profile;
  const maxRecords = Number(measuredFor?.['maxRecords'] ?? subject.batchSize);
  const lanes = measuredFor?.['concurrency'];
  const concurrency = lanes === undefined ? undefined : Number(lanes);
  const { typical, heaviest } = await createSeriesEvents({ maxRecords }, events);
  const fn = toFunctionOf(subject.fn, { memoryMb: sizeMb, concurrency });
  const trials = [];
  for (const [kind, list] of [
    ['heaviest', heaviest],
    ['typical', typical],
  ] as const) {
    progress.onTrial({ maxRecords, memoryMb: sizeMb, events: kind });
    trials.push(
      await runTrial({
        fn,
        endpoints,
        events: list,
        signal: io.signal,
        cpuShare: false,
        enoughMs: Infinity,
        warmUpMs: 0,
        ...(options.showsLogs ? { onLog: progress.line } : {}),
      }),
    );
  }
  progress.close();
  const peakMb = Math.max(...trials.map((trial) => trial.peakMb));
  const mostMb = Math.floor(requirements.headroom * sizeMb);
  const moved = definition === undefined ? [] : findMovedSettings(definition, measuredFor);
  const failures = [
    ...trials
      .filter(({ outcome }) => outcome !== 'survived')
      .map(({ outcome }) => `at ${sizeMb} MB the function is ${outcome}`),
    ...(peakMb > mostMb ? [`peak ${peakMb} MB, expected at most ${mostMb} of ${sizeMb} MB`] : []),
    ...(measuredPeakMb !== undefined && Math.abs(peakMb - measuredPeakMb) > samePeak * measuredPeakMb
      ? [`peak ${peakMb} MB, memory.json says ${measuredPeakMb}`]
      : []),
    ...moved,
  ];
  const result = {
    consumer: options.consumer,
    sizeMb,
    maxRecords,
    peakMb,
    measuredPeakMb: measuredPeakMb ?? null,
    failures,
  };
  io.stdout.write(
    options.json ? `${JSON.stringify(result, undefined, 2)}\n` : `${toLines(result).join('\n')}\n`,
  );
  return failures.length === 0 ? 0 : 1;
}

function toLines({ consumer, sizeMb, peakMb, failures }: CheckResult): readonly string[] {
  if (failures.length === 0)
    return [`ok  ${consumer}: peak ${peakMb} MB of ${sizeMb} MB, as memory.json says`];
  return [
    ...failures.map((failure) => `no  ${consumer}: ${failure}`),
    `measure again: tailrace tune ${consumer} --write`,
  ];
}

interface CheckResult {
  readonly consumer: string;
  readonly sizeMb: number;
  readonly peakMb: number;
  readonly failures: readonly string[];
}
