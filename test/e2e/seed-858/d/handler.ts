// Consumer D, text instead of bytes: a slice and a regular expression's group look like small strings and are windows on
// the large one they were cut from.
import { openBatches } from '../record-batch.ts';

const seen: string[] = [];

/** Handles an event; of each batch's text two short pieces are kept. */
export async function handler(event: unknown): Promise<{ readonly seen: number }> {
  for (const records of openBatches(event)) {
    const [first] = records;
    if (first === undefined) continue;
    const text = records.map(({ value }) => value.toString()).join('\n');
    const placedAt = /"placedAt":"([^"]+)"/.exec(text)?.[1];
    if (placedAt !== undefined) seen.push(placedAt);
    seen.push(text.slice(0, 40));
  }
  return { seen: seen.length };
}
