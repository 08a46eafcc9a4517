// The heaviest legal event of a consumer's own records: its largest sample, and the first ones grown until the definition takes no more.
import type { ConsumerDefinition } from '../../../lib/definition/define-consumer.ts';
import { maxEventBytes } from '../../local/batch-builder.ts';
import { composeEvent, createEventSize, type EventEnvelope, type PolledRecord } from '../../local/event.ts';
import { toPolledRecord, type WorkloadEvent } from '../../soak/workload/workload.ts';
import { createRecordEncoder, type EncodedRecord } from '../../traffic/own/record-encoder.ts';
import type { Packing } from '../../traffic/packing.ts';
import { fullValues } from './heaviest-event.ts';

/** What the event is made of. */
export interface HeaviestOwnOptions {
  readonly envelope: EventEnvelope;
  readonly partitions: number;
  /** Records of the event at most. */
  readonly maxRecords: number;
  /** Good records of the consumer, one or more. */
  readonly records: readonly EncodedRecord[];
  readonly packing: Packing;
  /** undefined: nothing can be grown, since nobody says what it takes. */
  readonly definition: ConsumerDefinition | undefined;
}

/** Makes the event; the same options give the same one. */
export async function createHeaviestOwnEvent(options: HeaviestOwnOptions): Promise<WorkloadEvent> {
  const { envelope, partitions, maxRecords, records, definition, packing } = options;
  const usual = records.reduce((most, each) => (sizeOf(each) > sizeOf(most) ? each : most));
  const grown = definition === undefined ? usual : await grow(usual, definition, packing);
  const polled: PolledRecord[] = [];
  const size = createEventSize(envelope);
  const usualBytes = toRecord(usual, 0).bytes + 32;
  for (let sequence = 0; sequence < maxRecords; sequence++) {
    const reserved = Math.min(maxEventBytes / 2, (maxRecords - sequence - 1) * usualBytes);
    const isRoom = size.bytesWith(toRecord(grown, sequence)) + reserved <= maxEventBytes;
    const next = toRecord(sequence < fullValues && isRoom ? grown : usual, sequence);
    if (polled.length > 0 && size.bytesWith(next) > maxEventBytes) break;
    polled.push(next);
    size.add(next);
  }
  return { event: composeEvent(envelope, polled), records: polled.length };

  function toRecord(record: EncodedRecord, sequence: number): PolledRecord {
    const partition = sequence % partitions;
    const offsets = new Map([[partition, Math.floor(sequence / partitions)]]);
    return toPolledRecord(toTraffic(record, sequence), { topic: envelope.topic, partitions, offsets });
  }
}

function toTraffic(record: EncodedRecord, sequence: number): Parameters<typeof toPolledRecord>[0] {
  // Spread over the partitions, whatever their keys.
  return { ...record, partition: sequence, sequence, kind: 'good' };
}

function sizeOf({ value }: EncodedRecord): number {
  return value?.length ?? 0;
}

/** Shares of the limit to try, the largest first: a definition may bound what a value becomes more than its bytes. */
const shares = [1, 0.5, 0.25, 0.1, 0.05];

/** The largest record that the definition reads: more items in an array, or a longer text. Only JSON tells where these are. */
async function grow(
  record: EncodedRecord,
  definition: ConsumerDefinition,
  packing: Packing,
): Promise<EncodedRecord> {
  if (record.document === null || definition.value?.shape?.kind !== 'json') return record;
  const encoder = createRecordEncoder({ definition, packing });
  const limit = definition.limits.maxDecompressedBytesPerRecord;
  for (const share of shares) {
    for (const stretch of [stretchArray, stretchText]) {
      const value = stretch(JSON.parse(String(record.document)) as unknown, Math.floor(limit * share));
      if (value === undefined) continue;
      const encoded = { ...encoder.encode({ value }), key: record.key };
      if (sizeOf(encoded) > sizeOf(record) && (await encoder.check(encoded)) === undefined) return encoded;
    }
  }
  return record;
}

/** Repeats the items of the largest array until the document has about `bytes`. */
function stretchArray(document: unknown, bytes: number): unknown {
  const arrays = listParts(document).filter(
    (part): part is unknown[] => Array.isArray(part) && part.length > 0,
  );
  const largest = arrays.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length)[0];
  if (largest === undefined) return undefined;
  const room = bytes - JSON.stringify(document).length;
  const items = [...largest];
  const itemsBytes = JSON.stringify(items).length;
  for (let times = Math.floor(room / itemsBytes); times > 0; times--) largest.push(...items);
  return document;
}

/** Lengthens the longest text of an object. */
function stretchText(document: unknown, bytes: number): unknown {
  const texts = listParts(document).flatMap((part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.entries(part).flatMap(([name, text]) =>
          typeof text === 'string' ? [{ part, name, text }] : [],
        )
      : [],
  );
  const longest = texts.toSorted((a, b) => b.text.length - a.text.length)[0];
  if (longest === undefined) return undefined;
  const room = bytes - JSON.stringify(document).length - 16;
  if (room > 0) Object.assign(longest.part, { [longest.name]: longest.text + 'x'.repeat(room) });
  return document;
}

/** The document and all that is in it. */
function listParts(document: unknown): readonly unknown[] {
  if (typeof document !== 'object' || document === null) return [document];
  return [document, ...Object.values(document).flatMap(listParts)];
}
