// What a soak comes to: the trend of its floors, its end and the budgets it was given, in one answer with an exit code.
import type { Floor } from '../sandbox/floor.ts';
import type { SoakRecord } from '../soak.ts';
import { toWorkDoubts } from '../work.ts';
import { floorThresholds, judgeFloors, leastFloors, type FloorTrend } from './floor-trend.ts';

/** What a soak may use. */
export interface SoakBudgets {
  /** Highest resident memory, MB. */
  readonly maxPeakMb: number | undefined;
  /** Growth of the floor in the second half, KB (1024 bytes) per invocation. */
  readonly maxGrowthKb: number | undefined;
}

/** The answer. */
export interface SoakVerdict {
  /** Undefined when there were too few floors to tell. */
  readonly trend: FloorTrend | undefined;
  /** What of resident memory is neither floor nor code; only where that alone grows. */
  readonly outside: FloorTrend | undefined;
  /** Invocations that the rest of the memory size lasts for at this growth; undefined without growth, and where it is full. */
  readonly invocationsLeft: number | undefined;
  /** Whether somebody may hold on to memory, who is worth a search. */
  readonly isSuspect: boolean;
  /** Every reason for exit code 1, in words; empty when nothing is wrong. */
  readonly failures: readonly string[];
  /** Every reason why the answer does not count (exit code 4 unless something is wrong), in words; empty when it does. */
  readonly doubts: readonly string[];
}

const megabyte = 1_048_576;
/** A verdict that is less sure than this is none to build on: one soak in five would be judged differently. */
export const leastConfidence = 0.8;

/** Judges a soak of a function with this memory size. */
export function judgeSoak(record: SoakRecord, memoryMb: number, budgets: SoakBudgets): SoakVerdict {
  const { end, peakMb } = record;
  const headroomBytes = toHeadroom(record.floors, memoryMb);
  // What declines its records keeps its memory as it is: a leak, too, looks as if it levelled off.
  const floors = record.floors.filter(
    ({ invocation }) => end.kind !== 'declined' || invocation < end.atInvocation,
  );
  const points = floors.map(({ invocation, floorBytes }) => ({ invocation, bytes: floorBytes }));
  const workDoubts = toWorkDoubts(record);
  const isFull = end.kind === 'killed' || end.kind === 'declined' || end.kind === 'full';
  // What is not processed is not kept either: its memory proves nothing.
  const isJudged = workDoubts.length === 0 || isFull;
  const trend = isJudged ? judgeFloors(points, headroomBytes) : undefined;
  const outside = trend?.kind === 'growing' || !isJudged ? undefined : judgeOutside(floors, headroomBytes);
  const growth = trend?.slope ?? 0;
  const failures = [
    ...(end.kind === 'killed' ? [`killed for its memory in invocation ${end.atInvocation}`] : []),
    ...(end.kind === 'declined'
      ? [`declines most of its records from invocation ${end.atInvocation} on, because its memory is full`]
      : []),
    ...(end.kind === 'full'
      ? [`ends itself in invocation ${end.atInvocation}, because its memory is full of what it keeps`]
      : []),
    ...(end.kind === 'crashed' ? [`ended in invocation ${end.atInvocation}: ${end.reason}`] : []),
    ...(trend?.kind === 'growing' && trend.confidence >= leastConfidence
      ? [`grows by ${toKb(growth)} KB per invocation`]
      : []),
    ...(budgets.maxPeakMb !== undefined && peakMb > budgets.maxPeakMb
      ? [`peak of ${peakMb} MB, more than --max-peak-mb ${budgets.maxPeakMb}`]
      : []),
    ...(budgets.maxGrowthKb !== undefined && growth > budgets.maxGrowthKb * 1024
      ? [`growth of ${toKb(growth)} KB per invocation, more than --max-growth-kb ${budgets.maxGrowthKb}`]
      : []),
  ];
  const hasTime = trend?.kind === 'growing' && growth > 0 && !isFull;
  return {
    trend,
    outside,
    invocationsLeft: hasTime ? Math.floor(headroomBytes / growth) : undefined,
    isSuspect: trend?.kind === 'growing' || outside !== undefined || isFull,
    failures,
    doubts: [...(isJudged ? toTrendDoubts(trend, record) : []), ...toOutsideDoubts(outside), ...workDoubts],
  };
}

// Message ports, zlib streams and addons hold memory that V8 does not account for; what is freed and not given back
// is resident as well.
function judgeOutside(floors: readonly Floor[], headroomBytes: number): FloorTrend | undefined {
  const points = floors.map(({ invocation, rssBytes, floorBytes, codeBytes }) => ({
    invocation,
    bytes: rssBytes - floorBytes - codeBytes,
  }));
  const { outsideAllowanceBytes: allowanceBytes } = floorThresholds;
  const trend = judgeFloors(points, headroomBytes, { ...floorThresholds, allowanceBytes });
  return trend?.kind === 'growing' && trend.confidence >= leastConfidence ? trend : undefined;
}

function toOutsideDoubts(outside: FloorTrend | undefined): readonly string[] {
  if (outside === undefined) return [];
  return [
    `resident memory grows by ${toKb(outside.slope)} KB per invocation outside of the live set: message ports, zlib streams, an addon's memory, or fragmentation; give more --records to see whether it ends`,
  ];
}

function toTrendDoubts(trend: FloorTrend | undefined, { end, floors }: SoakRecord): readonly string[] {
  if (trend === undefined)
    return end.kind === 'done'
      ? [
          `too few measurements of the live set for a verdict, got ${floors.length}, expected ${leastFloors}; give more --records, or a smaller --every`,
        ]
      : [];
  if (trend.confidence < leastConfidence)
    return [
      `${trend.kind} is not certain, got a confidence of ${toPercent(trend.confidence)}, expected ${toPercent(leastConfidence)}; give more --records`,
    ];
  return trend.isTooShort
    ? [
        `may be a small leak, got ${toKb(trend.slope)} KB per invocation, but the soak is too short to tell it from warm-up; give more --records`,
      ]
    : [];
}

/** What a growing floor has left: the memory size less what is resident beside the floor, and the floor. */
function toHeadroom(floors: readonly Floor[], memoryMb: number): number {
  const last = floors.at(-1);
  return Math.max(megabyte, memoryMb * megabyte - (last?.rssBytes ?? 0));
}

/** A share of 0..1 for people. */
export function toPercent(share: number): string {
  return share > 0.99 ? 'over 99 %' : `${Math.round(share * 100)} %`;
}

/** Bytes as KB with one decimal. */
export function toKb(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
