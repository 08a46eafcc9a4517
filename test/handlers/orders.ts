// Order documents for tests of the handlers.

import { noise } from '../support/noise.ts';
import { payloadMark } from '../../tools/setup/payload-dump.ts';
import type { Order } from '../../handlers/materialize/order.ts';

/** A valid order; `note` makes it as long as wanted. */
export function toOrder(orderId: string, more: Partial<Order> = {}): Order {
  return {
    orderId,
    customerId: 'customer-1',
    status: 'placed',
    placedAt: '2026-01-02T03:04:05.000Z',
    currency: 'EUR',
    totalCents: 1299,
    items: [{ sku: 'sku-1', title: `Blue cup ☕ ${payloadMark}`, quantity: 1, unitCents: 1299 }],
    ...more,
  };
}

/** Text that no compressor makes much smaller: hexadecimal digits, `length` of them. */
export function toNoise(length: number): string {
  return noise(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);
}
