// The sweep: for each batch size the smallest memory size that survives the heaviest event, then a ladder of sizes from there, each
// measured on the heaviest and on typical events.
import type { AwsEndpoints } from '../aws/endpoints.ts';
import type { WorkloadEvent } from '../soak/workload.ts';
import type { LambdaFunction } from '../template/topology.ts';
import type { Candidate } from './candidate.ts';
import { TuneError } from './error.ts';
import { findSmallest, largestMb, roundUp, toLadder } from './sizes.ts';
import { runTrial, toMean, type Trial } from './trial.ts';

/** Events of one batch size. */
export interface BatchEvents {
  readonly maxRecords: number;
  readonly typical: readonly WorkloadEvent[];
  readonly heaviest: readonly WorkloadEvent[];
}

/** What to sweep. */
export interface SweepOptions {
  readonly fn: LambdaFunction;
  readonly endpoints: AwsEndpoints;
  readonly batches: readonly BatchEvents[];
  /** Sizes to measure, MB; undefined: a ladder from the smallest that survives. */
  readonly sizes: readonly number[] | undefined;
  readonly cpuShare: boolean;
  readonly signal: AbortSignal;
  readonly onLog?: (line: string) => void;
  /** Called before each trial, and after it with its result. */
  readonly onTrial?: (step: TrialStep) => void;
  /** Takes each setting as soon as it is measured. */
  readonly onCandidate?: (candidate: Candidate) => void;
}

/** A trial under way. */
export interface TrialStep {
  readonly maxRecords: number;
  readonly memoryMb: number;
  readonly events: 'heaviest' | 'typical';
}

/** What was found for one batch size. */
export interface BatchResult {
  readonly maxRecords: number;
  /** The smallest size that survives the heaviest event, MB; undefined when none does. */
  readonly smallestMb: number | undefined;
  readonly candidates: readonly Candidate[];
}

/** An idle function of Node 24 has about this much resident (memory guide); the search starts above it. */
const firstGuessMb = 256;

/**
 * Measures each batch size in turn.
 * @throws {TuneError} `FUNCTION`, `TOO_SMALL`; the signal's reason
 */
export async function sweep(options: SweepOptions): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  let guessMb = firstGuessMb;
  for (const batch of options.batches) {
    const result = await sweepBatch(options, batch, guessMb);
    results.push(result);
    guessMb = result.smallestMb ?? guessMb;
  }
  if (results.every(({ smallestMb }) => smallestMb === undefined)) throw tooSmall(options, results);
  return results;
}

async function sweepBatch(options: SweepOptions, batch: BatchEvents, guessMb: number): Promise<BatchResult> {
  const { maxRecords, typical, heaviest } = batch;
  const attempt = async (
    memoryMb: number,
    events: TrialStep['events'],
    cpuShare: boolean,
  ): Promise<Trial> => {
    options.onTrial?.({ maxRecords, memoryMb, events });
    return await runTrial({
      ...options,
      fn: { ...options.fn, memoryMb },
      events: events === 'heaviest' ? heaviest : typical,
      cpuShare,
    });
  };
  const known = new Map<number, Trial>();
  const tryHeaviest = async (memoryMb: number): Promise<Trial> => {
    const trial = known.get(memoryMb) ?? (await attempt(memoryMb, 'heaviest', false));
    known.set(memoryMb, trial);
    return trial;
  };
  const smallestMb = await findSmallest(
    guessMb,
    async (size) => (await tryHeaviest(size)).outcome === 'survived',
  );
  if (smallestMb === undefined) return { maxRecords, smallestMb, candidates: [] };
  const candidates: Candidate[] = [];
  for (const memoryMb of options.sizes ?? toLadder(smallestMb)) {
    const heavy = await tryHeaviest(memoryMb);
    const usual = await attempt(memoryMb, 'typical', options.cpuShare);
    const candidate = toCandidate(maxRecords, heavy, usual);
    candidates.push(candidate);
    options.onCandidate?.(candidate);
  }
  return { maxRecords, smallestMb, candidates };
}

function toCandidate(maxRecords: number, heavy: Trial, usual: Trial): Candidate {
  const samplesMs = usual.durationsMs;
  return {
    memoryMb: heavy.memoryMb,
    maxRecords,
    records: usual.records / Math.max(1, usual.invocations),
    typicalPeakMb: usual.peakMb,
    heaviestPeakMb: heavy.peakMb,
    survives: heavy.outcome === 'survived' && usual.outcome === 'survived',
    durationMs: toMean(samplesMs),
    samplesMs,
    initMs: usual.initMs,
  };
}

function tooSmall({ fn }: SweepOptions, results: readonly BatchResult[]): TuneError {
  const sizes = results.map(({ maxRecords }) => maxRecords).join(', ');
  return new TuneError(
    'TOO_SMALL',
    `${fn.name} is killed at every memory size, got kills up to ${largestMb} MB with ${sizes} records an event, ` +
      'expected one that survives; try fewer records (--max-records 10), smaller values ' +
      '(limits.maxDecompressedBytesPerRecord), or find what holds the memory with tailrace soak',
  );
}

/** The size to look at for a profile that exists: what it says, on the grid. */
export function toProfileSize(sizeMb: number): number {
  return roundUp(sizeMb);
}
