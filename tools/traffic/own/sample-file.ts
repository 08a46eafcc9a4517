// Records that a person has written down: NDJSON, a line for each. Knows nothing of formats; record-encoder.ts does.

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { splitLines } from '../../text-lines.ts';
import { TrafficError } from '../error.ts';

/** A record as its line tells it. Bytes are given as `{"base64": "..."}`. */
export interface SampleRecord {
  /** Default none. */
  readonly key?: unknown;
  /** null is a tombstone. */
  readonly value: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly partition?: number;
  /** Epoch milliseconds. */
  readonly timestampMs?: number;
}

/** A record, and where it was read. */
export interface SampleLine {
  /** As `handlers/orders/sample.ndjson:3`. */
  readonly place: string;
  readonly record: SampleRecord;
}

const names = new Set(['key', 'value', 'headers', 'partition', 'timestamp']);

/**
 * The records of a file or a stream, which `name` names, one at a time. A line is a record, `{"key", "value", "headers",
 * "partition", "timestamp"}` with at least `value` and nothing else, or a value by itself. Empty lines are passed over; with `onRefused`,
 * so are lines that are no record, of which it is told the place and why.
 *
 * @throws TrafficError `TRAFFIC_FILE` naming the line, never quoting it
 */
export async function* readSamples(
  source: string | Readable,
  name: string,
  onRefused?: (place: string, why: string) => void,
): AsyncGenerator<SampleLine> {
  const input = typeof source === 'string' ? createReadStream(source) : source;
  let number = 0;
  try {
    for await (const line of splitLines(input)) {
      number++;
      const place = `${name}:${number}`;
      const record = readLine(line, place, onRefused);
      if (record !== undefined) yield { place, record };
    }
  } catch (cause) {
    throw cause instanceof TrafficError ? cause : toUnreadable(name, cause);
  } finally {
    input.destroy();
  }
}

/** The error of a file that cannot be opened or read. */
export function toUnreadable(name: string, cause: unknown): TrafficError {
  const got = cause instanceof Error ? cause.message : String(cause);
  return new TrafficError(`records cannot be read from ${name}`, got, 'a file of JSON lines', {
    code: 'TRAFFIC_FILE',
    cause,
  });
}

function readLine(
  line: Buffer,
  place: string,
  onRefused: ((place: string, why: string) => void) | undefined,
): SampleRecord | undefined {
  try {
    const text = decode(line, place);
    return text.trim() === '' ? undefined : toRecord(parse(text, place), place);
  } catch (error) {
    if (onRefused === undefined || !(error instanceof TrafficError)) throw error;
    onRefused(place, error.message);
    return undefined;
  }
}

/** Passes over a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(line: Buffer, place: string): string {
  try {
    return utf8.decode(line);
  } catch {
    // A decoder that replaces what it cannot read would send another record than was written.
    throw refuse(place, `${line.length} bytes that are not UTF-8`, 'UTF-8, or bytes as {"base64": "..."}');
  }
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the line.
    throw refuse(place, `${text.length} characters that are not JSON`, 'one JSON document a line');
  }
}

function toRecord(parsed: unknown, place: string): SampleRecord {
  if (!isRecord(parsed)) return { value: parsed };
  const { key, value, headers, partition, timestamp } = parsed;
  if (headers !== undefined && !isObject(headers))
    throw refuse(place, 'headers that are no object', 'headers by name');
  const isPartition = partition === undefined || (Number.isSafeInteger(partition) && Number(partition) >= 0);
  if (!isPartition) throw refuse(place, 'a partition that is no whole number from 0 on', 'one');
  const timestampMs = timestamp === undefined ? undefined : toMs(timestamp);
  if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs >= 0))
    throw refuse(place, 'a timestamp that is none', 'epoch milliseconds or ISO 8601');
  return {
    ...(key !== undefined && { key }),
    value,
    ...(headers !== undefined && { headers }),
    ...(partition !== undefined && { partition: Number(partition) }),
    ...(timestampMs !== undefined && { timestampMs }),
  };
}

function isRecord(parsed: unknown): parsed is Readonly<Record<string, unknown>> {
  return isObject(parsed) && 'value' in parsed && Object.keys(parsed).every((name) => names.has(name));
}

function toMs(timestamp: unknown): number {
  return typeof timestamp === 'number' ? timestamp : Date.parse(String(timestamp));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(place: string, got: string, expected: string): TrafficError {
  return new TrafficError(`no record at ${place}`, got, expected, { code: 'TRAFFIC_FILE' });
}
