// Consumer E, the theory that was wrong: the profiler blamed decompression, so its buffers come from a pool now. A batch's
// buffer goes back when its record is acknowledged, which is as late as before; the holder is the same.
import { openBatches, type ClientRecord } from '../record-batch.ts';

const visibilityTimeoutMs = 43_200_000;
const slotBytes = 262_144;
const pool: Buffer[] = [];
const inFlight = new Map<string, { readonly record: ClientRecord; readonly untilMs: number }>();

/** Handles an event as A does, on pooled buffers. */
export async function handler(event: unknown): Promise<{ readonly inFlight: number }> {
  for (const records of openBatches(event, take)) {
    const record = records.at(-1);
    if (record === undefined) continue;
    const receipt = `${record.topic}-${record.partition}@${record.offset}`;
    inFlight.set(receipt, { record, untilMs: Date.now() + visibilityTimeoutMs });
  }
  acknowledge();
  return { inFlight: inFlight.size };
}

function take(bytes: number): Buffer {
  const at = pool.findIndex((buffer) => buffer.length >= bytes);
  const [pooled] = at < 0 ? [] : pool.splice(at, 1);
  return pooled ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / slotBytes) * slotBytes);
}

function acknowledge(): void {
  for (const [receipt, { record, untilMs }] of inFlight) {
    if (untilMs > Date.now()) return;
    inFlight.delete(receipt);
    pool.push(Buffer.from(record.value.buffer));
  }
}
