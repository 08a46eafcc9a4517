// `--check`: what memory.json says, measured once more.
import { createBatchEvents } from './events.ts';
import { memoryFile, readProfile, toMeasuredSettings } from './memory-file.ts';
import { handlersFolder, type Tuning } from './tuning.ts';
import { runTrial } from './trial.ts';

/** How far a peak may be from the one that was written down, in either direction. */
const samePeak = 0.2;

/** Compares; 0 when memory.json still holds, 1 when it does not. @throws {TuneError} */
export async function checkProfile(tuning: Tuning): Promise<number> {
  const { options, subject, definition, endpoints, events, io, progress, requirements } = tuning;
  const profile = await readProfile(memoryFile(handlersFolder, options.consumer));
  const { sizeMb, measuredPeakMb, measuredFor } = profile;
  const maxRecords = Number(measuredFor?.['maxRecords'] ?? subject.batchSize);
  const { typical, heaviest } = await createBatchEvents(maxRecords, events);
  const fn = { ...subject.fn, memoryMb: sizeMb };
  const trials = [];
  for (const [kind, list] of [
    ['heaviest', heaviest],
    ['typical', typical],
  ] as const) {
    progress.onTrial({ maxRecords, memoryMb: sizeMb, events: kind });
    trials.push(await runTrial({ fn, endpoints, events: list, cpuShare: false, signal: io.signal }));
  }
  progress.close();
  const peakMb = Math.max(...trials.map((trial) => trial.peakMb));
  const mostMb = Math.floor(requirements.headroom * sizeMb);
  const moved = definition === undefined ? [] : toMoved(toMeasuredSettings(definition), measuredFor);
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

function toMoved(
  now: Readonly<Record<string, string | number>>,
  then: Readonly<Record<string, string | number>> | undefined,
): readonly string[] {
  return Object.entries(then ?? {})
    .filter(([name, value]) => now[name] !== value)
    .map(([name, value]) => `${name} is ${now[name] ?? 'gone'}, was measured with ${value}`);
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
