// A wait that whoever stops the work can cut short.
import { setTimeout as delay } from 'node:timers/promises';

/** Waits; false once `signal` is aborted, at once if it already is. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    // AbortError, the only one there is.
    return false;
  }
}
