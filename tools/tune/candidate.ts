// What a setting, memory size and records of an event, is measured to do and to cost; and which one to take.
import { charge } from '../plan/prices.ts';

/** A setting, measured. */
export interface Candidate {
  readonly memoryMb: number;
  /** Records of an event at most. */
  readonly maxRecords: number;
  /** Records of a typical event. */
  readonly records: number;
  /** Highest resident memory on typical events and on the heaviest, MB. */
  readonly typicalPeakMb: number;
  readonly heaviestPeakMb: number;
  /** Whether all records of the heaviest event were started and the process lived. */
  readonly survives: boolean;
  /** Mean duration of a typical event, ms, which is what is billed; and each sample. */
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
  /** Cold starts for each invocation, 0..1. */
  readonly coldStartShare: number;
}

/** How a setting is judged. */
export interface Judged extends Candidate {
  /** Dollars for a million records: duration, requests, and the stated share of cold starts. */
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
  /** The cheapest; among those within 25 %, the smallest memory size. */
  readonly cheapest: Judged;
  /** The fastest that costs at most 10 % more than the cheapest. */
  readonly fastest: Judged;
  /** Where more memory stops paying. */
  readonly knee: Judged;
  readonly reason: string;
}

/** Costs that differ by less are equal: a trial's duration differs by up to so much between runs on a shared machine. */
const sameCost = 1.25;
const littleMore = 1.1;
const safeHeadroom = 0.7;

/** Adds cost and throughput, and says what keeps a setting out. */
export function judge(candidate: Candidate, requirements: Requirements): Judged {
  const { memoryMb, records, durationMs, initMs } = candidate;
  const gb = memoryMb / 1024;
  const invocations = 1_000_000 / records;
  const billedMs = Math.ceil(durationMs) + requirements.coldStartShare * Math.ceil(initMs);
  const dollarsPerMillion =
    charge('lambdaArmGbSecond', (invocations * billedMs * gb) / 1000) + charge('lambdaRequest', invocations);
  const recordsPerSecond = (requirements.slots * records * 1000) / durationMs;
  const judged = { ...candidate, dollarsPerMillion, recordsPerSecond };
  return { ...judged, excluded: toExclusion(judged, requirements) };
}

function toExclusion(
  { survives, heaviestPeakMb, typicalPeakMb, memoryMb, recordsPerSecond }: Omit<Judged, 'excluded'>,
  { headroom, rate }: Requirements,
): string | undefined {
  if (!survives) return 'the heaviest event is killed or declined';
  const peakMb = Math.max(heaviestPeakMb, typicalPeakMb);
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
  const knee = kneeOf(usable.filter(({ maxRecords }) => maxRecords === cheapest.maxRecords)) ?? cheapest;
  const safest =
    cheapestOf(usable.filter((each) => each.heaviestPeakMb <= safeHeadroom * each.memoryMb)) ?? cheapest;
  const choices = { cost: cheapest, latency: fastest, safety: safest };
  return { choice: choices[goal], cheapest, fastest, knee, reason: reasons[goal] };
}

const reasons: Readonly<Record<Goal, string>> = {
  cost: 'the cheapest setting with headroom; within 25 % the smallest memory size',
  latency: 'the fastest setting that costs at most 10 % more than the cheapest',
  safety: 'the cheapest setting whose heaviest event leaves 30 % of its memory',
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
