// The headers of a Kafka message in the producer's order. kafkajs folds them into an object by name, which loses the order
// of headers with different names; a mapping's event keeps it.
import type { IHeaders, KafkaMessage } from 'kafkajs';

/** One header; its value is a view of the fetch that it came with, null where it has none. */
export interface KafkaHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

const none: readonly KafkaHeader[] = [];
const ordered = Symbol('headers in order');
type OrderedHeaders = Record<string, unknown> & { [ordered]?: readonly KafkaHeader[] };

/** A message's headers in their order; without the order among names where `foldHeaders` has not made them. */
export function readHeaders(headers: KafkaMessage['headers']): readonly KafkaHeader[] {
  if (headers === undefined) return none;
  const inOrder = (headers as OrderedHeaders)[ordered];
  if (inOrder !== undefined) return inOrder;
  const entries = Object.entries(headers);
  if (entries.length === 0) return none;
  return entries.flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: typeof value === 'string' ? Buffer.from(value) : (value ?? null),
    })),
  );
}

/**
 * Headers as kafkajs gives them, one value or a list where a name repeats; their order is kept beside. Unlike there, a name
 * that every object knows, such as `constructor`, is a header like any other.
 */
export function foldHeaders(list: readonly KafkaHeader[]): IHeaders {
  const headers: OrderedHeaders = {};
  for (const { key, value } of list) {
    const known = Object.hasOwn(headers, key) ? headers[key] : undefined;
    const both = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
    Object.defineProperty(headers, key, {
      value: both,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  Object.defineProperty(headers, ordered, { value: list });
  return headers as IHeaders;
}
