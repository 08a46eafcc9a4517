// The document that the traffic carries: one state of one order. Only its type; what a consumer accepts is its own
// schema's business (handlers), and generator and schema are tested against each other.

/** One state of an order, as its JSON document holds it; properties in this order. */
export interface Order {
  /** Equal to the record's key, as `order-000123`. */
  readonly orderId: string;
  readonly customerId: string;
  readonly status: 'placed' | 'paid' | 'shipped' | 'cancelled';
  /** ISO 8601 with milliseconds, in UTC. */
  readonly placedAt: string;
  /** Three capital letters. */
  readonly currency: string;
  /** Sum over the items, at least 0. */
  readonly totalCents: number;
  readonly items: readonly OrderItem[];
  readonly note?: string;
}

/** One line of an order. */
export interface OrderItem {
  readonly sku: string;
  readonly title: string;
  /** At least 1. */
  readonly quantity: number;
  /** At least 0. */
  readonly unitCents: number;
}
