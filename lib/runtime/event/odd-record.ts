// A record that is not as a mapping sends it: made deliverable where its meaning is clear, else given the fault that has it
// dead-lettered or reported. Producers, proxies and tests write such records, and the batch around them is sound.
//
//   field                         what it becomes
//   topic, partition              read from text, else from the group's name
//   offset                        read from text; beyond 2^53 - 1 or no number: fault UNSAFE_OFFSET
//   timestamp                     read from text, else -1, as Kafka has it for none
//   timestampType                 `NO_TIMESTAMP_TYPE`
//   key, value                    fault INVALID_RECORD; the fault has all odd fields as JSON
//   headers                       {} and other objects: a list; null as a value: no bytes; text as a value: its UTF-8;
//                                 anything else: fault INVALID_RECORD
//   schema metadata               without an id the id is empty, which a framed format refuses and others do not look at

import { RecordError, type EventHeader, type EventRecord, type SchemaMetadata } from './event.ts';

type Fields = Readonly<Record<string, unknown>>;
/** Notes what is wrong with a field; the first note names the fault, and the fault has all fields that were noted. */
type Note = (code: RecordError['code'], field: string, expected: string) => void;

/** A deliverable record, or one with its `fault`; `group` is the event's key for it, `<topic>-<partition>`. */
export function mendRecord(record: unknown, group: string): EventRecord {
  const fields: Fields = isObject(record) ? record : {};
  const odd = new Map<string, Parameters<Note>>();
  const note: Note = (...what) => {
    if (!odd.has(what[1])) odd.set(what[1], what);
  };
  const end = group.lastIndexOf('-');
  const { topic, partition, timestamp, timestampType } = fields;
  // The offset comes first: without it neither an answer nor a dead letter can name the record, whatever else is wrong.
  const place = {
    offset: toOffset(fields, note),
    topic: typeof topic === 'string' ? topic : group.slice(0, Math.max(0, end)),
    partition: toInteger(partition) ?? toInteger(group.slice(end + 1)) ?? -1,
  };
  const mended = {
    ...place,
    timestamp: toNumber(timestamp) ?? -1,
    timestampType: typeof timestampType === 'string' ? timestampType : 'NO_TIMESTAMP_TYPE',
    key: toBase64(fields, 'key', note),
    value: toBase64(fields, 'value', note),
    headers: toHeaderList(fields, note),
    keySchemaMetadata: toMetadata(fields['keySchemaMetadata']),
    valueSchemaMetadata: toMetadata(fields['valueSchemaMetadata']),
  };
  const [first] = odd.values();
  if (first === undefined) return mended;
  const [code, , expected] = first;
  const found = Object.fromEntries(Array.from(odd.keys(), (field) => [field, fields[field]]));
  return { ...mended, fault: new RecordError(code, expected, found) };
}

function toOffset(fields: Fields, note: Note): number {
  const offset = toInteger(fields['offset']);
  if (offset !== undefined) return offset;
  note('UNSAFE_OFFSET', 'offset', 'an integer up to 2^53 - 1');
  // As it is: an answer with it names no record of the batch, so that the mapping sends the batch again.
  return toNumber(fields['offset']) ?? NaN;
}

function toBase64(fields: Fields, field: 'key' | 'value', note: Note): string | null {
  const given = fields[field];
  if (given === undefined || given === null) return null;
  if (typeof given === 'string') return given;
  note('INVALID_RECORD', field, 'a base64 string, null, or nothing');
  return null;
}

function toHeaderList(fields: Fields, note: Note): readonly EventHeader[] {
  const { headers } = fields;
  if (headers === undefined || headers === null) return [];
  const list: readonly unknown[] = Array.isArray(headers) ? headers : [headers];
  const mended: EventHeader[] = [];
  for (const entry of list) {
    for (const name of isObject(entry) ? Object.keys(entry) : []) {
      const bytes = toHeaderBytes((entry as Fields)[name]);
      if (bytes) mended.push({ [name]: bytes });
      else note('INVALID_RECORD', 'headers', 'arrays of numbers for values');
    }
    if (!isObject(entry)) note('INVALID_RECORD', 'headers', 'an array of objects');
  }
  return mended;
}

function toHeaderBytes(value: unknown): readonly number[] | undefined {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return [...Buffer.from(value)];
  return Array.isArray(value) ? (value as readonly number[]) : undefined;
}

function toMetadata(metadata: unknown): SchemaMetadata | null {
  if (metadata === undefined || metadata === null) return null;
  const { dataFormat, schemaId } = isObject(metadata) ? metadata : {};
  return {
    dataFormat: typeof dataFormat === 'string' ? dataFormat : '',
    schemaId: typeof schemaId === 'string' ? schemaId : String(toInteger(schemaId) ?? ''),
  };
}

function toInteger(value: unknown): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** A number, or one that stands as decimal text. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
