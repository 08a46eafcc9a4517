// The relay consumer's definition: every order event on to an SQS FIFO queue, for consumers that still speak SQS.

import { bytes, defineConsumer, text, type ConsumerDefinition } from '../../lib/index.ts';
import memory from './memory.json' with { type: 'json' };

/** One lane per key, twenty at once: what waits side by side goes out together, ten messages to a call. */
export const relay: ConsumerDefinition<string, Buffer> = defineConsumer({
  name: 'relay',
  topic: 'orders',
  value: text(),
  key: bytes(),
  order: 'key',
  concurrency: 20,
  batch: { maxRecords: 500, maximumBatchingWindowSeconds: 1 },
  retry: { maxAttempts: 5, maxAgeSeconds: 86_400, bisect: true },
  deadLetter: { to: 's3' },
  limits: { maxDecompressedBytesPerRecord: 1_048_576, maxDecompressedBytesInFlight: 16_777_216 },
  memory,
  timeoutSeconds: 60,
});
