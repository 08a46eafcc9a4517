// Record batches as kafkajs writes them, and a decoder of ours to read them with.
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import {
  createRecordBatchDecoder,
  type FetchBytes,
  type LookupCodec,
  type RecordBatch,
} from '../../tools/broker/record-batch.ts';

/** A record before it is written. */
export interface RecordSpec {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

interface KafkajsBatch {
  readonly records: readonly KafkaMessage[];
}

// kafkajs's own, which nothing here has replaced.
const require = createRequire(import.meta.url);
/** kafkajs's reader at the start of some bytes. */
export const KafkajsDecoder = require('kafkajs/src/protocol/decoder.js') as new (
  buffer: Buffer,
) => FetchBytes;
/** How kafkajs itself reads a batch. */
export const decodeAsKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (
  from: FetchBytes,
) => Promise<KafkajsBatch>;
const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
  readonly lookupCodecByAttributes: LookupCodec;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: RecordSpec,
) => object;
const { RecordBatch: writeRecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
  readonly RecordBatch: (batch: object) => Promise<{ readonly buffer: Buffer }>;
};

/** What the first record's offset counts from. */
export const firstOffset = 4_503_599_627_370_496;
/** What times count from. */
export const firstTimestamp = 1_700_000_000_000;
/** The compression's number in a batch's attributes. */
export const gzip = 1;
/** Where a batch has the lower byte of its attributes, and what the bits in it say. */
export const attributes = { at: 22, appendTime: 0x08, transaction: 0x10, control: 0x20 } as const;

/** Any record of up to `maxBytes` in key and value. */
export const anyRecord = (maxBytes: number): fc.Arbitrary<RecordSpec> => {
  const part = fc.option(
    fc.uint8Array({ maxLength: maxBytes }).map((array) => Buffer.from(array)),
    { nil: null },
  );
  return fc.record({
    offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    key: part,
    value: part,
    headers: fc.dictionary(
      // kafkajs takes what every object inherits for a header's first value.
      fc.string({ unit: 'grapheme', maxLength: 20 }).filter((name) => !(name in {})),
      fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2, maxLength: 3 })),
      { maxKeys: 5, noNullPrototype: true },
    ),
  });
};

/** Writes a batch. */
export async function encodeBatch(records: readonly RecordSpec[], compression = 0): Promise<Buffer> {
  const { buffer } = await writeRecordBatch({
    compression,
    firstOffset,
    firstTimestamp,
    maxTimestamp: firstTimestamp + 999,
    producerId: 77,
    records: records.map(encodeRecord),
  });
  return Buffer.from(buffer);
}

/** Reads a batch as the tools' pollers do. */
export const decodeBatch: (from: FetchBytes) => Promise<RecordBatch> = createRecordBatchDecoder({
  lookupCodec: lookupCodecByAttributes,
  toPartialError: (message) => Object.assign(new Error(message), { name: 'KafkaJSPartialMessageError' }),
});
