// The numbers of one mapping while it runs: counted in one place, read by terminal, console and proof alike.
import type { LocalEvent, Summary } from '../events.ts';

/** Records that a mapping discarded at one time: what its `destination` event told. */
export type Discarded = Pick<
  Extract<LocalEvent, { readonly kind: 'destination' }>,
  'condition' | 'records' | 'places' | 'errorType' | 'target' | 'error'
>;

/** What a mapping has done so far. */
export interface MappingStatus {
  readonly consumer: string;
  readonly topic: string;
  /** Pollers at work. */
  readonly pollers: number;
  /** Most pollers at work at any time. */
  readonly mostPollers: number;
  /** Records read from the broker, repeated reads included. */
  readonly polled: number;
  /** Records that no filter let through, repeated reads included: committed, never sent to the function. */
  readonly filtered: number;
  readonly invocations: number;
  /** Invocations that ended in an error, a timeout, a crash, or with failed records. */
  readonly failedInvocations: number;
  /** Records that were sent to the function more than once, counted each further time. */
  readonly redelivered: number;
  /** Records that the function says it has processed, from invocations that ended well. */
  readonly done: number;
  readonly skipped: number;
  /** Records that the function dead-lettered itself. */
  readonly deadLettered: number;
  /** Records that the mapping discarded: sent to its on-failure destination, or dropped without one. */
  readonly discarded: number;
  /** Records whose document the on-failure destination did not take: gone. */
  readonly dropped: number;
  /** Records that the on-failure destination has taken. */
  readonly kept: number;
  /** Which records it discarded; the first ten times. */
  readonly discards: readonly Discarded[];
  /** Next offset to process, by partition. */
  readonly committed: Readonly<Record<number, number>>;
  /** End of the topic, by partition, as of the last read. */
  readonly ends: Readonly<Record<number, number>>;
  /** Records between what is committed and the end of the topic, as of the last read. */
  readonly lag: number;
  /** Highest resident memory of any sandbox, in MB. */
  readonly peakMemoryMb: number;
  /** Why it was stopped before the run; undefined while it polls. */
  readonly stopped: string | undefined;
}

// Whoever has more of them reads the destination; memory of a run stays bounded.
const maxDiscards = 10;

/** Counts the events of one mapping. */
export interface StatusCounter {
  readonly count: (event: LocalEvent) => void;
  /** Adds what an invocation that ended well has achieved. */
  readonly achieve: (summary: Pick<Summary, 'done' | 'skipped' | 'deadLettered'>) => void;
  /**
   * Where reading starts, with every assignment: what lies before counts as committed, and nothing else does. A topic that was
   * made again starts at 0 once more.
   */
  readonly start: (partition: number, at: { readonly offset: number; readonly endOffset: number }) => void;
  readonly stop: (reason: string) => void;
  readonly stopped: () => string | undefined;
  readonly committedAt: (partition: number) => number;
  /** Sum of `committedAt` over all partitions. */
  readonly sumCommitted: () => number;
  readonly read: () => MappingStatus;
}

/** Starts at zero. */
export function createStatusCounter(consumer: string, topic: string): StatusCounter {
  const numbers = {
    pollers: 0,
    mostPollers: 0,
    polled: 0,
    filtered: 0,
    invocations: 0,
    failedInvocations: 0,
    redelivered: 0,
    done: 0,
    skipped: 0,
    deadLettered: 0,
    discarded: 0,
    dropped: 0,
    kept: 0,
    peakMemoryMb: 0,
  };
  const committed = new Map<number, number>();
  const ends = new Map<number, number>();
  const discards: Discarded[] = [];
  let stopped: string | undefined;
  return {
    count(event) {
      if (event.kind === 'polled') {
        numbers.polled += event.records;
        for (const { from, to } of event.filtered) numbers.filtered += to - from;
        ends.set(event.partition, event.endOffset);
      } else if (event.kind === 'invocation') {
        numbers.invocations++;
        numbers.redelivered += event.redelivered;
        if (event.status !== 'ok') numbers.failedInvocations++;
        numbers.peakMemoryMb = Math.max(numbers.peakMemoryMb, event.memoryMb);
      } else if (event.kind === 'pollers') {
        numbers.pollers = event.to;
        numbers.mostPollers = Math.max(numbers.mostPollers, event.to);
      } else if (event.kind === 'committed') committed.set(event.partition, event.offset);
      else if (event.kind === 'destination') {
        numbers.discarded += event.records;
        if (event.error !== undefined) numbers.dropped += event.records;
        if (event.target !== undefined) numbers.kept += event.records;
        const { kind: _kind, consumer: _consumer, ...about } = event;
        if (discards.length < maxDiscards) discards.push(about);
      }
    },
    achieve({ done, skipped, deadLettered }) {
      numbers.done += done;
      numbers.skipped += skipped;
      numbers.deadLettered += deadLettered;
    },
    start(partition, { offset, endOffset }) {
      committed.set(partition, offset);
      ends.set(partition, endOffset);
    },
    stop(reason) {
      stopped = reason;
    },
    stopped: () => stopped,
    committedAt: (partition) => committed.get(partition) ?? 0,
    sumCommitted: () => committed.values().reduce((sum, offset) => sum + offset, 0),
    read: () => ({
      consumer,
      topic,
      ...numbers,
      discards: [...discards],
      committed: Object.fromEntries(committed),
      ends: Object.fromEntries(ends),
      lag: ends
        .entries()
        .reduce((sum, [partition, end]) => sum + Math.max(0, end - (committed.get(partition) ?? 0)), 0),
      stopped,
    }),
  };
}
