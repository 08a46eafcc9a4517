// The event that a Kafka event source mapping sends for records of a test's own.

import type { Codec } from '../codec/codec.ts';
import type { ConsumerDefinition } from '../definition/define-consumer.ts';
import type { EventHeader, EventRecord, KafkaEvent, SchemaMetadata } from '../runtime/event/event.ts';
import { compress } from './compress.ts';
import { EncodeError, isObject, misfit } from './encode-error.ts';
import { encode } from './value-encoder.ts';

/** One record. A `Uint8Array` is used as it is; any other key or value is encoded in the format of the definition. */
export interface TestRecord {
  /** null or absent: the record has no key. */
  readonly key?: unknown;
  /** null or absent: a tombstone. */
  readonly value?: unknown;
  /** By name, or as a list where names repeat; text is written as UTF-8. */
  readonly headers?: TestHeaders;
  /** Default 0. */
  readonly partition?: number;
  /** Default the one after the partition's last record, from `startOffset` on. */
  readonly offset?: number;
  /** Epoch milliseconds, or a Date. Default now. */
  readonly timestamp?: number | Date;
  /** Default `CREATE_TIME`. */
  readonly timestampType?: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** How the value is compressed. Default not at all. */
  readonly compression?: Codec;
  /** The id in a registry's prefix: a Confluent number (default 1), or a Glue schema version's UUID. */
  readonly schemaId?: number | string;
  /** The Avro schema that writes the value, where it is not the one that the definition reads as. */
  readonly schema?: string | object;
  /** What a mapping with a schema registry says of the value. Default nothing. */
  readonly valueSchemaMetadata?: SchemaMetadata;
  /** What a mapping with a schema registry says of the key. Default nothing. */
  readonly keySchemaMetadata?: SchemaMetadata;
}

/** A record's headers, in either form. */
export type TestHeaders =
  | Readonly<Record<string, string | Uint8Array>>
  | readonly (readonly [name: string, value: string | Uint8Array])[];

/** Options of `kafkaEvent()`; every field is optional. */
export interface EventOptions {
  /** Default the definition's. */
  readonly topic?: string;
  /** Offset of each partition's first record. Default 0. */
  readonly startOffset?: number;
  /** Default `aws:kafka`, Amazon MSK. */
  readonly eventSource?: 'aws:kafka' | 'SelfManagedKafka';
}

/**
 * Makes the event of one invocation: values encoded and compressed, base64, grouped by partition, headers as signed bytes.
 *
 * A handler empties its event while it reads, so each call of a handler needs an event of its own. For an event that no
 * mapping sends, change what this returns.
 *
 * @throws EncodeError `CANNOT_ENCODE` for a value that the definition's format cannot write, and a field that no mapping sends
 */
export function kafkaEvent<V, K>(
  definition: ConsumerDefinition<V, K>,
  records: readonly TestRecord[],
  options: EventOptions = {},
): KafkaEvent {
  const { topic = definition.topic, startOffset = 0, eventSource = 'aws:kafka' } = options;
  const groups: Record<string, EventRecord[]> = {};
  const nextOffsets = new Map<number, number>();
  for (const record of records) {
    const { partition = 0 } = record;
    const { offset = nextOffsets.get(partition) ?? startOffset } = record;
    checkInteger('partition', partition, [0, 2 ** 31 - 1]);
    checkInteger('offset', offset, [0, Number.MAX_SAFE_INTEGER]);
    nextOffsets.set(partition, offset + 1);
    const group = (groups[`${topic}-${partition}`] ??= []);
    group.push(toEventRecord(definition, record, { topic, partition, offset }));
  }
  const arn = 'arn:aws:kafka:eu-west-1:123456789012:cluster/test/00000000-0000-0000-0000-000000000000-1';
  return {
    eventSource,
    ...(eventSource === 'aws:kafka' && { eventSourceArn: arn }),
    bootstrapServers: 'b-1.test.example:9092,b-2.test.example:9092',
    records: groups,
  };
}

function checkInteger(field: string, value: unknown, [min, max]: readonly [min: number, max: number]): void {
  if (!Number.isSafeInteger(value)) throw misfit(field, value, `an integer ${min}..${max}`);
  if ((value as number) < min || (value as number) > max)
    throw new EncodeError(field, String(value), `an integer ${min}..${max}`);
}

function toEpochMs(timestamp: unknown): number {
  const epochMs = timestamp instanceof Date ? timestamp.getTime() : timestamp;
  if (!Number.isSafeInteger(epochMs)) throw misfit('timestamp', timestamp, 'epoch milliseconds or a Date');
  return epochMs as number;
}

function toEventRecord<V, K>(
  definition: ConsumerDefinition<V, K>,
  record: TestRecord,
  place: { readonly topic: string; readonly partition: number; readonly offset: number },
): EventRecord {
  const { timestamp = Date.now(), timestampType = 'CREATE_TIME', compression, headers = [] } = record;
  const { keySchemaMetadata, valueSchemaMetadata } = record;
  const value = encode(definition.value, 'value', record.value, record);
  const key = encode(definition.key, 'key', record.key, record);
  const packed = value === null || compression === undefined ? value : compress(compression, value);
  return {
    ...place,
    timestamp: toEpochMs(timestamp),
    timestampType,
    // A key or value that a record does not have is not in the event.
    ...(key !== null && { key: key.toString('base64') }),
    ...(packed !== null && { value: packed.toString('base64') }),
    headers: toEventHeaders(headers),
    ...(keySchemaMetadata !== undefined && { keySchemaMetadata }),
    ...(valueSchemaMetadata !== undefined && { valueSchemaMetadata }),
  };
}

function toEventHeaders(headers: TestHeaders): EventHeader[] {
  if (!isList(headers) && !isObject(headers)) throw misfit('headers', headers, 'an object or a list');
  const pairs = isList(headers) ? headers : Object.entries(headers);
  return pairs.map(([name, value]) => {
    if (typeof value !== 'string' && !((value as unknown) instanceof Uint8Array))
      throw misfit(`headers.${name}`, value, 'text or a Uint8Array');
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return { [name]: [...new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)] };
  });
}

function isList(headers: TestHeaders): headers is Extract<TestHeaders, readonly unknown[]> {
  return Array.isArray(headers);
}
