// Builds the event that a Kafka mapping sends, from records as a test thinks of them.

import { payloadMark } from '../../tools/setup/payload-dump.ts';
import type { EventRecord, KafkaEvent } from '../../lib/runtime/event/event.ts';

/** A record as a test states it; what is left out gets a harmless value. */
export interface TestRecord {
  readonly topic?: string;
  readonly partition?: number;
  readonly offset: number;
  readonly timestamp?: number;
  /** Text or bytes; null is no key. Default null. */
  readonly key?: string | Uint8Array | null;
  /** Text or bytes as produced; null is a tombstone. Default null. */
  readonly value?: string | Uint8Array | null;
  /** Default: one with the mark of payloads. */
  readonly headers?: readonly (readonly [name: string, value: string | Uint8Array])[];
}

/** The event of an Amazon MSK mapping with these records, keyed and ordered as the mapping does it. */
export function toEvent(records: readonly TestRecord[]): KafkaEvent {
  const groups: Record<string, EventRecord[]> = {};
  for (const record of records) {
    const event = toEventRecord(record);
    const group = `${event.topic}-${event.partition}`;
    (groups[group] ??= []).push(event);
  }
  return {
    eventSource: 'aws:kafka',
    eventSourceArn:
      'arn:aws:kafka:eu-central-1:000000000000:cluster/test/00000000-0000-0000-0000-000000000000-1',
    bootstrapServers: 'b-1.test:9098,b-2.test:9098',
    records: groups,
  };
}

function toEventRecord(record: TestRecord): EventRecord {
  const {
    topic = 'orders',
    partition = 0,
    offset,
    timestamp = 1_767_225_600_000,
    key,
    value,
    headers,
  } = record;
  return {
    topic,
    partition,
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    // Without a key or a value the property is absent, not null.
    ...(key !== null && key !== undefined && { key: toBase64(key) }),
    ...(value !== null && value !== undefined && { value: toBase64(value) }),
    headers: (headers ?? [['mark', payloadMark] as const]).map(([name, bytes]) => ({
      [name]: toSigned(bytes),
    })),
  };
}

function toBase64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes as Uint8Array).toString('base64');
}

/** The poller writes Java bytes, which are signed. */
function toSigned(bytes: string | Uint8Array): number[] {
  return [...new Int8Array(Buffer.from(bytes as Uint8Array))];
}

/** The context that Lambda would give, with `remainingMs` left. */
export function toContext(remainingMs = 60_000): {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
} {
  return {
    awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    getRemainingTimeInMillis: () => remainingMs,
  };
}

/** The reported records of a response as `group@offset`, sorted. */
export function reportedOf(response: {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number };
  }[];
}): string[] {
  return response.batchItemFailures
    .map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`)
    .toSorted();
}
