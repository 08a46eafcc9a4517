// Records as a poller would hand them on, of any size.
import type { EventRecord, PolledRecord } from '../../tools/local/event.ts';

/** A record whose content, as JSON, has so many bytes, 2 or more: a text where a poller's record has its properties. */
export function toPolledRecord(
  place: Pick<PolledRecord, 'partition' | 'offset' | 'timestampMs'>,
  bytes: number,
): PolledRecord {
  const content = 'x'.repeat(bytes - 2) as unknown as EventRecord;
  return { ...place, content, bytes };
}
