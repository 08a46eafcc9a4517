// What a handler was made of, kept on the handler itself: the test kit runs the same function with stores and logs of its own.
// Under a registered symbol, because a test may load another copy of the library than the handler did.

import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { BatchFunction, RecordFunction } from './consumer-function.ts';

/** The arguments of `createConsumer`. */
export interface ConsumerParts {
  readonly definition: ConsumerDefinition;
  readonly fn: RecordFunction<unknown, unknown> | BatchFunction<unknown, unknown>;
  readonly options: object;
}

const partsKey = Symbol.for('tailrace.consumer-parts');

/** Keeps the parts on the handler, and gives the handler back. */
export function withParts<H extends object>(handler: H, parts: object): H {
  return Object.defineProperty(handler, partsKey, { value: parts });
}

/** What a handler was made of; undefined for a function that `createConsumer` did not make. */
export function partsOf(handler: object): ConsumerParts | undefined {
  return (handler as { readonly [partsKey]?: ConsumerParts })[partsKey];
}
