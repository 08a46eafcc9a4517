// Lanes: records that must stay in order. Inside a lane one record at a time, in offset order; lanes run side by side.

import type { Order } from '../../definition/define-consumer.ts';
import type { EventRecord } from '../event/event.ts';
import type { Lease } from '../record/record.ts';
import type { RecordGroup } from '../event/take-records.ts';
import type { Place } from '../../telemetry/log.ts';

/** What a record that is under way waits for. */
export type Phase = 'loading' | 'function' | 'dead-letter store';

/** A record that a batch function has had: where it stands, and nothing of it. */
export interface DeliveredRecord extends Place {
  /** The event's key for it. */
  readonly group: string;
}

/**
 * Records that must stay in order, and how far they are: those from `next` on have not started, `event` is under way.
 *
 * A record that starts is dropped from the lane, so that its base64 text can be collected once it has settled.
 */
export class Lane<V = unknown, K = unknown> {
  /** Position of the next record. */
  next = 0;
  /** The record under way, from its admission until it has settled. */
  event: EventRecord | undefined = undefined;
  /** Its lease, once it is loaded. */
  lease: Lease<V, K> | undefined = undefined;
  phase: Phase = 'loading';
  /** Records that a batch function has had and is not done with, the one under way left out; undefined where there is none. */
  delivered: DeliveredRecord[] | undefined = undefined;
  readonly #records: (EventRecord | undefined)[];
  /** The event's keys of the records, where they are of several partitions. */
  readonly #groups: readonly string[] | string;

  /** `groups` are the event's keys of the records, `<topic>-<partition>`: one for all, or one for each. */
  constructor(records: (EventRecord | undefined)[], groups: readonly string[] | string) {
    this.#records = records;
    this.#groups = groups;
  }

  get length(): number {
    return this.#records.length;
  }

  /** The next record; undefined at the end. */
  peek(): EventRecord | undefined {
    return this.#records[this.next];
  }

  /** Makes the next record the one under way. */
  begin(event: EventRecord): void {
    this.#records[this.next++] = undefined;
    this.event = event;
    this.phase = 'loading';
  }

  /** Passes over the next record. */
  drop(): void {
    this.#records[this.next++] = undefined;
  }

  /** The event's key of the record at a position. */
  groupAt(index: number): string {
    const groups = this.#groups;
    return typeof groups === 'string' ? groups : (groups[index] ?? '');
  }

  /** The event's key of the record that was begun last. */
  get group(): string {
    return this.groupAt(this.next - 1);
  }
}

/**
 * Deals records to lanes: by partition, by key (records without one have a lane each), or with order `none` a lane for each record.
 * With `isBatch` order `none` gives one lane of all records: a batch of one record would be none.
 */
export function dealLanes<V, K>(
  groups: readonly RecordGroup[],
  order: Order,
  isBatch: boolean,
): Lane<V, K>[] {
  if (order === 'none' && isBatch) return groups.length === 0 ? [] : [joinGroups(groups)];
  return groups.flatMap(({ group, records }) => {
    if (order === 'partition') return [new Lane<V, K>(records, group)];
    return order === 'key'
      ? dealByKey<V, K>(group, records)
      : records.map((record) => new Lane<V, K>([record], group));
  });
}

function joinGroups<V, K>(groups: readonly RecordGroup[]): Lane<V, K> {
  const records = groups.flatMap((each) => each.records);
  const names = groups.flatMap((each) => each.records.map(() => each.group));
  return new Lane(records, names);
}

function dealByKey<V, K>(group: string, records: readonly EventRecord[]): Lane<V, K>[] {
  const lanes: EventRecord[][] = [];
  const byKey = new Map<string, EventRecord[]>();
  for (const record of records) {
    const key = record.key ?? undefined;
    const known = key === undefined ? undefined : byKey.get(key);
    if (known) {
      known.push(record);
      continue;
    }
    const lane = [record];
    lanes.push(lane);
    if (key !== undefined) byKey.set(key, lane);
  }
  return lanes.map((lane) => new Lane<V, K>(lane, group));
}

/** Runs every lane, at most `concurrency` side by side, in the order given. `run` never rejects. */
export async function runLanes<V, K>(
  lanes: readonly Lane<V, K>[],
  concurrency: number,
  run: (lane: Lane<V, K>) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let lane = lanes[next++]; lane; lane = lanes[next++]) await run(lane);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, work));
}
