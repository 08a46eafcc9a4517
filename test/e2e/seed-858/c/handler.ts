// Consumer C, the first remedy that comes to mind: keep a copy. `Buffer.from` cuts small copies out of a shared slab, 64 KB
// on Node 24, and one kept copy keeps the slab.
import { openBatches } from '../record-batch.ts';

const latest: Buffer[] = [];

/** Handles an event; every value is copied, one copy per batch is kept. */
export async function handler(event: unknown): Promise<{ readonly kept: number }> {
  for (const records of openBatches(event)) {
    const copies = records.map(({ value }) => Buffer.from(value));
    const last = copies.at(-1);
    if (last !== undefined) latest.push(last);
  }
  return { kept: latest.length };
}
