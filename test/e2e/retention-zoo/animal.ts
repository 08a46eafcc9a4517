// What an animal of the zoo is: a consumer that keeps memory or does not, and the events that it is fed.

import type { Format } from '../../../lib/format/format.ts';
import type { KafkaEvent } from '../../../lib/runtime/event/event.ts';
import type { RecordFunction } from '../../../lib/runtime/consumer-function.ts';

/** How large the events are. `mixed` is a log-normal mixture of 4 KB to 6 MB. */
export interface Diet {
  /** Default 20. */
  readonly records?: number;
  /** JSON bytes of a record. Default 800. */
  readonly recordBytes?: number;
  readonly isMixed?: boolean;
  /** Records of every second event. Default: as many as in the others. */
  readonly otherRecords?: number;
}

/** A consumer as its author would write it. A raw one takes the event as it comes, as code without leases does. */
export type Behaviour =
  | { readonly record: RecordFunction<unknown, string>['record']; readonly format?: Format<unknown> }
  | { readonly raw: (event: KafkaEvent) => Promise<void> | void };

/** One consumer of the zoo. */
export interface Animal {
  readonly name: string;
  readonly diet?: Diet;
  /** The invocation with which a leaking one begins to leak. Default 1. */
  readonly leaksFrom?: number;
  /** How many invocations later it must be found at the latest. Default 100. */
  readonly foundWithin?: number;
  /** Whether some of its records fail, on purpose. Default false. */
  readonly fails?: boolean;
  /** Makes the consumer, in the process that it lives in. */
  hatch(): Behaviour;
}

/** A document of an event. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly note: string;
}

/** Calls `then` once per invocation of 20 records. */
export function oncePer20(then: () => void): () => void {
  let count = 0;
  return () => {
    if (count++ % 20 === 0) then();
  };
}

/** A string of its own, `length` bytes on the heap. */
export function piece(length: number): string {
  return Buffer.alloc(length, 'x').toString('latin1');
}
