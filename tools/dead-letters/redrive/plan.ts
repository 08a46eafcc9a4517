// What a redrive would do, record by record, before anything is done.
import { byOffset, mayShareConsumer, toRedriveCount, type FailedRecord } from '../failed-record.ts';
import type { TargetOption } from '../options.ts';
import type { Located, Lost } from '../originals.ts';
import { toRecordName } from './done.ts';
import type { Overtaken } from './overtaken.ts';

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
  /** Ids of records that are done: sent before with success. */
  readonly succeeded: ReadonlySet<string>;
  readonly target: Pick<TargetOption, 'kind'>;
}

/** Plans: by topic, partition and offset, so that records of one key go in their order. */
export function toPlan(
  located: readonly Located[],
  overtaken: Overtaken,
  options: PlanOptions,
): readonly Planned[] {
  let sent = 0;
  const sorted = located.toSorted((a, b) => byOffset(a.failed, b.failed));
  return withoutTwins(sorted, options).map(({ failed, lost }) => {
    const isOvertaken = overtaken.ids.has(failed.id);
    const skip = toSkip(failed, { lost, isOvertaken, isFull: sent >= (options.most ?? Infinity) }, options);
    if (skip === undefined) sent += 1;
    return { failed, skip, isOvertaken };
  });
}

// The same record may be kept twice for one consumer, by a letter and in a batch, and by several consumers: a function is sent its
// consumer's, a topic one for all of them.
function withoutTwins(
  located: readonly Located[],
  { target, succeeded }: Pick<PlanOptions, 'target' | 'succeeded'>,
): readonly Located[] {
  const isOpen = ({ failed, lost }: Located): boolean => lost === undefined && !succeeded.has(failed.id);
  const kept = new Set<Located>();
  for (const group of Map.groupBy(located, ({ failed }) => toRecordName(failed)).values())
    // What can be sent comes first.
    for (const each of group.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)))) {
      const isKept = group.some(
        (other) =>
          kept.has(other) && (target.kind === 'topic' || mayShareConsumer(each.failed, other.failed)),
      );
      if (!isKept) kept.add(each);
    }
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
  return [...Map.groupBy(records, toKeyName).values()];
}

/** Names the key that a record must wait for; a record without a key waits for none. */
export function toKeyName({ id, topic, partition, record }: FailedRecord): string {
  return typeof record?.key === 'string' ? `${topic} ${partition} ${record.key}` : id;
}
