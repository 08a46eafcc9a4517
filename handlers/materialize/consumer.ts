// The materialize consumer's definition: the latest order per key, in DynamoDB.

import { defineConsumer, json, text, type ConsumerDefinition } from '../../lib/index.ts';
import memory from './memory.json' with { type: 'json' };
import { orderSchema, type Order } from './order.ts';

/** One lane per key: a key's records are written in order, different keys side by side. */
export const materialize: ConsumerDefinition<Order, string> = defineConsumer({
  name: 'materialize',
  topic: 'orders',
  value: json(orderSchema),
  // Named, so that a key that is no text is dead-lettered: it can be no key of the table.
  key: text(),
  order: 'key',
  concurrency: 16,
  batch: { maxRecords: 500, maximumBatchingWindowSeconds: 1 },
  retry: { maxAttempts: 5, maxAgeSeconds: 86_400, bisect: true },
  deadLetter: { to: 's3' },
  limits: {
    maxDecompressedBytesPerRecord: 1_048_576,
    // An order of a megabyte may have 12,000 items; the schema's check makes a copy of what it reads.
    maxValueBytesPerRecord: 33_554_432,
    maxDecompressedBytesInFlight: 16_777_216,
  },
  memory,
  timeoutSeconds: 60,
});
