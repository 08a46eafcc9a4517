// The event that a Kafka event source mapping hands to a function, and the answer it understands.
// The shape is checked once, here; everything behind this border trusts it.

/** One Kafka header as the mapping writes it: a single property, its bytes as signed numbers (-128..127). */
export type EventHeader = Readonly<Record<string, readonly number[]>>;

/** What a mapping with a schema registry says of a key or value that it has checked. */
export interface SchemaMetadata {
  /** The schema's language: `AVRO`, `PROTOBUF` or `JSON`. */
  readonly dataFormat: string;
  /** A Confluent registry's number, or a Glue schema version's UUID. */
  readonly schemaId: string;
}

/** One record of the event. `key` and `value` are base64; absent (or null) means the record has none. */
export interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: readonly EventHeader[] | null;
  readonly keySchemaMetadata?: SchemaMetadata | null;
  readonly valueSchemaMetadata?: SchemaMetadata | null;
}

/** The whole event of one invocation; `records` is keyed `<topic>-<partition>`. */
export interface KafkaEvent {
  readonly eventSource: string;
  readonly eventSourceArn?: string;
  readonly bootstrapServers?: string;
  readonly records: Readonly<Record<string, readonly EventRecord[]>>;
}

/** Names one record that the mapping shall deliver again. `partition` is the event's key, `<topic>-<partition>`. */
export interface BatchItemFailure {
  readonly itemIdentifier: { readonly partition: string; readonly offset: number };
}

/** The partial batch response; an empty list means that the whole batch succeeded. */
export interface BatchResponse {
  readonly batchItemFailures: readonly BatchItemFailure[];
}

/** The event is not one of a Kafka mapping; names the field that is wrong. */
export class EventError extends Error {
  override readonly name = 'EventError';
  readonly code = 'INVALID_EVENT';
  readonly field: string;

  constructor(field: string, got: unknown, expected: string) {
    super(
      `${field} is not as a Kafka mapping sends it, got ${kindOf(got)}, expected ${expected}; ` +
        'check that an Amazon MSK or self-managed Kafka event source mapping invokes this function',
    );
    this.field = field;
  }
}

// 'aws:SelfManagedKafka' is in circulation in samples beside the documented 'SelfManagedKafka'.
const eventSources: ReadonlySet<unknown> = new Set(['aws:kafka', 'SelfManagedKafka', 'aws:SelfManagedKafka']);

/**
 * Checks that `event` is a Kafka mapping's event and returns it, typed.
 *
 * @throws EventError `INVALID_EVENT`, naming the first field that is wrong
 */
export function parseEvent(event: unknown): KafkaEvent {
  if (!isObject(event)) throw new EventError('event', event, 'an object');
  if (!eventSources.has(event['eventSource'])) {
    throw new EventError('eventSource', event['eventSource'], [...eventSources].map(String).join(' or '));
  }
  const records = event['records'];
  if (!isObject(records)) throw new EventError('records', records, 'an object keyed <topic>-<partition>');
  for (const group of Object.keys(records)) {
    const list = records[group];
    if (!Array.isArray(list)) throw new EventError(`records.${group}`, list, 'an array of records');
    for (let i = 0; i < list.length; i++) checkRecord(list[i], group, i);
  }
  return event as unknown as KafkaEvent;
}

// No loops over names and no closures: this is done for every record, and would take three times as long.
function checkRecord(record: unknown, group: string, index: number): void {
  if (!isObject(record)) throw new EventError(`records.${group}[${index}]`, record, 'a record object');
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  const { keySchemaMetadata, valueSchemaMetadata } = record;
  let wrong: string | undefined;
  if (typeof topic !== 'string') wrong = 'topic';
  else if (!Number.isSafeInteger(partition)) wrong = 'partition';
  else if (!Number.isSafeInteger(offset)) wrong = 'offset';
  else if (!Number.isSafeInteger(timestamp)) wrong = 'timestamp';
  else if (typeof key !== 'string' && !isNothing(key)) wrong = 'key';
  else if (typeof value !== 'string' && !isNothing(value)) wrong = 'value';
  else if (!isNothing(headers) && !Array.isArray(headers)) wrong = 'headers';
  if (wrong !== undefined)
    throw new EventError(`records.${group}[${index}].${wrong}`, record[wrong], expectedOf(wrong));
  if (!isNothing(keySchemaMetadata))
    checkMetadata(keySchemaMetadata, `records.${group}[${index}].keySchemaMetadata`);
  if (!isNothing(valueSchemaMetadata))
    checkMetadata(valueSchemaMetadata, `records.${group}[${index}].valueSchemaMetadata`);
}

function expectedOf(name: string): string {
  if (name === 'topic') return 'a string';
  if (name === 'headers') return 'an array';
  return name === 'key' || name === 'value' ? 'a base64 string, null, or nothing' : 'an integer';
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function checkMetadata(metadata: unknown, field: string): void {
  if (!isObject(metadata)) throw new EventError(field, metadata, 'an object, null, or nothing');
  for (const name of ['dataFormat', 'schemaId'] as const) {
    if (typeof metadata[name] !== 'string')
      throw new EventError(`${field}.${name}`, metadata[name], 'a string');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Says what kind of thing was met without quoting it: it may be payload. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value)
    ? 'an array'
    : typeof value === 'undefined'
      ? 'nothing'
      : `a value of type ${typeof value}`;
}
