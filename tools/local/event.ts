// Records -> invocation event. A record is a plain object from the moment it is polled, with the size of its JSON beside it:
// batches are cut by addition, and the event is written once, when it is sent.
import type { EventRecord } from '../../lib/runtime/event/event.ts';

export type { EventRecord, SchemaMetadata } from '../../lib/runtime/event/event.ts';

/**
 * What becomes of a polled record: `deliver` it to the function; commit an `offset-only` record without a call (filtered
 * out, or a transaction's marker); or discard it, since the mapping's schema registry cannot read it.
 */
export type Admission = 'deliver' | 'offset-only' | UnreadableCondition;

/** Why a mapping with a schema registry cannot read a record. */
export type UnreadableCondition = 'SCHEMA_NOT_FOUND' | 'DESERIALIZATION_ERROR';

/** One polled record. */
export interface PolledRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, from the Kafka record. */
  readonly timestampMs: number;
  /** As the event has it; undefined for an `offset-only` record. */
  readonly content: EventRecord | undefined;
  /** Size of `content` as JSON in UTF-8; 0 without one. */
  readonly bytes: number;
  /** Default `deliver`. */
  readonly admission?: Admission | undefined;
  /** The key as it was produced, in base64, where the mapping's schema registry has decoded that of `content`. */
  readonly originalKey?: string | undefined;
}

/** The part of an event that does not depend on its records. */
export interface EventEnvelope {
  readonly topic: string;
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka';
  /** Cluster ARN; a self-managed source has none. */
  readonly eventSourceArn: string | undefined;
  /** Comma-separated `host:port` list. */
  readonly bootstrapServers: string;
}

/** Stands for all offsets up to and including `offset`, of which none holds a record for the function. */
export function toOffsetOnly(partition: number, offset: number): PolledRecord {
  return { partition, offset, timestampMs: 0, content: undefined, bytes: 0, admission: 'offset-only' };
}

/** Writes the event that the function receives, as JSON: records grouped by partition, in their order. */
export function composeEvent(envelope: EventEnvelope, records: readonly PolledRecord[]): string {
  const { topic, eventSource, eventSourceArn, bootstrapServers } = envelope;
  const groups = Map.groupBy(
    records.filter(({ content }) => content !== undefined),
    ({ partition }) => `${topic}-${partition}`,
  );
  const contents = Array.from(
    groups,
    ([name, group]) => [name, group.map(({ content }) => content)] as const,
  );
  return JSON.stringify({
    eventSource,
    eventSourceArn,
    bootstrapServers,
    records: Object.fromEntries(contents),
  });
}

/** Adds up what `composeEvent` would write, in UTF-8 bytes, one record at a time. */
export interface EventSize {
  /** Bytes of the event with the records added so far. */
  readonly bytes: () => number;
  /** Bytes of the event if `record` were added too. */
  readonly bytesWith: (record: PolledRecord) => number;
  readonly add: (record: PolledRecord) => void;
}

/** Starts with an event without records. */
export function createEventSize(envelope: EventEnvelope): EventSize {
  let total = Buffer.byteLength(composeEvent(envelope, []));
  const partitions = new Set<number>();
  const cost = (record: PolledRecord): number => {
    // A comma.
    if (partitions.has(record.partition)) return record.bytes + 1;
    // `"topic-partition":[]`, and a comma unless it is the first group.
    const name = Buffer.byteLength(JSON.stringify(`${envelope.topic}-${record.partition}`));
    return record.bytes + name + 3 + (partitions.size === 0 ? 0 : 1);
  };
  return {
    bytes: () => total,
    bytesWith: (record) => total + cost(record),
    add(record) {
      total += cost(record);
      partitions.add(record.partition);
    },
  };
}
