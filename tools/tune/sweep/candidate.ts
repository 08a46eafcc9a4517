// What a setting, memory size and records of an event, is measured to do and to cost; and which one to take.
import { isSameSeries, type Series } from './series.ts';
import type { TrialOutcome } from './trial.ts';
import { charge } from '../../plan/cost/prices.ts';

/** A setting, measured. */
export interface Candidate extends Series {
  readonly memoryMb: number;
  /** Records of a typical event. */
  readonly records: number;
  /** Highest resident memory on typical events and on the heaviest, MB. */
  readonly typicalPeakMb: number;
  readonly heaviestPeakMb: number;
  readonly typicalOutcome: TrialOutcome;
  readonly heaviestOutcome: TrialOutcome;
  /** How long the heaviest event takes with the CPU share of this size, ms: reckoned from a whole CPU. */
  readonly heaviestMs: number;
  /** Mean duration of a typical event, ms, which is what is billed, NaN where none was measured; and each sample. */
  readonly durationMs: number;
  readonly samplesMs: readonly number[];
  readonly initMs: number;
}

/** What a setting must do. */
export interface Requirements {
  /** Records a second that must be kept up with; undefined: no matter. */
  readonly rate: number | undefined;
  /** Invocations at once: five a poller, one a partition. */
  readonly slots: number;
  /** Peak over memory size at most, 0..1. */
  readonly headroom: number;
  readonly timeoutMs: number;
  /** Cold starts for each invocation, 0..1. */
  readonly coldStartShare: number;
}

/** How a setting is judged. */
export interface Judged extends Candidate {
  /** Dollars for a million records: duration, requests, and the stated share of cold starts; NaN without a duration. */
  readonly dollarsPerMillion: number;
  /** Records a second with all invocations busy. */
  readonly recordsPerSecond: number;
  /** Why it is out; undefined when it may be taken. */
  readonly excluded: string | undefined;
}

/** What to prefer. */
export type Goal = 'cost' | 'latency' | 'safety';

/** Settings by what they are best at; `choice` is the one that the goal takes. */
export interface Recommendation {
  readonly choice: Judged;
  /** The smallest memory size that costs at most twice the lowest cost: nearer ones cannot be told apart. */
  readonly cheapest: Judged;
  /** The fastest that costs at most 10 % more than the cheapest. */
  readonly fastest: Judged;
  /** Where more memory stops paying. */
  readonly knee: Judged;
  readonly reason: string;
}

/**
 * Costs that differ by less are equal. Lambda gives CPU time with memory, so that more memory costs about the same, and a shared machine is
 * a bad clock: in twenty tunings of four functions the smallest size with headroom cost 1.0 to 1.9 times the lowest.
 */
const sameCost = 2;
const littleMore = 1.1;
const safeHeadroom = 0.7;

/** Adds cost and throughput, and says what keeps a setting out. */
export function judge(candidate: Candidate, requirements: Requirements): Judged {
  const { memoryMb, records, durationMs, initMs } = candidate;
  const gb = memoryMb / 1024;
  const invocations = 1_000_000 / records;
  const billedMs = Math.ceil(durationMs) + requirements.coldStartShare * Math.ceil(initMs);
  const dollarsPerMillion = Number.isNaN(durationMs)
    ? NaN
    : charge('lambdaArmGbSecond', (invocations * billedMs * gb) / 1000) +
      charge('lambdaRequest', invocations);
  const recordsPerSecond = (requirements.slots * records * 1000) / durationMs;
  const judged = { ...candidate, dollarsPerMillion, recordsPerSecond };
  return { ...judged, excluded: toExclusion(judged, requirements) };
}

function toExclusion(judged: Omit<Judged, 'excluded'>, requirements: Requirements): string | undefined {
  const { heaviestOutcome, typicalOutcome, heaviestMs, memoryMb, recordsPerSecond } = judged;
  const { headroom, rate, timeoutMs } = requirements;
  if (heaviestOutcome !== 'survived') return `heaviest event ${heaviestOutcome}`;
  if (typicalOutcome !== 'survived') return `typical event ${typicalOutcome}`;
  if (heaviestMs > timeoutMs) return 'heaviest event times out';
  const peakMb = toPeakMb(judged);
  if (peakMb > headroom * memoryMb)
    return `peak ${peakMb} MB leaves under ${Math.round((1 - headroom) * 100)} %`;
  if (rate !== undefined && recordsPerSecond < rate) return `takes ${Math.round(recordsPerSecond)} records/s`;
  return undefined;
}

/** Picks; undefined when no setting may be taken. */
export function recommend(all: readonly Judged[], goal: Goal): Recommendation | undefined {
  const usable = all.filter(({ excluded }) => excluded === undefined);
  const cheapest = cheapestOf(usable);
  if (cheapest === undefined) return undefined;
  const affordable = usable.filter(
    (each) => each.dollarsPerMillion <= cheapest.dollarsPerMillion * littleMore,
  );
  const fastest = affordable.reduce(
    (best, each) => (perRecordMs(each) < perRecordMs(best) ? each : best),
    cheapest,
  );
  const knee = kneeOf(usable.filter((each) => isSameSeries(each, cheapest))) ?? cheapest;
  const safest = cheapestOf(usable.filter((each) => toPeakMb(each) <= safeHeadroom * each.memoryMb));
  const choices = { cost: cheapest, latency: fastest, safety: safest ?? cheapest };
  const reason = goal === 'safety' && safest === undefined ? reasons.unsafe : reasons[goal];
  return { choice: choices[goal], cheapest, fastest, knee, reason };
}

/** The highest that was seen, MB. */
export function toPeakMb({
  heaviestPeakMb,
  typicalPeakMb,
}: Pick<Candidate, 'heaviestPeakMb' | 'typicalPeakMb'>): number {
  return Math.max(heaviestPeakMb, typicalPeakMb);
}

const reasons: Readonly<Record<Goal | 'unsafe', string>> = {
  cost: 'the smallest size with headroom that costs at most twice the lowest',
  latency: 'the fastest setting that costs at most 10 % more than the cheapest',
  safety: 'the cheapest setting whose events leave 30 % of its memory',
  unsafe: 'the cheapest setting with headroom: none leaves 30 % of its memory',
};

function cheapestOf(settings: readonly Judged[]): Judged | undefined {
  const least = Math.min(...settings.map(({ dollarsPerMillion }) => dollarsPerMillion));
  return settings
    .filter(({ dollarsPerMillion }) => dollarsPerMillion <= least * sameCost)
    .toSorted((a, b) => a.memoryMb - b.memoryMb || b.maxRecords - a.maxRecords)[0];
}

function perRecordMs({ durationMs, records }: Candidate): number {
  return durationMs / records;
}

// The point furthest below the straight line from the smallest to the largest size, duration over memory, both scaled to 0..1.
function kneeOf(settings: readonly Judged[]): Judged | undefined {
  const sorted = settings.toSorted((a, b) => a.memoryMb - b.memoryMb);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || sorted.length < 3) return first;
  const x = ({ memoryMb }: Judged): number => (memoryMb - first.memoryMb) / (last.memoryMb - first.memoryMb);
  const y = ({ durationMs }: Judged): number =>
    (durationMs - last.durationMs) / (first.durationMs - last.durationMs);
  const below = (each: Judged): number => 1 - x(each) - y(each);
  return sorted.reduce((best, each) => (below(each) > below(best) ? each : best), first);
}
