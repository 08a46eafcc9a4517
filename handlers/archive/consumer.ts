// The archive consumer's definition: every order event, as it was produced, into compressed NDJSON objects.

import { bytes, defineConsumer, text, type ConsumerDefinition } from '../../lib/index.ts';
import memory from './memory.json' with { type: 'json' };

/** Keys are bytes, so that a key that is no text does not keep its record out of the archive. */
export const archive: ConsumerDefinition<string, Buffer> = defineConsumer({
  name: 'archive',
  topic: 'orders',
  value: text(),
  key: bytes(),
  order: 'partition',
  // A lane is a partition and costs a compressor (about 4 MB for zstd) and up to two parts of an upload.
  concurrency: 4,
  batch: { maxRecords: 500, maximumBatchingWindowSeconds: 1 },
  retry: { maxAttempts: 5, maxAgeSeconds: 86_400, bisect: true },
  deadLetter: { to: 's3' },
  limits: { maxDecompressedBytesPerRecord: 1_048_576, maxDecompressedBytesInFlight: 16_777_216 },
  memory,
  timeoutSeconds: 60,
});
