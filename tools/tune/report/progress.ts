// What a person sees while a tuning runs: the trial under way, how many there were, and about how long it will take.
import { createLive } from '../../terminal/live.ts';
import type { TuneOptions } from '../options.ts';
import { toSeriesName } from '../sweep/series.ts';
import type { TrialStep } from '../sweep/sweep.ts';

/** The progress of a tuning. */
export interface Progress {
  readonly onTrial: (step: TrialStep) => void;
  /** Prints a line above it. */
  readonly line: (text: string) => void;
  readonly close: () => void;
}

/** Trials of one batch size: a search of about three sizes and one more for headroom, then a ladder of about four. */
const trialsOfBatch = 11;
/** The look for growth takes as long as about so many trials. */
const growthTrials = 3;

/** Starts showing it. */
export function createProgress(screen: NodeJS.WriteStream, options: TuneOptions): Progress {
  const startedMs = Date.now();
  const expected =
    (options.maxRecords?.length ?? 3) * (options.concurrency?.length ?? 1) * trialsOfBatch + growthTrials;
  let begun = 0;
  let row = 'preparing the function';
  const live = createLive(screen, () => [row]);
  return {
    onTrial({ memoryMb, events, ...series }) {
      begun += 1;
      const left = toTimeLeft(startedMs, begun - 1, expected);
      row = `trial ${begun}: ${memoryMb} MB, ${toSeriesName(series)}, ${events} events${left}`;
    },
    line: (text) => live.line(text),
    close: () => live.close(),
  };
}

function toTimeLeft(startedMs: number, done: number, expected: number): string {
  if (done < 3) return '';
  const seconds = Math.round((((Date.now() - startedMs) / done) * Math.max(0, expected - done)) / 1000);
  return `; about ${seconds} s left`;
}
