// Everything that a local run tells while it runs, as one union of plain data: terminal, console and reports read it and
// nothing else. No event carries payload; log lines are the function's own.
import type { Fault } from './fault.ts';
import type { DiscardCondition } from './retry-machine.ts';
import type { MemoryCapKind } from './sandbox/memory/memory-cap.ts';
import type { LogStream } from './sandbox/sandbox.ts';

/** The runtime's own account of one invocation, its `tailrace` log object. Fields it lacks are 0. */
export interface Summary {
  readonly records: number;
  readonly done: number;
  readonly skipped: number;
  readonly deadLettered: number;
  readonly retried: number;
}

/** Records of one partition that follow one another: from the offset `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Records as ranges of offsets, in their order: a repeated or reversed one begins a range of its own. */
export function toRanges(
  records: readonly { readonly partition: number; readonly offset: number }[],
): readonly OffsetRange[] {
  const ranges: { readonly partition: number; readonly from: number; to: number }[] = [];
  for (const { partition, offset } of records) {
    const last = ranges.at(-1);
    if (last !== undefined && last.partition === partition && last.to === offset) last.to++;
    else ranges.push({ partition, from: offset, to: offset + 1 });
  }
  return ranges;
}

/** Longest `response` of an event. */
export const maxResponseChars = 8192;

/** Something that happened in a local run. `consumer` names the consumer that it happened to. */
export type LocalEvent =
  /** The consumer is about to start; `memoryCap` is how its memory size is enforced here. */
  | {
      readonly kind: 'started';
      readonly consumer: string;
      readonly memoryMb: number;
      readonly memoryCap: MemoryCapKind;
    }
  /** A poller has joined its group; `partitions` are its own from now on. */
  | { readonly kind: 'assigned'; readonly consumer: string; readonly partitions: readonly number[] }
  /** The mapping has another number of pollers; `lag` is what it had to commit when that was decided, 0 at its start. */
  | {
      readonly kind: 'pollers';
      readonly consumer: string;
      readonly from: number;
      readonly to: number;
      readonly lag: number;
    }
  /**
   * Records were read, of which no filter let those of `filtered` through; `bytes` is the size of the others as event JSON,
   * `endOffset` the partition's end as the broker knows it.
   */
  | {
      readonly kind: 'polled';
      readonly consumer: string;
      readonly partition: number;
      readonly records: number;
      readonly filtered: readonly OffsetRange[];
      readonly bytes: number;
      readonly endOffset: number;
    }
  /** Records are about to be sent to the function; an `invocation` follows. */
  | { readonly kind: 'invoking'; readonly consumer: string; readonly records: number }
  /** An invocation ended. `failed`: records that will come again or be discarded. */
  | {
      readonly kind: 'invocation';
      readonly consumer: string;
      readonly requestId: string;
      readonly status: 'ok' | 'partial' | 'error' | 'timeout' | 'crash' | 'unavailable';
      readonly durationMs: number;
      /** Cold start before it, if there was one. */
      readonly initMs: number | undefined;
      readonly records: number;
      readonly failed: number;
      /** Its records, in the order in which the event has them. */
      readonly delivered: readonly OffsetRange[];
      /** Those among them that failed. */
      readonly unresolved: readonly OffsetRange[];
      /** Records among them that had been sent to the function before. */
      readonly redelivered: number;
      readonly memoryMb: number;
      /** `Runtime.OutOfMemory` when its memory cap has killed it. */
      readonly errorType: string | undefined;
      /** In the function's own words, which may quote a record: for the developer's terminal, not for a report. */
      readonly errorMessage: string | undefined;
      /** Lines of the error's stack, at places of the bundle. */
      readonly trace: readonly string[];
      /** Whether the function failed while it loaded, so that it never got the event. */
      readonly isInitFailure: boolean;
      /** Number of the batch that it is an attempt of, in this process. */
      readonly batch?: number;
      /** Number of the execution environment that ran it, in its function; undefined where none did, or none is known. */
      readonly environment?: number | undefined;
      /** What the function has answered, cut to `maxResponseChars`; its own text, for the developer alone. */
      readonly response?: string | undefined;
    }
  | {
      readonly kind: 'summary';
      readonly consumer: string;
      readonly requestId: string;
      readonly summary: Summary;
    }
  /** `offset` is the next one to process. */
  | {
      readonly kind: 'committed';
      readonly consumer: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** Records were discarded; `target` is where a document about them went, undefined without a destination. */
  | {
      readonly kind: 'destination';
      readonly consumer: string;
      readonly condition: DiscardCondition;
      readonly records: number;
      /** Where those records stand, as `topic-partition@offset`; the first ten of them. */
      readonly places: readonly string[];
      /** What their last call ended in; undefined without a call, and after a partial response. */
      readonly errorType: string | undefined;
      readonly target: string | undefined;
      /** Why the delivery failed; the records are dropped then, as on AWS. */
      readonly error: string | undefined;
      /** The batch that they were part of, as `invocation` numbers it. */
      readonly batch?: number;
      /** All of them. */
      readonly ranges?: readonly OffsetRange[];
    }
  | {
      readonly kind: 'log';
      readonly consumer: string;
      readonly stream: LogStream;
      readonly line: string;
      /** The invocation that it belongs to, where one is under way. */
      readonly requestId?: string | undefined;
    }
  | {
      readonly kind: 'fault';
      readonly consumer: string;
      readonly fault: Fault['kind'];
      readonly invocation: number;
    }
  /** The broker no longer has the offsets `from` up to, not including, `to`: they were never delivered. */
  | {
      readonly kind: 'lost';
      readonly consumer: string;
      readonly partition: number;
      readonly from: number;
      readonly to: number;
    }
  /** The mapping polls no longer, and will not before the next run. */
  | { readonly kind: 'stopped'; readonly consumer: string; readonly reason: string }
  /** Something went wrong that the runner recovers from by itself. */
  | { readonly kind: 'warning'; readonly consumer: string; readonly message: string };

/** Takes events; must not throw and should return soon. */
export type OnLocalEvent = (event: LocalEvent) => void;
