// Consumer A, the incident: the last record of each batch is kept until it is acknowledged. One reference of 800 bytes
// keeps the whole decompressed batch that it is a slice of.
import { openBatches, type ClientRecord } from '../record-batch.ts';

const visibilityTimeoutMs = 43_200_000; // left over from SQS, which forgets a message's receipt after 12 hours
const inFlight = new Map<string, { readonly record: ClientRecord; readonly untilMs: number }>();

/** Handles an event as the incident's service did. */
export async function handler(event: unknown): Promise<{ readonly inFlight: number }> {
  for (const records of openBatches(event)) {
    const record = records.at(-1);
    if (record === undefined) continue;
    const receipt = `${record.topic}-${record.partition}@${record.offset}`;
    inFlight.set(receipt, { record, untilMs: Date.now() + visibilityTimeoutMs });
  }
  acknowledge();
  return { inFlight: inFlight.size };
}

function acknowledge(): void {
  for (const [receipt, { untilMs }] of inFlight) {
    if (untilMs > Date.now()) return;
    inFlight.delete(receipt);
  }
}
