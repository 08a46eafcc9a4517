// The headers of a Kafka record as the list that they are. kafkajs 2.2.4 folds them into an object by name, after which
// nobody can tell in which order headers of different names stood; a mapping's event tells it.
import type { KafkaMessage } from 'kafkajs';

/** One header; its value is a view of the fetch that it came with, null where it has none. */
export interface KafkaHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

interface HeaderDecoder {
  readVarIntArray(read: (decoder: unknown) => KafkaHeader): unknown;
}

const ordered = Symbol('headers in order');
type OrderedHeaders = Record<string, unknown> & { [ordered]?: readonly KafkaHeader[] };

/**
 * Lets kafkajs's `Decoder` keep the order of headers beside its own object. Headers are the one thing that it reads with
 * `readVarIntArray`, and it folds their list by `reduce`, in quadratic time.
 */
export function keepHeaderOrder({ prototype }: { readonly prototype: HeaderDecoder }): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with the right `this` two lines below
  const read = prototype.readVarIntArray;
  prototype.readVarIntArray = function readHeaders(this: HeaderDecoder, reader): unknown {
    const list = read.call(this, reader) as KafkaHeader[];
    return { reduce: () => fold(list) };
  };
}

/** A record's headers in their order; without the order among names where the message is not kafkajs's own. */
export function readHeaders(headers: KafkaMessage['headers']): readonly KafkaHeader[] {
  if (headers === undefined) return [];
  const inOrder = (headers as OrderedHeaders)[ordered];
  if (inOrder !== undefined) return inOrder;
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: typeof value === 'string' ? Buffer.from(value) : (value ?? null),
    })),
  );
}

// As kafkajs would: one value, or a list where a name repeats.
function fold(list: readonly KafkaHeader[]): OrderedHeaders {
  const headers: OrderedHeaders = {};
  if (list.length === 0) return headers;
  for (const { key, value } of list) {
    const known = headers[key];
    headers[key] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value];
  }
  Object.defineProperty(headers, ordered, { value: list });
  return headers;
}
