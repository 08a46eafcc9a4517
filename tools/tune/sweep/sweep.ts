// The sweep: for each batch size the smallest memory size that survives the heaviest event, then a ladder of sizes from there, each
// measured on the heaviest and on typical events.
import type { AwsEndpoints } from '../../aws/endpoints.ts';
import type { WorkloadEvent } from '../../soak/workload/workload.ts';
import type { LambdaFunction } from '../../template/topology.ts';
import type { Candidate } from './candidate.ts';
import { TuneError } from '../error.ts';
import { toSeriesName, type Series } from './series.ts';
import { findRoomy, findSmallest, largestMb, toLadder } from './sizes.ts';
import { toCpus } from '../../local/sandbox/cpu-share.ts';
import { runTrial, toMean, type Trial, type TrialOptions } from './trial.ts';

/** Events of one series. */
export interface SeriesEvents extends Series {
  readonly typical: readonly WorkloadEvent[];
  readonly heaviest: readonly WorkloadEvent[];
}

/** What to sweep. */
export interface SweepOptions {
  readonly fn: LambdaFunction;
  readonly endpoints: AwsEndpoints;
  /** One or more, the one with the fewest records first. */
  readonly series: readonly Series[];
  readonly toEvents: (series: Series) => Promise<SeriesEvents>;
  /** Sizes to measure, MB; undefined: a ladder from the smallest that survives with headroom. */
  readonly sizes: readonly number[] | undefined;
  /** Peak over memory size at most, 0..1. */
  readonly headroom: number;
  readonly cpuShare: boolean;
  readonly signal: AbortSignal;
  readonly onLog?: (line: string) => void;
  /** Called before each trial, and after it with its result. */
  readonly onTrial?: (step: TrialStep) => void;
  /** Takes what is found as soon as it is: each peak of the search, the smallest size of a series, each setting that is measured. */
  readonly onHeaviest: (peak: HeaviestPeak) => void;
  readonly onSmallest: (smallest: Smallest) => void;
  readonly onCandidate: (candidate: Candidate) => void;
}

/** A trial under way. */
export interface TrialStep extends Series {
  readonly memoryMb: number;
  readonly events: 'heaviest' | 'typical';
}

/** What the heaviest events did at one size; most of these sizes are no setting to take. */
export interface HeaviestPeak extends Series, Pick<Trial, 'memoryMb' | 'peakMb' | 'outcome'> {}

/** The smallest size that survives the heaviest event, MB; null when none does. */
export interface Smallest extends Series {
  readonly memoryMb: number | null;
}

/** An idle function of Node 24 has about this much resident (memory guide); the search starts above it. */
const firstGuessMb = 256;
/** A function that times out and uses less of its memory would time out with more of it, too: the heaviest events have a whole CPU. */
const enoughForAll = 0.75;
/** So long a trial of slow events lasts, ms, where neither survival nor every sample is asked for. */
const enoughMs = 4_000;
/** So long typical events are played before their durations count: V8 compiles its last code after some thousand records. */
const warmUpMs = 2_000;

/**
 * Measures each series in turn.
 * @throws {TuneError} `FUNCTION`, `TOO_SMALL`, `TOO_SLOW`; the signal's reason
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const found: (number | null)[] = [];
  for (const series of options.series) {
    const events = await options.toEvents(series);
    found.push(await sweepSeries(events, found.at(-1) ?? firstGuessMb, options));
  }
  if (found.every((memoryMb) => memoryMb === null)) throw await tooSmall(options);
}

/** Gives the smallest size that survives. */
async function sweepSeries(
  events: SeriesEvents,
  guessMb: number,
  options: SweepOptions,
): Promise<number | null> {
  const { maxRecords, concurrency } = events;
  const known = new Map<number, Trial>();
  const tryHeaviest = async (memoryMb: number, enoughMs = Infinity): Promise<Trial> => {
    const before = known.get(memoryMb);
    if (before !== undefined) return before;
    const trial = await attempt(events, { memoryMb, events: 'heaviest', enoughMs }, options);
    known.set(memoryMb, trial);
    const { peakMb, outcome } = trial;
    if (outcome === 'timed out' && peakMb <= enoughForAll * memoryMb) throw tooSlow(options.fn, trial);
    options.onHeaviest({ maxRecords, concurrency, memoryMb, peakMb, outcome });
    return trial;
  };
  const smallest = await findSmallest(
    guessMb,
    async (size) => (await tryHeaviest(size)).outcome === 'survived',
  );
  options.onSmallest({ maxRecords, concurrency, memoryMb: smallest ?? null });
  if (smallest === undefined) return null;
  for (const memoryMb of options.sizes ?? (await chooseSizes(smallest, options.headroom, tryHeaviest))) {
    // Above a size that survives only the peak is asked for, which the first events show.
    const heavy = await tryHeaviest(memoryMb, memoryMb > smallest ? enoughMs : Infinity);
    const usual = await attempt(events, { memoryMb, events: 'typical', enoughMs }, options);
    options.onCandidate(toCandidate({ maxRecords, concurrency }, heavy, usual));
  }
  return smallest;
}

