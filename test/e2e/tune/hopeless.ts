// A raw handler that ends as V8 ends a process that it cannot give memory, whatever the memory size, where an event has over 30 records.
import { writeSync } from 'node:fs';

interface KafkaEvent {
  readonly records: Readonly<Record<string, readonly unknown[]>>;
}

export async function handler({ records }: KafkaEvent): Promise<void> {
  if (Object.values(records).flat().length > 30) {
    writeSync(2, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n');
    process.abort();
  }
  await new Promise((resolve) => setImmediate(resolve));
}
