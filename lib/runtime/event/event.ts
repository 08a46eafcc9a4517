// The event that a Kafka event source mapping hands to a function, and the answer it understands: their types, and the errors
// of what is not as a mapping sends it.

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
  /** Epoch milliseconds, or whatever the producer has written in their place; -1 for none. */
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: readonly EventHeader[] | null;
  readonly keySchemaMetadata?: SchemaMetadata | null;
  readonly valueSchemaMetadata?: SchemaMetadata | null;
  /** Why the record cannot be delivered: set by the runtime where a field is not as a mapping sends it. */
  readonly fault?: RecordError;
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

/** The same event object was given to a handler a second time; its records are gone, which must not look like success. */
export class EventUsedError extends Error {
  override readonly name = 'EventUsedError';
  readonly code = 'EVENT_USED';

  constructor() {
    super(
      'the event has no records left, got an object that a handler has read before, expected a new one; ' +
        'make an event for each call, for example with kafkaEvent() of tailrace/testing',
    );
  }
}

/**
 * `INVALID_RECORD`: a field is not as a mapping sends it; the record is dead-lettered. `UNSAFE_OFFSET`: the offset is no integer
 * up to 2^53 - 1, so that no answer can name the record; it is reported for another delivery.
 */
export type RecordErrorCode = 'INVALID_RECORD' | 'UNSAFE_OFFSET';

/** One record of an event is not as a Kafka mapping sends it; concerns that record alone. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code: RecordErrorCode;
  readonly field: string;
  /** What stood there and in other odd fields, as JSON: part of the dead letter, never of a log. */
  readonly issues: readonly string[];

  /** `odd` has each odd field with what stands there; the message is about the first. */
  constructor(code: RecordErrorCode, expected: string, odd: Readonly<Record<string, unknown>>) {
    const [field = '', got] = Object.entries(odd)[0] ?? [];
    super(
      `a record's ${field} is not as a Kafka mapping sends it, got ${kindOf(got)}, expected ${expected}; ` +
        'check what stands between the mapping and this function',
    );
    this.code = code;
    this.field = field;
    this.issues = Object.entries(odd).map(([name, value]) => `${name}: ${jsonOf(value)}`);
  }
}

function jsonOf(value: unknown): string {
  try {
    // Of what JSON does not know, such as a function, only its type can be told.
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // A value that no JSON text has given, as only a test can send it.
    return typeof value;
  }
}

/** Says what kind of thing was met without quoting it: it may be payload. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
