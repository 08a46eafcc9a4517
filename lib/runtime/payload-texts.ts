// What an error message must not quote of its record. Own file: it opens a record for no other purpose than to compare.

import type { EventRecord } from './event.ts';
import { headerText } from './headers.ts';
import type { Opener } from './value-decoder.ts';

/** A record's key, headers and value as text; the decompressed value only when it can be opened. */
export function payloadTexts<V, K>(event: EventRecord, opener: Opener<V, K>): string[] {
  const texts = (event.headers ?? []).flatMap((header) =>
    Object.keys(header).map((name) => headerText([header], name) ?? ''),
  );
  if (event.key) texts.push(Buffer.from(event.key, 'base64').toString());
  if (event.value) texts.push(event.value, openedText(event, opener));
  return texts;
}

function openedText<V, K>(event: EventRecord, opener: Opener<V, K>): string {
  try {
    return opener.copyBytes(event)?.toString() ?? '';
  } catch {
    // It cannot be opened, so nothing can have quoted its decompressed text.
    return '';
  }
}
