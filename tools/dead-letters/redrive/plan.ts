// What a redrive would do, record by record, before anything is done.
import { byOffset, toRedriveCount, type FailedRecord } from '../failed-record.ts';
import type { Located, Lost, Overtaken } from '../originals.ts';

/** Why a record is not sent. */
export type SkipReason =
  | Lost
  | 'redriven too often'
  | 'a later record of its key was processed'
  | 'over --max'
  | 'done before';

/** A record and what would be done with it. */
export interface Planned {
  readonly failed: FailedRecord;
  /** Undefined when it is sent. */
  readonly skip: SkipReason | undefined;
  readonly isOvertaken: boolean;
}

/** What a plan depends on. */
export interface PlanOptions {
  readonly maxRedrives: number;
  readonly overtaken: 'skip' | 'send';
  /** Records at most; undefined: all. */
  readonly most: number | undefined;
  /** Ids that were sent before with success. */
  readonly succeeded: ReadonlySet<string>;
}

/** Plans: by topic, partition and offset, so that records of one key go in their order. */
export function toPlan(
  located: readonly Located[],
  overtaken: Overtaken,
  options: PlanOptions,
): readonly Planned[] {
  let sent = 0;
  const sorted = located.toSorted((a, b) => byOffset(a.failed, b.failed));
  return withoutTwins(sorted).map(({ failed, lost }) => {
    const isOvertaken = overtaken.ids.has(failed.id);
    const skip = toSkip(failed, { lost, isOvertaken, isFull: sent >= (options.most ?? Infinity) }, options);
    if (skip === undefined) sent += 1;
    return { failed, skip, isOvertaken };
  });
}

// The same record may be kept twice, by a letter and in a batch: it is sent once.
function withoutTwins(located: readonly Located[]): readonly Located[] {
  const seen = new Map<string, Located>();
  for (const each of located) {
    const { topic, partition, offset, record } = each.failed;
    const name = `${topic}-${partition}@${offset}-${record?.timestamp ?? ''}`;
    const known = seen.get(name);
    if (known === undefined || (known.lost !== undefined && each.lost === undefined)) seen.set(name, each);
  }
  const kept = new Set(seen.values());
  return located.filter((each) => kept.has(each));
}

function toSkip(
  failed: FailedRecord,
  {
    lost,
    isOvertaken,
    isFull,
  }: { readonly lost: Lost | undefined; readonly isOvertaken: boolean; readonly isFull: boolean },
  { maxRedrives, overtaken, succeeded }: PlanOptions,
): SkipReason | undefined {
  if (succeeded.has(failed.id)) return 'done before';
  if (lost !== undefined) return lost;
  if (toRedriveCount(failed.record) >= maxRedrives) return 'redriven too often';
  if (isOvertaken && overtaken === 'skip') return 'a later record of its key was processed';
  return isFull ? 'over --max' : undefined;
}

/** How many are sent, and how many are not for which reason. */
export function countPlan(plan: readonly Planned[]): {
  readonly send: number;
  readonly skip: ReadonlyMap<SkipReason, number>;
} {
  const skip = new Map<SkipReason, number>();
  for (const each of plan) if (each.skip !== undefined) skip.set(each.skip, (skip.get(each.skip) ?? 0) + 1);
  return { send: plan.filter((each) => each.skip === undefined).length, skip };
}

/** Records that may be sent side by side: each chain holds the records of one key, or one record without a key, in offset order. */
export function toChains(records: readonly FailedRecord[]): readonly (readonly FailedRecord[])[] {
  const chains = Map.groupBy(records, ({ id, topic, partition, record }) =>
    typeof record?.key === 'string' ? `${topic} ${partition} ${record.key}` : id,
  );
  return [...chains.values()];
}
