// Records of a consumer's topic, found by place, key, time or outcome, and one record with its value. The records are read from Kafka
// when they are asked for; what became of them is read from history.
import type { Kafka, KafkaMessage } from 'kafkajs';
import { Pending } from '../../../lib/format/pending.ts';
import { ValueMemory } from '../../../lib/format/bounds/value-memory.ts';
import { FormatError, type ConsumerDefinition, type EventRecord } from '../../../lib/index.ts';
import { readHeaders } from '../../broker/record-headers.ts';
import { toJson, toShown, toValueBytes } from '../../dead-letters/value.ts';
import { encodeRecord } from '../../local/poller/record-encoder.ts';
import type { FindOutcome } from '../history/outcomes.ts';
import type { RecordReader } from './record-reader.ts';
import type { RecordDetail, RecordList, RecordOutcome, RecordRow } from '../record-wire.ts';

/** What is asked for. Undefined: no matter. */
export interface RecordQuery {
  readonly partition: number | undefined;
  /** The first offset; undefined: the newest records. */
  readonly offset: number | undefined;
  /** Part of the key, as text. */
  readonly key: string | undefined;
  /** Epoch ms. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly outcome: RecordOutcome | undefined;
}

/** Where records are searched. */
export interface RecordPlace {
  readonly kafka: Kafka;
  readonly reader: RecordReader;
  readonly topic: string;
  readonly outcomeOf: FindOutcome;
}

const maxRows = 100;
/** Records looked at for one search, over all partitions. */
const maxScanned = 50_000;

/** Searches; the newest records first, unless an offset or a time says where to begin. */
export async function searchRecords(
  { kafka, reader, topic, outcomeOf }: RecordPlace,
  query: RecordQuery,
): Promise<RecordList> {
  const ends = await readEnds(kafka, topic, query);
  const isFiltered = query.key !== undefined || query.outcome !== undefined || query.toMs !== undefined;
  const isForward = query.offset !== undefined || query.fromMs !== undefined;
  const share = Math.ceil((isFiltered ? maxScanned : maxRows) / Math.max(1, ends.length));
  const ranges = ends.map(({ partition, low, high }) =>
    isForward
      ? { topic, partition, from: low, to: Math.min(high, low + share) }
      : { topic, partition, from: Math.max(low, high - share), to: high },
  );
  const rows: RecordRow[] = [];
  let scanned = 0;
  await reader.read(ranges, (partition, offset, message) => {
    scanned++;
    if (!isMessageWanted(message, query)) return true;
    const row = toRow(partition, offset, message, outcomeOf);
    if (query.outcome === undefined || row.outcome === query.outcome) rows.push(row);
    // Forward, the first ones are enough; backward, the last ones count.
    return !isForward || rows.length < maxRows * ends.length;
  });
  const sorted = isForward
    ? rows.toSorted((a, b) => a.offset - b.offset || a.partition - b.partition)
    : rows.toSorted((a, b) => b.timestamp - a.timestamp || b.offset - a.offset);
  const isMore = ranges.some(({ from, to }, index) =>
    isForward ? to < (ends[index]?.high ?? 0) : from > (ends[index]?.low ?? 0),
  );
  return { rows: sorted.slice(0, maxRows), scanned, more: isMore || rows.length > maxRows };
}

interface End {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** The offsets that a query may mean. */
async function readEnds(
  kafka: Kafka,
  topic: string,
  { partition, offset, fromMs }: Partial<Pick<RecordQuery, 'partition' | 'offset' | 'fromMs'>>,
): Promise<readonly End[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const all = await admin.fetchTopicOffsets(topic);
    const starts =
      fromMs === undefined
        ? new Map<number, number>()
        : new Map(
            (await admin.fetchTopicOffsetsByTimestamp(topic, fromMs)).map((each) => [
              each.partition,
              Number(each.offset),
            ]),
          );
    return all
      .filter((each) => partition === undefined || each.partition === partition)
      .map((each) => {
        const [low, high] = [Number(each.low), Number(each.high)];
        const first = Math.max(low, offset ?? low, starts.get(each.partition) ?? low);
        return { partition: each.partition, low: Math.min(first, high), high };
      });
  } finally {
    await admin.disconnect();
  }
}

function isMessageWanted(
  { key, timestamp }: KafkaMessage,
  { key: text, fromMs, toMs }: RecordQuery,
): boolean {
  const at = Number(timestamp);
  return (
    (text === undefined || key?.toString().includes(text) === true) &&
    (fromMs === undefined || at >= fromMs) &&
    (toMs === undefined || at <= toMs)
  );
}

function toRow(
  partition: number,
  offset: number,
  { key, value, headers, timestamp }: KafkaMessage,
  outcomeOf: FindOutcome,
): RecordRow {
  return {
    partition,
    offset,
    timestamp: Number(timestamp),
    key: key === null ? null : toText(key),
    keyBytes: key?.length ?? null,
    valueBytes: value?.length ?? null,
    headers: Object.keys(headers ?? {}).length,
    ...outcomeOf(partition, offset),
  };
}

const maxKeyChars = 200;

function toText(bytes: Buffer): string {
  const text = bytes.toString();
  return (Buffer.from(text).equals(bytes) ? text : bytes.toString('hex')).slice(0, maxKeyChars);
}

/** A record as the function gets it, and its message; undefined when the topic does not have it. */
export async function readRecord(
  { kafka, reader, topic }: Omit<RecordPlace, 'outcomeOf'>,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Promise<{ readonly message: KafkaMessage; readonly record: EventRecord } | undefined> {
  // Of a place that a topic does not have, a broker gives nothing and does not say why.
  const [end] = await readEnds(kafka, topic, { partition });
  if (end === undefined || !Number.isSafeInteger(offset) || offset < end.low || offset >= end.high)
    return undefined;
  let found: { readonly message: KafkaMessage; readonly record: EventRecord } | undefined;
  await reader.read([{ topic, partition, from: offset, to: offset + 1 }], (_partition, at, message) => {
    const { content } = encodeRecord(topic, partition, message);
    if (at === offset && content !== undefined) found = { message, record: content };
    return false;
  });
  return found;
}

/** A record with its value, decoded as the definition does it, or as JSON or text where there is none. */
export async function toRecordDetail(
  place: Pick<RecordPlace, 'topic' | 'outcomeOf'>,
  { message, record }: { readonly message: KafkaMessage; readonly record: EventRecord },
  definition: ConsumerDefinition | undefined,
): Promise<RecordDetail> {
  const row = toRow(record.partition, record.offset, message, place.outcomeOf);
  const shared = {
    ...row,
    topic: place.topic,
    headerPairs: readHeaders(message.headers).map(
      ({ key, value }) => [key, value === null ? '' : toText(value)] as const,
    ),
    format: definition?.value?.shape?.kind ?? null,
  };
  const bytes = toValueBytes(record);
  if (bytes === undefined) return { ...shared, value: null, shownAs: 'tombstone', problem: null };
  const read = definition === undefined ? undefined : await decode(definition, bytes, record);
  if (read?.text !== undefined) return { ...shared, value: read.text, shownAs: 'json', problem: null };
  const problem = read?.problem ?? null;
  if (toJson(record) !== undefined) return { ...shared, value: toShown(record), shownAs: 'json', problem };
  const isText = Buffer.from(bytes.toString()).equals(bytes);
  return { ...shared, value: toShown(record), shownAs: isText ? 'text' : 'bytes', problem };
}

interface Decoded {
  readonly text?: string;
  readonly problem?: string;
}

async function decode(definition: ConsumerDefinition, bytes: Buffer, record: EventRecord): Promise<Decoded> {
  const { topic, value: format, limits } = definition;
  if (format === undefined || format.shape?.kind === 'bytes') return {};
  try {
    const decoded = format.decode(bytes, {
      topic,
      part: 'value',
      maxBytes: limits.maxDecompressedBytesPerRecord,
      memory: new ValueMemory(limits.maxValueBytesPerRecord),
      schemaMetadata: record.valueSchemaMetadata ?? undefined,
      header: () => undefined,
    });
    if (decoded instanceof Pending)
      return { problem: 'its schema is in a registry, which the console does not ask' };
    const value = await decoded;
    return { text: JSON.stringify(value, toJsonValue, 2) };
  } catch (error) {
    if (!(error instanceof FormatError))
      return { problem: error instanceof Error ? error.message : String(error) };
    const [issue] = error.issues;
    return { problem: issue === undefined ? `${error.code}: ${error.message}` : `${error.code}: ${issue}` };
  }
}

/** What JSON cannot hold, in a form that reads well. */
function toJsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  return value;
}
