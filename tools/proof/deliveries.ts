// What the runner has delivered to one consumer, record by record, from its own events; and what in that is the runner's own
// fault: a record twice in one event, an order that no broker has given, a delivery that nothing explains.

import type { LocalEvent, OffsetRange, Summary } from '../local/events.ts';
import { createDiscards, type Discards } from './discards.ts';
import { createFindings, type Findings } from './findings.ts';

/** Deliveries of one consumer. */
export interface Deliveries {
  readonly note: (event: LocalEvent) => void;
  /** How often the record was in an event; at most 255. */
  readonly delivered: (partition: number, offset: number) => number;
  /** How often an invocation has answered for it; at most 255. */
  readonly resolved: (partition: number, offset: number) => number;
  /** Whether the mapping's filters have kept the record from the function. */
  readonly isFiltered: (partition: number, offset: number) => boolean;
  /** Records that were delivered, and that were answered for, each counted once. */
  readonly totals: () => { readonly delivered: number; readonly resolved: number };
  /** What its mapping has discarded. */
  readonly discards: Discards;
  readonly faults: Findings;
}

type InvocationEvent = Extract<LocalEvent, { readonly kind: 'invocation' }>;

interface Partition {
  readonly delivered: Counts;
  readonly resolved: Counts;
  readonly filtered: Counts;
  /** The offset behind the furthest record that was delivered. */
  end: number;
  /** How often the partition was given to a poller. */
  assignments: number;
}

/** Starts with nothing delivered. */
export function createDeliveries(consumer: string): Deliveries {
  const partitions = new Map<number, Partition>();
  const summaries = new Map<string, Summary>();
  const discards = createDiscards();
  const faults = createFindings();
  const open = (partition: number): Partition => {
    const known = partitions.get(partition) ?? {
      delivered: createCounts(),
      resolved: createCounts(),
      filtered: createCounts(),
      end: 0,
      assignments: 0,
    };
    partitions.set(partition, known);
    return known;
  };

  const noteInvocation = (event: InvocationEvent): void => {
    if (event.status === 'unavailable') return;
    checkOrder(event.delivered, faults);
    for (const range of event.delivered) deliver(range, open(range.partition), faults);
    const isAnswered = event.status === 'ok' || event.status === 'partial';
    if (isAnswered) checkSummary(event, summaries.get(event.requestId), faults);
    summaries.delete(event.requestId);
    if (!isAnswered) return;
    const failed = new Set(event.unresolved.flatMap(toPlaces));
    for (const range of event.delivered)
      for (let offset = range.from; offset < range.to; offset++)
        if (!failed.has(`${range.partition}@${offset}`)) open(range.partition).resolved.add(offset);
  };

  return {
    note(event) {
      if (event.consumer !== consumer) return;
      if (event.kind === 'summary') summaries.set(event.requestId, event.summary);
      else if (event.kind === 'assigned')
        for (const partition of event.partitions) open(partition).assignments++;
      else if (event.kind === 'invocation') noteInvocation(event);
      else if (event.kind === 'destination') discards.note(event);
      else if (event.kind === 'polled')
        for (const { partition, from, to } of event.filtered)
          for (let offset = from; offset < to; offset++) open(partition).filtered.add(offset);
    },
    delivered: (partition, offset) => partitions.get(partition)?.delivered.read(offset) ?? 0,
    resolved: (partition, offset) => partitions.get(partition)?.resolved.read(offset) ?? 0,
    isFiltered: (partition, offset) => (partitions.get(partition)?.filtered.read(offset) ?? 0) > 0,
    totals() {
      const all = [...partitions.values()];
      return {
        delivered: all.reduce((sum, { delivered }) => sum + delivered.distinct(), 0),
        resolved: all.reduce((sum, { resolved }) => sum + resolved.distinct(), 0),
      };
    },
    discards,
    faults,
  };
}

function toPlaces({ partition, from, to }: OffsetRange): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `${partition}@${from + index}`);
}

/** The records of a partition rise within an event. */
function checkOrder(delivered: readonly OffsetRange[], faults: Findings): void {
  const ends = new Map<number, number>();
  for (const { partition, from, to } of delivered) {
    const end = ends.get(partition) ?? 0;
    if (from < end) faults.add(`${partition}@${from} stands in one event behind ${partition}@${end - 1}`);
    ends.set(partition, Math.max(end, to));
  }
}

function deliver({ partition, from, to }: OffsetRange, state: Partition, faults: Findings): void {
  for (let offset = from; offset < to; offset++) {
    const place = `${partition}@${offset}`;
    if (state.delivered.read(offset) === 0 && offset < state.end)
      faults.add(`${place} was delivered for the first time after ${partition}@${state.end - 1}`);
    // Whoever takes a partition over starts at what is committed, and that may be behind what was answered.
    if (state.resolved.read(offset) > 0 && state.assignments <= 1)
      faults.add(`${place} was delivered again after it had been processed`);
    state.delivered.add(offset);
  }
  state.end = Math.max(state.end, to);
}

/** The function has counted what it was given. */
function checkSummary(event: InvocationEvent, summary: Summary | undefined, faults: Findings): void {
  if (summary === undefined) return;
  const { records, done, skipped, deadLettered, retried } = summary;
  if (records !== event.records)
    faults.add(`an event of ${event.records} records, of which the function has counted ${records}`);
  const settled = done + skipped + deadLettered + retried;
  if (settled !== records)
    faults.add(`an event of ${event.records} records, of which the function has settled ${settled}`);
  if (retried !== event.failed)
    faults.add(`an event with ${event.failed} failed records, of which the function has named ${retried}`);
}

interface Counts {
  readonly add: (offset: number) => void;
  readonly read: (offset: number) => number;
  /** Offsets that were added at all. */
  readonly distinct: () => number;
}

/** One byte for each offset from the first one on; offsets of a topic are dense. */
function createCounts(): Counts {
  let base = 0;
  let counts = new Uint8Array(0);
  let distinct = 0;
  const makeRoom = (offset: number): void => {
    if (counts.length === 0) base = offset;
    const from = Math.min(base, offset);
    const length = Math.max(offset - from + 1, base - from + counts.length);
    if (from === base && length <= counts.length) return;
    const grown = new Uint8Array(Math.max(1024, length * 2));
    grown.set(counts, base - from);
    [base, counts] = [from, grown];
  };
  return {
    add(offset) {
      makeRoom(offset);
      if (counts[offset - base] === 0) distinct++;
      counts[offset - base] = Math.min(255, (counts[offset - base] ?? 0) + 1);
    },
    read: (offset) => (offset < base ? 0 : (counts[offset - base] ?? 0)),
    distinct: () => distinct,
  };
}
