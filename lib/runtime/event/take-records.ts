// Takes the records out of an event, each checked by itself: what is odd about one record is no matter of the others.

import { EventError, EventUsedError, type EventRecord } from './event.ts';
import { mendRecord } from './odd-record.ts';

/** The records of one partition. */
export interface RecordGroup {
  /** The event's key for them, `<topic>-<partition>`, by which a response names them. */
  readonly group: string;
  readonly records: EventRecord[];
}

// 'aws:SelfManagedKafka' is in circulation in samples beside the documented 'SelfManagedKafka'.
const eventSources: ReadonlySet<unknown> = new Set(['aws:kafka', 'SelfManagedKafka', 'aws:SelfManagedKafka']);

/** The `records` of events that were taken; a copy of the event object shares them. */
const taken = new WeakSet<object>();

/**
 * Takes the records out of an event and leaves it without; partitions without records are left out. An odd record is mended, or
 * carries its `fault`.
 *
 * Non-obvious: the runtime client holds the event object until the invocation ends. Only when the event no longer
 * names the records, and the lanes drop each one as they pass it, does their text become collectable meanwhile.
 *
 * @throws EventError `INVALID_EVENT` when it is no event of a Kafka mapping; EventUsedError `EVENT_USED`
 */
export function takeRecords(event: unknown): RecordGroup[] {
  if (!isObject(event)) throw new EventError('event', event, 'an object');
  const { eventSource, records } = event;
  if (!eventSources.has(eventSource))
    throw new EventError('eventSource', eventSource, [...eventSources].map(String).join(' or '));
  if (!isObject(records)) throw new EventError('records', records, 'an object keyed <topic>-<partition>');
  if (taken.has(records)) throw new EventUsedError();
  const groups: RecordGroup[] = [];
  for (const group of Object.keys(records)) {
    const list = records[group] ?? [];
    if (!Array.isArray(list)) throw new EventError(`records.${group}`, list, 'an array of records');
    if (list.length > 0) groups.push({ group, records: checkRecords(list, group) });
  }
  for (const { group } of groups) Reflect.set(records, group, []); // an event that is frozen keeps them
  if (groups.length > 0) taken.add(records);
  return groups;
}

function checkRecords(list: readonly unknown[], group: string): EventRecord[] {
  const records = list.slice();
  for (let i = 0; i < records.length; i++)
    if (!isSound(records[i])) records[i] = mendRecord(records[i], group);
  return records as EventRecord[];
}

// No loops over names and no closures but for headers: this is done for every record, and would take three times as long.
function isSound(record: unknown): boolean {
  if (!isObject(record)) return false;
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record;
  const { keySchemaMetadata, valueSchemaMetadata } = record;
  return (
    typeof topic === 'string' &&
    Number.isSafeInteger(partition) &&
    Number.isSafeInteger(offset) &&
    typeof timestamp === 'number' &&
    typeof timestampType === 'string' &&
    (typeof key === 'string' || isNothing(key)) &&
    (typeof value === 'string' || isNothing(value)) &&
    (isNothing(headers) || (Array.isArray(headers) && areSoundHeaders(headers))) &&
    isSoundMetadata(keySchemaMetadata) &&
    isSoundMetadata(valueSchemaMetadata)
  );
}

function areSoundHeaders(headers: readonly unknown[]): boolean {
  for (let i = 0; i < headers.length; i++) {
    const entry = headers[i];
    if (!isObject(entry)) return false;
    for (const name in entry) if (!Array.isArray(entry[name])) return false;
  }
  return true;
}

function isSoundMetadata(metadata: unknown): boolean {
  if (isNothing(metadata)) return true;
  return (
    isObject(metadata) &&
    typeof metadata['dataFormat'] === 'string' &&
    typeof metadata['schemaId'] === 'string'
  );
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
