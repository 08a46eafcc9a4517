// Lanes: records that must stay in order. Inside a lane one record at a time, in offset order; lanes run side by side.

import type { Order } from '../definition/define-consumer.ts';
import type { EventRecord, KafkaEvent } from './event.ts';

/** Records of one partition (`group`, the event's key for it) that must stay in order. */
export interface Lane {
  readonly group: string;
  /** Emptied from the front as the lane advances, so that the event's base64 text can be collected. */
  readonly records: (EventRecord | undefined)[];
}

/** The same event object was given to a handler a second time; its records are gone, which must not look like success. */
export class EventUsedError extends Error {
  override readonly name = 'EventUsedError';
  readonly code = 'EVENT_USED';

  constructor() {
    super(
      'the event has no records left, got an object that a handler has read before, expected a new one; ' +
        'make an event for each call, for example with kafkaEvent() of tailrace/testing',
    );
  }
}

/** The `records` of events that were taken; a copy of the event object shares them. */
const taken = new WeakSet<object>();

/**
 * Takes the records out of `event` and deals them to lanes; the event is left without records.
 *
 * Non-obvious: the runtime client holds the event object until the invocation ends. Only when the event no longer
 * names the records, and the lanes drop each one as they pass it, does their text become collectable meanwhile.
 *
 * @throws EventUsedError `EVENT_USED`
 */
export function takeLanes(event: KafkaEvent, order: Order): Lane[] {
  const lanes: Lane[] = [];
  const groups = event.records as Record<string, readonly EventRecord[]>;
  if (taken.has(groups)) throw new EventUsedError();
  for (const group of Object.keys(groups)) {
    const records = groups[group] ?? [];
    if (records.length === 0) continue;
    groups[group] = [];
    taken.add(groups);
    if (order === 'partition') lanes.push({ group, records: [...records] });
    else lanes.push(...dealByKey(group, records, order === 'key'));
  }
  return lanes;
}

/** One lane per key; records without a key, or all records when keys do not matter, have a lane each. */
function dealByKey(group: string, records: readonly EventRecord[], keysMatter: boolean): Lane[] {
  const lanes: Lane[] = [];
  const byKey = new Map<string, Lane>();
  for (const record of records) {
    const key = keysMatter ? (record.key ?? undefined) : undefined;
    const known = key === undefined ? undefined : byKey.get(key);
    if (known) {
      known.records.push(record);
      continue;
    }
    const lane: Lane = { group, records: [record] };
    lanes.push(lane);
    if (key !== undefined) byKey.set(key, lane);
  }
  return lanes;
}

/** Runs every lane, at most `concurrency` side by side, in the order given. */
export async function runLanes(
  lanes: readonly Lane[],
  concurrency: number,
  run: (lane: Lane) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let lane = lanes[next++]; lane; lane = lanes[next++]) await run(lane);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, work));
}
