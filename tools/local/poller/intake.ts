// What a mapping does to polled records before they can be part of a batch: decode them by the schema registry if it has
// one, filter them, and turn those that are left into the event's form.
import type { KafkaMessage } from 'kafkajs';
import { passOver, type EncodedRecord, type RecordExtras } from '../event.ts';
import type { RecordFilter } from '../mapping/record-filter.ts';
import { readHeaders } from '../../broker/record-headers.ts';
import { createRecordEncoder, readTimestampType, toEventHeaders } from '../record-encoder.ts';

/** Decodes a message by the mapping's registry. Rejects when the registry gives no answer: the fetch is read again. */
export type DecodeMessage = (
  message: KafkaMessage,
) => Promise<{ readonly message: KafkaMessage; readonly extras: RecordExtras }>;

/** How records are taken in. */
export interface IntakeOptions {
  readonly topic: string;
  /** Default: every record passes. */
  readonly filter?: RecordFilter | undefined;
  /** Default: keys and values stay as they are. */
  readonly decode?: DecodeMessage | undefined;
}

/** What was taken in of one partition. */
export interface TakenIn {
  /** In offset order; they cover every offset up to the last one. Runs of filtered records are one `pass`. */
  readonly records: readonly EncodedRecord[];
  /** Records that no filter let through. */
  readonly filtered: number;
}

/**
 * Takes in messages of one fetch. Nothing of the result refers to them: key, value and headers are views of the whole
 * decompressed fetch, and one that were kept would pin all of it.
 */
export type Intake = (partition: number, messages: readonly KafkaMessage[]) => Promise<TakenIn>;

const none: RecordExtras = {};

/** Makes the intake of one mapping. */
export function createIntake({ topic, filter, decode }: IntakeOptions): Intake {
  return async (partition, messages) => {
    const encoder = createRecordEncoder(topic);
    const records: EncodedRecord[] = [];
    let filtered = 0;
    let passing: number | undefined;
    for (const polled of messages) {
      // Without a registry there is nothing to wait for, record by record.
      const { message, extras } =
        decode === undefined ? { message: polled, extras: none } : await decode(polled);
      const isReadable = (extras.admission ?? 'deliver') === 'deliver';
      if (isReadable && filter?.matches(toSubject(topic, partition, message)) === false) {
        filtered++;
        passing = Number(message.offset);
        continue;
      }
      if (passing !== undefined) records.push(passOver(partition, passing));
      passing = undefined;
      records.push(encoder.encode(partition, message, extras));
    }
    if (passing !== undefined) records.push(passOver(partition, passing));
    return { records, filtered };
  };
}

function toSubject(
  topic: string,
  partition: number,
  message: KafkaMessage,
): Parameters<RecordFilter['matches']>[0] {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: readTimestampType(message),
    key: message.key,
    value: message.value,
    headers: () => toEventHeaders(readHeaders(message.headers)),
  };
}
