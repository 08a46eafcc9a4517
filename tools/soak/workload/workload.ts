// The events that a soak sends: a month of records, packed as tightly as the mapping may, or events that were recorded.
// Own file: a soak runs the same workload twice, once to judge and once to find the holder, and both must be alike.
import { createReadStream } from 'node:fs';
import { maxEventBytes } from '../../local/batch-builder.ts';
import { createEventSize, composeEvent, type EventEnvelope, type PolledRecord } from '../../local/event.ts';
import { encodeRecord } from '../../local/poller/record-encoder.ts';
import { splitLines } from '../../text-lines.ts';
import { digest64 } from '../../traffic/digest.ts';
import { toHeaderPairs, type TrafficRecord } from '../../traffic/record.ts';
import { SoakError } from '../error.ts';
import type { SoakOptions } from '../options.ts';
import type { RecordSource } from './records.ts';

/** One event. */
export interface WorkloadEvent {
  readonly event: string;
  readonly records: number;
}

/** The seed's service got 0.3 messages a second: 777,600 in 30 days. */
export const seedRecords = 777_600;

const firstTimestampMs = Date.UTC(2026, 0, 1);
const intervalMs = 1000 / 0.3;

/** What the events are made of. */
export interface WorkloadOptions extends Pick<SoakOptions, 'records' | 'partitions' | 'traffic'> {
  /** What is sent where `traffic` names no events. */
  readonly source: RecordSource;
  readonly recordsPerBatch: number;
  readonly envelope: EventEnvelope;
}

/**
 * Makes the events, one at a time; the same options give the same events, and a second call starts anew.
 * @throws {SoakError} `TRAFFIC_FILE` when the recorded events cannot be read.
 */
export async function* createWorkload(options: WorkloadOptions): AsyncGenerator<WorkloadEvent, void> {
  if (options.traffic === undefined) yield* generateEvents(options);
  else yield* replayEvents(options.traffic, options.records);
}

function* generateEvents(options: WorkloadOptions): Generator<WorkloadEvent, void> {
  const { envelope, recordsPerBatch, partitions } = options;
  const offsets = new Map<number, number>();
  let batch: PolledRecord[] = [];
  let size = createEventSize(envelope);
  for (const record of options.source.generate(options.records ?? seedRecords)) {
    const encoded = toPolledRecord(record, { topic: envelope.topic, partitions, offsets });
    if (batch.length === recordsPerBatch || (batch.length > 0 && size.bytesWith(encoded) > maxEventBytes)) {
      yield { event: composeEvent(envelope, batch), records: batch.length };
      batch = [];
      size = createEventSize(envelope);
    }
    batch.push(encoded);
    size.add(encoded);
  }
  if (batch.length > 0) yield { event: composeEvent(envelope, batch), records: batch.length };
}

/** A record as a poller has it. Each partition's offsets count on in `offsets`. */
export function toPolledRecord(
  record: TrafficRecord,
  place: {
    readonly topic: string;
    readonly partitions: number;
    readonly offsets: Map<number, number>;
  },
): PolledRecord {
  const { topic, partitions, offsets } = place;
  const { key, value, sequence } = record;
  // As a producer's partitioner: a key's records stay in one partition.
  const wanted = record.partition ?? (key === null ? sequence : Number(digest64(key) % BigInt(partitions)));
  const partition = wanted % partitions;
  const offset = offsets.get(partition) ?? 0;
  offsets.set(partition, offset + 1);
  const timestampMs = record.timestampMs ?? firstTimestampMs + Math.round(sequence * intervalMs);
  const headers = Map.groupBy(toHeaderPairs(record.headers), ([name]) => name);
  return encodeRecord(topic, partition, {
    key: key === null ? null : Buffer.from(key),
    value,
    offset: String(offset),
    timestamp: String(timestampMs),
    headers: Object.fromEntries(
      [...headers].map(([name, pairs]) => [name, pairs.map(([, bytes]) => Buffer.from(bytes))]),
    ),
    attributes: 0,
  });
}

async function* replayEvents(path: string, records: number | undefined): AsyncGenerator<WorkloadEvent, void> {
  let sent = 0;
  for (;;) {
    const before = sent;
    let line = 0;
    for await (const event of readLines(path)) {
      line++;
      const count = countRecords(event, `${path}:${line}`);
      yield { event, records: count };
      sent += count;
      if (records !== undefined && sent >= records) return;
    }
    if (sent === before)
      throw new SoakError('TRAFFIC_FILE', `no records in ${path}, expected one event a line`);
    // Without a number of records the file is played once; with one, again and again until they are sent.
    if (records === undefined) return;
  }
}

async function* readLines(path: string): AsyncGenerator<string, void> {
  const input = createReadStream(path);
  try {
    for await (const line of splitLines(input)) if (line.length > 0) yield line.toString();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SoakError('TRAFFIC_FILE', `recorded traffic cannot be read: ${reason}`, { cause });
  } finally {
    input.destroy();
  }
}

function countRecords(line: string, place: string): number {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    // The parser's message would quote the line.
    event = undefined;
  }
  const { records } = (event ?? {}) as { readonly records?: unknown };
  if (typeof records === 'object' && records !== null)
    return Object.values(records).reduce<number>(
      (sum, list) => sum + (Array.isArray(list) ? list.length : 0),
      0,
    );
  throw new SoakError(
    'TRAFFIC_FILE',
    `no Kafka event at ${place}, expected JSON with records, one event a line`,
  );
}
