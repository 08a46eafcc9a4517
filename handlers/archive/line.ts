// One record as one line of NDJSON. Own file: the line is the archive's format, which readers years from now depend on.

import { isUtf8 } from 'node:buffer';
import type { LeasedRecord } from '../../lib/index.ts';

/**
 * The record's line, with its line feed.
 *
 * `{"topic","partition","offset","timestamp","key" or "keyBase64","headers":[...],"value" or "valueText"}`; the value
 * always comes last. Which form a value has:
 * - `"value":<json>`: JSON, embedded as it was produced, so that numbers keep their digits and fields their order;
 * - `"valueText":"..."`: any other text;
 * - `"value":null,"tombstone":true`: none. A produced JSON `null` has no `tombstone` beside it.
 *
 * A header is `[name, text]`, or `[name, base64, "base64"]` when its bytes are no UTF-8.
 */
export function toLine(record: LeasedRecord<string, Buffer>): string {
  const { topic, partition, offset, timestamp } = record;
  const headers = [...record.headers].map(([name, bytes]) =>
    isUtf8(bytes) ? [name, bytes.toString()] : [name, bytes.toString('base64'), 'base64'],
  );
  const head = JSON.stringify({ topic, partition, offset, timestamp, ...toKey(record.key), headers });
  return `${head.slice(0, -1)},${toValue(record.value)}}\n`;
}

function toKey(key: Buffer | null): Readonly<Record<string, string | null>> {
  if (key === null) return { key: null };
  return isUtf8(key) ? { key: key.toString() } : { keyBase64: key.toString('base64') };
}

function toValue(value: string | null): string {
  if (value === null) return '"value":null,"tombstone":true';
  if (!isJson(value)) return `"valueText":${JSON.stringify(value)}`;
  // Inside JSON a line break can only be white space between tokens: in a string it has to be escaped.
  return `"value":${value.replaceAll(/[\r\n]/g, ' ')}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not a failure: text that is no JSON has a form of its own.
    return false;
  }
}
