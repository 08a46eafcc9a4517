// Records as a poller would hand them on, made of any JSON text.
import type { EncodedRecord } from '../../tools/local/event.ts';

/** A record whose text is `json`, in a buffer of its own. */
export function toEncodedRecord(
  place: Pick<EncodedRecord, 'partition' | 'offset' | 'timestampMs'>,
  json: string,
): EncodedRecord {
  const text = Buffer.from(json);
  return { ...place, text, start: 0, bytes: text.length };
}
