// Cuts what was polled into batches as a mapping does: the first of window, record count and 6 MB of event closes a
// batch. Greedy in order of arrival; a partition whose batch is in flight waits, so no partition is ever reordered.
import { createEventSize, type EventEnvelope, type PolledRecord } from './event.ts';

/** Most bytes of one event: 6 MiB and 100 (the constant of Lambda's own emulator; AWS documents "6 MB"). */
export const maxEventBytes: number = 6_291_556;

/** Records that go to the function together. */
export interface Batch {
  /** Per partition in offset order, without gaps towards the previous batch. */
  readonly records: readonly PolledRecord[];
  readonly eventBytes: number;
  /** A lone record that exceeds the limit: it is never sent to a function. */
  readonly oversize: boolean;
}

/** How a builder decides. */
export interface BatchBuilderOptions {
  readonly envelope: EventEnvelope;
  /** 1..10000. */
  readonly maxRecords: number;
  /** Time to wait for more records, in milliseconds; 0 sends whatever is there. */
  readonly windowMs: number;
  /** Default 6,291,556. */
  readonly maxBytes?: number;
}

/** Holds polled records until they are cut. Times are epoch milliseconds from one clock. */
export interface BatchBuilder {
  /** Takes records of one partition, in offset order. */
  readonly add: (records: readonly PolledRecord[]) => void;
  /** Returns a batch if one is due, and marks its partitions as in flight. */
  readonly cut: (nowMs: number) => Batch | undefined;
  /** When the open window ends; undefined while no free partition has records. */
  readonly dueAtMs: () => number | undefined;
  /** Frees the partitions of a batch that has ended. */
  readonly release: (partitions: Iterable<number>) => void;
  /** Whether more of this partition would not be sent sooner: a full batch is due, or the partition's own is in flight. */
  readonly isSatisfied: (partition: number) => boolean;
  /** JSON bytes that wait in one partition. */
  readonly queuedBytes: (partition: number) => number;
  /** JSON bytes that wait in all partitions. */
  readonly totalBytes: () => number;
  /** Forgets what waits; partitions in flight stay so until released. */
  readonly clear: () => void;
}

interface Queue {
  /** Slots before `head` are emptied, so that a batch's records are not held until the array is trimmed. */
  items: (PolledRecord | undefined)[];
  head: number;
  /** Which of the items arrived together, and when; the first of them is partly taken, maybe. */
  readonly arrivals: { readonly order: number; left: number }[];
  bytes: number;
  /** Records that take room in a batch; an offset-only record takes none. */
  count: number;
}

/** Starts with nothing queued and nothing in flight. */
export function createBatchBuilder(options: BatchBuilderOptions): BatchBuilder {
  const maxBytes = options.maxBytes ?? maxEventBytes;
  const queues = new Map<number, Queue>();
  const busy = new Set<number>();
  let arrivals = 0;
  let windowStartMs: number | undefined;

  const free = (): readonly Queue[] =>
    Array.from(queues)
      .filter(([partition, queue]) => !busy.has(partition) && queue.head < queue.items.length)
      .map(([, queue]) => queue);

  const isFull = (available: readonly Queue[]): boolean =>
    available.reduce((sum, queue) => sum + queue.count, 0) >= options.maxRecords ||
    available.reduce((sum, queue) => sum + queue.bytes, 0) >= maxBytes;

  return {
    add(records) {
      const [first] = records;
      if (first === undefined) return;
      const queue = queues.get(first.partition) ?? { items: [], head: 0, arrivals: [], bytes: 0, count: 0 };
      queues.set(first.partition, queue);
      queue.arrivals.push({ order: arrivals++, left: records.length });
      for (const record of records) {
        queue.items.push(record);
        queue.bytes += record.bytes;
        if (record.admission !== 'offset-only') queue.count++;
      }
    },
    cut(nowMs) {
      const available = free();
      if (available.length === 0) {
        windowStartMs = undefined;
        return undefined;
      }
      windowStartMs ??= nowMs;
      const count = available.reduce((sum, queue) => sum + queue.count, 0);
      // Nothing to wait for: offset-only records can be committed now.
      if (count > 0 && !isFull(available) && nowMs < windowStartMs + options.windowMs) return undefined;
      windowStartMs = undefined;
      const batch = take(available, { envelope: options.envelope, maxRecords: options.maxRecords, maxBytes });
      for (const record of batch.records) busy.add(record.partition);
      return batch;
    },
    dueAtMs: () => (windowStartMs === undefined ? undefined : windowStartMs + options.windowMs),
    release(partitions) {
      for (const partition of partitions) busy.delete(partition);
    },
    isSatisfied: (partition) => busy.has(partition) || isFull(free()),
    queuedBytes: (partition) => queues.get(partition)?.bytes ?? 0,
    totalBytes: () => queues.values().reduce((sum, queue) => sum + queue.bytes, 0),
    clear() {
      queues.clear();
      windowStartMs = undefined;
    },
  };
}

function take(
  queues: readonly Queue[],
  limits: { readonly envelope: EventEnvelope; readonly maxRecords: number; readonly maxBytes: number },
): Batch {
  const size = createEventSize(limits.envelope);
  const records: PolledRecord[] = [];
  let count = 0;
  const close = (oversize: boolean): Batch => ({ records, eventBytes: size.bytes(), oversize });
  for (;;) {
    const queue = earliest(queues);
    if (queue === undefined) return close(false);
    // What arrived together is taken together: until its end, this queue stays the earliest.
    for (let left = queue.arrivals[0]?.left ?? 0; left > 0; left--) {
      const next = queue.items[queue.head];
      if (next === undefined || count === limits.maxRecords) return close(false);
      const isOffsetOnly = next.admission === 'offset-only';
      const fits = isOffsetOnly || size.bytesWith(next) <= limits.maxBytes;
      if (!fits && records.length > 0) return close(false);
      if (!isOffsetOnly) {
        size.add(next);
        count++;
      }
      records.push(next);
      drop(queue, next);
      if (!fits) return close(true);
    }
  }
}

function earliest(queues: readonly Queue[]): Queue | undefined {
  let found: Queue | undefined;
  for (const queue of queues) {
    const order = queue.arrivals[0]?.order ?? Infinity;
    if (order < (found?.arrivals[0]?.order ?? Infinity)) found = queue;
  }
  return found;
}

function drop(queue: Queue, record: PolledRecord): void {
  queue.items[queue.head++] = undefined;
  const [arrival] = queue.arrivals;
  if (arrival !== undefined && --arrival.left === 0) queue.arrivals.shift();
  queue.bytes -= record.bytes;
  if (record.admission !== 'offset-only') queue.count--;
  // Array.shift() would cost the length of the queue per record.
  if (queue.head >= 512 && queue.head * 2 >= queue.items.length) {
    queue.items = queue.items.slice(queue.head);
    queue.head = 0;
  }
}
