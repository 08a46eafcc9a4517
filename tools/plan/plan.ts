// The plan as data: what `tailrace plan --json` prints and the table is made of.

import { maxRecordsByPayload, toEventRecordBytes, toLargestBatch, type BatchLimit } from './batch.ts';
import { toLoad, type Load } from './capacity.ts';
import { toCeilings, toGrowth, type Ceiling, type Step } from './ceilings.ts';
import { toCosts, toTotal, type CostPart } from './cost/cost.ts';
import { toPollerChoices, type PollerChoice } from './cost/poller-choice.ts';
import { toNeededMb } from './memory.ts';
import { priceList } from './cost/prices.ts';
import type { Workload } from './workload.ts';

/** A step of growth with its price. */
export interface PricedStep extends Step {
  readonly dollarsPerMonth: number;
}

/** Everything that follows from a workload. */
export interface Plan {
  readonly workload: Workload;
  readonly event: {
    readonly bytesPerRecord: number;
    /** Records that 6 MB hold; 0 when a single one exceeds them. */
    readonly maxRecordsByPayload: number;
    readonly largestBatch: number;
    readonly limitedBy: BatchLimit;
  };
  readonly average: Load;
  readonly peak: Load;
  readonly memory: { readonly neededMb: number; readonly sizeMb: number };
  /** Lowest first. */
  readonly ceilings: readonly Ceiling[];
  readonly costs: readonly CostPart[];
  readonly dollarsPerMonth: number;
  /** What pollers cost, one way or another. */
  readonly pollerChoices: readonly PollerChoice[];
  /** Empty when a record is too large. */
  readonly growth: readonly PricedStep[];
  /** What cannot go well, each with its remedy; empty when all is well. */
  readonly warnings: readonly string[];
  readonly prices: { readonly region: string; readonly readOn: string };
}

/** Plans a workload. */
export function toPlan(workload: Workload): Plan {
  const rate = workload.recordsPerSecond;
  const average = toLoad(workload, rate);
  const costs = toCosts(workload, average, rate);
  const largest = toLargestBatch(workload);
  const ceilings = toCeilings(workload);
  const neededMb = toNeededMb(workload);
  return {
    workload,
    event: {
      bytesPerRecord: toEventRecordBytes(workload),
      maxRecordsByPayload: maxRecordsByPayload(workload),
      largestBatch: largest.records,
      limitedBy: largest.limit,
    },
    average,
    peak: toLoad(workload, workload.peakPerSecond),
    memory: { neededMb, sizeMb: workload.memoryMb },
    ceilings,
    costs,
    dollarsPerMonth: toTotal(costs),
    pollerChoices: toPollerChoices(workload, average),
    growth: largest.records === 0 ? [] : toGrowth(workload).map((step) => toPricedStep(workload, step)),
    warnings: toWarnings(workload, { largestBatch: largest.records, next: ceilings[0], neededMb }),
    prices: { region: priceList.region, readOn: priceList.readOn },
  };
}

function toPricedStep(workload: Workload, step: Step): PricedStep {
  const costs = toCosts({ ...workload, partitions: step.partitions }, step, step.recordsPerSecond);
  return { ...step, dollarsPerMonth: toTotal(costs) };
}

function toWarnings(
  workload: Workload,
  facts: { readonly largestBatch: number; readonly next: Ceiling | undefined; readonly neededMb: number },
): readonly string[] {
  const { recordsPerSecond, peakPerSecond, memoryMb } = workload;
  if (facts.largestBatch === 0) {
    return [
      'a record of this size makes an event above 6 MB: AWS never calls the function with it; send a claim check instead',
    ];
  }
  const warnings: string[] = [];
  const limit = facts.next?.recordsPerSecond ?? Infinity;
  if (peakPerSecond > limit) {
    const when = recordsPerSecond > limit ? 'without end' : 'at the peak';
    warnings.push(`lag grows ${when}: ${facts.next?.why}; lift it by ${facts.next?.remedy}`);
  }
  if (facts.neededMb > memoryMb) {
    warnings.push(
      `the memory size is ${facts.neededMb - memoryMb} MB too small; raise it to ${facts.neededMb} or more`,
    );
  }
  return warnings;
}