// A slow event is slowest at sizes that nobody may take, so durations are measured from the first size with headroom on.
async function chooseSizes(
  smallest: number,
  headroom: number,
  tryHeaviest: (memoryMb: number) => Promise<Trial>,
): Promise<readonly number[]> {
  const roomy = await findRoomy(smallest, headroom, async (size) => {
    const { outcome, peakMb } = await tryHeaviest(size);
    return outcome === 'survived' ? peakMb : size;
  });
  return toLadder(roomy ?? smallest);
}

async function attempt(
  { maxRecords, concurrency, heaviest, typical }: SeriesEvents,
  { memoryMb, events, enoughMs }: Pick<TrialStep, 'memoryMb' | 'events'> & Pick<TrialOptions, 'enoughMs'>,
  options: SweepOptions,
): Promise<Trial> {
  options.onTrial?.({ maxRecords, concurrency, memoryMb, events });
  const fn = toFunctionOf(options.fn, { memoryMb, concurrency });
  // The heaviest events are for memory, the typical ones for time.
  return await runTrial(
    events === 'heaviest'
      ? { ...options, fn, events: heaviest, enoughMs, warmUpMs: 0, cpuShare: false }
      : { ...options, fn, events: typical, enoughMs, warmUpMs },
  );
}

/** The function with this memory size and so many lanes. */
export function toFunctionOf(
  fn: LambdaFunction,
  { memoryMb, concurrency }: Pick<Candidate, 'memoryMb' | 'concurrency'>,
): LambdaFunction {
  if (concurrency === undefined) return { ...fn, memoryMb };
  return { ...fn, environment: { ...fn.environment, TAILRACE_CONCURRENCY: String(concurrency) }, memoryMb };
}

function toCandidate(series: Series, heavy: Trial, usual: Trial): Candidate {
  const samplesMs = usual.durationsMs;
  return {
    ...series,
    memoryMb: heavy.memoryMb,
    records: usual.records / Math.max(1, usual.invocations),
    typicalPeakMb: usual.peakMb,
    heaviestPeakMb: heavy.peakMb,
    typicalOutcome: usual.outcome,
    heaviestOutcome: heavy.outcome,
    heaviestMs: toMean(heavy.durationsMs) / Math.min(1, toCpus(heavy)),
    durationMs: toMean(samplesMs),
    samplesMs,
    initMs: usual.initMs,
  };
}

function tooSlow({ name, timeoutSeconds }: LambdaFunction, { memoryMb, peakMb }: Trial): TuneError {
  return new TuneError(
    'TOO_SLOW',
    `${name} times out, got over ${timeoutSeconds} s for its heaviest event on a whole CPU, with a peak of ${peakMb} of ${memoryMb} MB, expected an answer; ` +
      'more memory would not help: raise timeoutSeconds, try --max-records with fewer, or find what it waits for',
  );
}

// Nothing can be measured beyond Lambda's largest size, so what fewer records take there says what would be needed.
async function tooSmall(options: SweepOptions): Promise<TuneError> {
  const [fewest] = options.series as readonly [Series, ...Series[]];
  const { records = 1 } = (await options.toEvents(fewest)).heaviest[0] ?? {};
  const fitting = await findFitting(Math.floor(records / 2), options);
  const needed = fitting && Math.ceil((fitting.peakMb * records) / fitting.records);
  const advice =
    fitting === undefined
      ? 'a single record takes more than that; try'
      : `${fitting.records} of them take ${fitting.peakMb} MB, so that all would need about ${needed} MB; try --max-records ${fitting.records},`;
  return new TuneError(
    'TOO_SMALL',
    `${options.fn.name} is killed at every memory size, got kills up to ${largestMb} MB with ${toSeriesName({ ...fewest, maxRecords: records })} ` +
      `in an event, expected a size that survives; ${advice} smaller values (limits.maxDecompressedBytesPerRecord), or find what holds ` +
      'the memory with tailrace soak',
  );
}

/** The first of `most`, its half, its quarter that survives at the largest size. */
async function findFitting(
  most: number,
  options: SweepOptions,
): Promise<{ readonly records: number; readonly peakMb: number } | undefined> {
  for (let maxRecords = most; maxRecords >= 1; maxRecords = Math.floor(maxRecords / 2)) {
    const events = await options.toEvents({ ...options.series[0], maxRecords });
    const trial = await attempt(
      events,
      { memoryMb: largestMb, events: 'heaviest', enoughMs: Infinity },
      options,
    );
    if (trial.outcome === 'survived')
      return { records: events.heaviest[0]?.records ?? maxRecords, peakMb: trial.peakMb };
  }
  return undefined;
}
