// What a mapping does to polled records before they can be part of a batch: decode them by the schema registry if it has
// one, filter them, and turn those that are left into the event's form.
import type { KafkaMessage } from 'kafkajs';
import { passOver, type EncodedRecord, type RecordExtras } from '../event.ts';
import type { RecordFilter } from '../mapping/record-filter.ts';
import { PolledRows } from '../../broker/polled-rows.ts';
import { readHeaders } from '../../broker/record-headers.ts';
import { createRecordEncoder, readTimestampType, toEventHeaders } from '../record-encoder.ts';
import type { TextBlocks } from '../text-blocks.ts';

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
  /** Where records' texts stand. Default: blocks that are not used again. */
  readonly blocks?: TextBlocks;
}

/** What was taken in of one partition. */
export interface TakenIn {
  /** In offset order; they cover every offset up to the last one. Runs of filtered records are one `pass`. */
  readonly records: readonly EncodedRecord[];
  /** Records that were looked at. */
  readonly polled: number;
  /** Those of them that no filter let through. */
  readonly filtered: number;
}

/**
 * Takes in messages of one fetch, and of a batch the records from `fromOffset` on (default: all). Nothing of the result refers
 * to them: key, value and headers are views of the whole decompressed fetch, and one that were kept would pin all of it.
 */
export type Intake = (
  partition: number,
  messages: readonly (KafkaMessage | PolledRows)[],
  fromOffset?: number,
) => Promise<TakenIn>;

const none: RecordExtras = {};

/** Makes the intake of one mapping. */
export function createIntake({ topic, filter, decode, blocks }: IntakeOptions): Intake {
  return async (partition, messages, fromOffset = 0) => {
    const encoder = createRecordEncoder(topic, blocks);
    const taking = createTaking(partition);
    const isLetThrough = (message: KafkaMessage): boolean =>
      filter === undefined || filter.matches(toSubject(topic, partition, message));
    /** Runs of what is let through are written together. */
    const takeRows = (rows: PolledRows, first: number): void => {
      const { columns } = rows;
      const end = columns.offsets.length;
      for (let [from, row] = [first, first]; row <= end; row++) {
        if (row < end && (filter === undefined || isLetThrough(rows.recordAt(row)))) continue;
        taking.add(encoder.encodeRows(partition, columns, { from, to: row }));
        if (row < end) taking.leaveOut(columns.offsets[row] ?? 0);
        from = row + 1;
      }
    };
    const takeOne = async (polled: KafkaMessage): Promise<void> => {
      const { message, extras } =
        decode === undefined ? { message: polled, extras: none } : await decode(polled);
      const isReadable = (extras.admission ?? 'deliver') === 'deliver';
      if (isReadable && !isLetThrough(message)) taking.leaveOut(Number(message.offset));
      else taking.add([encoder.encode(partition, message, extras)]);
    };
    for (const message of messages) {
      if (!(message instanceof PolledRows)) await takeOne(message);
      else if (decode === undefined) takeRows(message, message.rowAt(fromOffset));
      else for (const record of message.toRecords(message.rowAt(fromOffset))) await takeOne(record);
    }
    return taking.end();
  };
}

/** Gathers what is taken in, in offset order. */
function createTaking(partition: number): {
  readonly add: (records: readonly EncodedRecord[]) => void;
  readonly leaveOut: (offset: number) => void;
  readonly end: () => TakenIn;
} {
  const records: EncodedRecord[] = [];
  let [polled, filtered] = [0, 0];
  let passing: number | undefined;
  const endPass = (): void => {
    if (passing !== undefined) records.push(passOver(partition, passing));
    passing = undefined;
  };
  return {
    add(each) {
      if (each.length > 0) endPass();
      for (const record of each) records.push(record);
      polled += each.length;
    },
    leaveOut(offset) {
      passing = offset;
      polled++;
      filtered++;
    },
    end() {
      endPass();
      return { records, polled, filtered };
    },
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
