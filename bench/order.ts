// The order of the format benches, as JSON, Avro and Protobuf describe it.

import { toDocument } from './document.ts';

/** Its Avro schema. */
export const orderAvro = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'orderId', type: 'string' },
    { name: 'customerId', type: 'string' },
    { name: 'placedAt', type: 'string' },
    { name: 'total', type: 'long' },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'title', type: 'string' },
            { name: 'quantity', type: 'int' },
            { name: 'unitCents', type: 'long' },
          ],
        },
      },
    },
    { name: 'note', type: 'string' },
  ],
} as const;

/** Its .proto text; the message is `shop.Order`. */
export const orderProto = `syntax = "proto3"; package shop;
  message Item { string sku = 1; string title = 2; int32 quantity = 3; int64 unitCents = 4; }
  message Order { string orderId = 1; string customerId = 2; string placedAt = 3; int64 total = 4;
    repeated Item items = 5; string note = 6; }`;

/** An order with that many items; the same number gives the same order. */
export function toOrder(number: number, count: number): object {
  const order = toDocument(number);
  const items = order['items'] as readonly unknown[];
  return { ...order, items: Array.from({ length: count }, (_, at) => items[at % items.length]) };
}
