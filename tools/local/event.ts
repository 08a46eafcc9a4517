// Records -> invocation event. Records are bytes of JSON from the moment they are polled (record-encoder.ts); batches,
// retries and halves only join them, and an event's size is known by addition.

/**
 * What is to become of a polled record: `deliver` it to the function; `pass` over it and commit it (filtered out, or no
 * record at all but a transaction's marker); or give it up, since the schema registry's mode cannot read it.
 */
export type Admission = 'deliver' | 'pass' | UnreadableCondition;

/** Why a mapping with a schema registry cannot read a record. */
export type UnreadableCondition = 'SCHEMA_NOT_FOUND' | 'DESERIALIZATION_ERROR';

/** One polled record, already in the form in which the function will get it. */
export interface EncodedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds, from the Kafka record. */
  readonly timestampMs: number;
  /** The record's JSON object in UTF-8, base64 and all: `bytes` of this from `start`; records of one fetch share it. */
  readonly text: Buffer;
  readonly start: number;
  readonly bytes: number;
  /** Default `deliver`. */
  readonly admission?: Admission | undefined;
}

/** What a schema registry said of a key or value. */
export interface SchemaMetadata {
  readonly dataFormat: 'AVRO' | 'PROTOBUF' | 'JSON';
  readonly schemaId: string;
}

/** What becomes part of a record beside its message. */
export interface RecordExtras {
  readonly admission?: Admission | undefined;
  readonly keySchemaMetadata?: SchemaMetadata | undefined;
  readonly valueSchemaMetadata?: SchemaMetadata | undefined;
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

/** An event: UTF-8 bytes of JSON, in pieces that follow one another. */
export type EventText = readonly Buffer[];

const nothing = Buffer.alloc(0);

/** Stands for offsets up to and including `offset` that hold nothing for the function. */
export function passOver(partition: number, offset: number): EncodedRecord {
  return { partition, offset, timestampMs: 0, text: nothing, start: 0, bytes: 0, admission: 'pass' };
}

/** The record's JSON object as a string. */
export function readJson({ text, start, bytes }: EncodedRecord): string {
  return text.toString('utf8', start, start + bytes);
}

/** An event as one string. */
export function joinEvent(event: EventText): string {
  return Buffer.concat(event).toString();
}

/** Joins records, in their order, to the event that the function receives; the records' bytes are not copied. */
export function composeEvent(envelope: EventEnvelope, records: readonly EncodedRecord[]): EventText {
  const groups = Map.groupBy(records, ({ partition }) => partition);
  const pieces: Buffer[] = [];
  let between = head(envelope);
  for (const [partition, group] of groups) {
    between += `${groupKey(envelope.topic, partition)}:[`;
    for (const run of toRuns(group)) {
      pieces.push(Buffer.from(between), run);
      between = ',';
    }
    between = '],';
  }
  pieces.push(Buffer.from(groups.size === 0 ? `${between}}}` : ']}}'));
  return pieces;
}

// Records that were polled one after the other mostly lie so in their text, with the comma between them.
function toRuns(records: readonly EncodedRecord[]): readonly Buffer[] {
  const runs: Buffer[] = [];
  let open: { readonly text: Buffer; readonly start: number; end: number } | undefined;
  const close = (): void => {
    if (open !== undefined) runs.push(open.text.subarray(open.start, open.end));
  };
  for (const { text, start, bytes } of records) {
    if (open?.text === text && open.end + 1 === start) {
      open.end = start + bytes;
      continue;
    }
    close();
    open = { text, start, end: start + bytes };
  }
  close();
  return runs;
}

/** Adds up what `composeEvent` would return, in UTF-8 bytes, one record at a time. */
export interface EventSize {
  /** Bytes of the event with the records added so far. */
  readonly bytes: () => number;
  /** Bytes of the event if `record` were added too. */
  readonly bytesWith: (record: EncodedRecord) => number;
  readonly add: (record: EncodedRecord) => void;
}

/** Starts the account of an event without records. */
export function createEventSize(envelope: EventEnvelope): EventSize {
  let total = Buffer.byteLength(head(envelope)) + 2;
  const partitions = new Set<number>();
  const cost = (record: EncodedRecord): number => {
    if (partitions.has(record.partition)) return record.bytes + 1;
    // `"topic-partition":[]`, and a comma unless it is the first group.
    const group = Buffer.byteLength(groupKey(envelope.topic, record.partition)) + 3;
    return record.bytes + group + (partitions.size === 0 ? 0 : 1);
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

function head(envelope: EventEnvelope): string {
  const fields = JSON.stringify({
    eventSource: envelope.eventSource,
    eventSourceArn: envelope.eventSourceArn,
    bootstrapServers: envelope.bootstrapServers,
  });
  return `${fields.slice(0, -1)},"records":{`;
}

function groupKey(topic: string, partition: number): string {
  return JSON.stringify(`${topic}-${partition}`);
}
