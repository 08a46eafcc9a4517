// What a mapping does to polled records before they can be part of a batch: decode them by the schema registry if it has
// one, filter them, and turn those that are left into the event's form.
import type { KafkaMessage } from 'kafkajs';
import { readHeaders } from '../../broker/record-headers.ts';
import { toOffsetOnly, type PolledRecord } from '../event.ts';
import { toRanges, type OffsetRange } from '../events.ts';
import type { RecordFilter } from '../mapping/record-filter.ts';
import { encodeRecord, readTimestampType, toEventHeaders, type RecordExtras } from './record-encoder.ts';

/** Decodes a message by the mapping's registry. Rejects when the registry gives no answer: the fetch is read again. */
export type DecodeMessage = (
  message: KafkaMessage,
) => Promise<{ readonly message: KafkaMessage; readonly extras: RecordExtras }>;

/** What a pipeline consists of. */
export interface RecordPipelineOptions {
  readonly topic: string;
  /** Default: every record passes. */
  readonly filter?: RecordFilter | undefined;
  /** Default: keys and values stay as they are. */
  readonly decode?: DecodeMessage | undefined;
}

/** What came out for the messages of one fetch. */
export interface PipelineResult {
  /** In offset order; they cover every offset up to the last one. A run of filtered records is one `offset-only` record. */
  readonly records: readonly PolledRecord[];
  /** Records that no filter let through, in offset order. */
  readonly filtered: readonly OffsetRange[];
}

/**
 * Takes messages of one partition in offset order. The result refers to nothing of them: key, value and headers are views
 * of the whole decompressed fetch, and one that were kept would pin all of it.
 */
export type RecordPipeline = (
  partition: number,
  messages: readonly KafkaMessage[],
) => Promise<PipelineResult>;

/** Makes the pipeline of one mapping. */
export function createRecordPipeline({ topic, filter, decode }: RecordPipelineOptions): RecordPipeline {
  return async (partition, messages) => {
    const records: PolledRecord[] = [];
    const filtered: PolledRecord[] = [];
    for (const polled of messages) {
      const { message, extras } =
        decode === undefined ? { message: polled, extras: {} } : await decode(polled);
      const isReadable = (extras.admission ?? 'deliver') === 'deliver';
      if (!isReadable || filter === undefined || filter.matches(toSubject(topic, partition, message))) {
        records.push(encodeRecord(topic, partition, message, extras));
        continue;
      }
      const passedOver = toOffsetOnly(partition, Number(message.offset));
      filtered.push(passedOver);
      // A run of filtered records ends at its last one.
      if (records.at(-1)?.admission === 'offset-only') records.pop();
      records.push(passedOver);
    }
    return { records, filtered: toRanges(filtered) };
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
