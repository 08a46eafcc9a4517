// What a soak comes to: the trend of its floors, its end and the budgets it was given, in one answer with an exit code.
import type { Floor } from './floor.ts';
import type { SoakRecord } from './soak.ts';
import { judgeTrend, type Trend } from './trend.ts';

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
  readonly trend: Trend | undefined;
  /** Invocations that the rest of the memory size lasts for at this growth; undefined without growth. */
  readonly invocationsLeft: number | undefined;
  /** Every reason for exit code 1, in words; empty when all is well. */
  readonly failures: readonly string[];
}

const megabyte = 1_048_576;

/** Judges a soak of a function with this memory size. */
export function judgeSoak(record: SoakRecord, memoryMb: number, budgets: SoakBudgets): SoakVerdict {
  const { floors, end, peakMb } = record;
  const headroomBytes = toHeadroom(floors, memoryMb);
  const points = floors.map(({ invocation, floorBytes }) => ({ invocation, bytes: floorBytes }));
  const trend = judgeTrend(points, headroomBytes);
  const growth = trend?.bytesPerInvocation ?? 0;
  const failures = [
    ...(end.kind === 'killed' ? [`killed for its memory in invocation ${end.atInvocation}`] : []),
    ...(end.kind === 'crashed' ? [`ended in invocation ${end.atInvocation}: ${end.reason}`] : []),
    ...(trend?.kind === 'growing' ? [`grows by ${toKb(growth)} KB per invocation`] : []),
    ...(budgets.maxPeakMb !== undefined && peakMb > budgets.maxPeakMb
      ? [`peak of ${peakMb} MB, more than --max-peak-mb ${budgets.maxPeakMb}`]
      : []),
    ...(budgets.maxGrowthKb !== undefined && growth > budgets.maxGrowthKb * 1024
      ? [`growth of ${toKb(growth)} KB per invocation, more than --max-growth-kb ${budgets.maxGrowthKb}`]
      : []),
  ];
  const isGrowing = trend?.kind === 'growing' && growth > 0;
  return { trend, invocationsLeft: isGrowing ? Math.floor(headroomBytes / growth) : undefined, failures };
}

/** What a growing floor has left: the memory size less what is resident beside the floor, and the floor. */
function toHeadroom(floors: readonly Floor[], memoryMb: number): number {
  const last = floors.at(-1);
  return Math.max(megabyte, memoryMb * megabyte - (last?.rssBytes ?? 0));
}

/** Bytes as KB with one decimal. */
export function toKb(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
