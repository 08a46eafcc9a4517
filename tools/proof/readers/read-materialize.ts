// Reads the materialize consumer's table back, for the proof that every key has its latest value.

import { zstdDecompressSync } from 'node:zlib';
import { paginateScan, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { digest64 } from '../../traffic/digest.ts';

/** What the table holds of one key. */
export interface MaterializedItem {
  readonly key: string;
  /** The record that the item was written from. */
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Whether it is the marker of a tombstone. */
  readonly isDeleted: boolean;
  /** Of the value's text; undefined for a marker. */
  readonly digest: bigint | undefined;
}

/** A document is limited to 1 MiB where it is written; this only keeps a strange item from filling the memory. */
const maxValueBytes = 16_777_216;

/**
 * Every item of `table`, in no order, by a consistent scan.
 *
 * @throws Error when an item is none of the consumer's
 */
export async function* readMaterialize(
  dynamo: DynamoDBClient,
  table: string,
): AsyncGenerator<MaterializedItem> {
  const pages = paginateScan({ client: dynamo }, { TableName: table, ConsistentRead: true });
  for await (const page of pages) {
    for (const item of page.Items ?? []) yield toItem(item);
  }
}

function toItem(item: Readonly<Record<string, AttributeValue>>): MaterializedItem {
  const { key, partition, offset, timestamp, deleted, value, valueZstd } = item;
  if (key?.S === undefined || partition?.N === undefined || offset?.N === undefined) {
    throw new Error(`item is none of materialize's, got the attributes ${Object.keys(item).join(', ')}`);
  }
  const isDeleted = deleted?.BOOL === true;
  const text = valueZstd?.B ? zstdDecompressSync(valueZstd.B, { maxOutputLength: maxValueBytes }) : value?.S;
  if (isDeleted === (text !== undefined)) {
    throw new Error(
      `item of partition ${partition.N}, offset ${offset.N} must have either a value or a marker`,
    );
  }
  return {
    key: key.S,
    partition: Number(partition.N),
    offset: Number(offset.N),
    timestamp: Number(timestamp?.N),
    isDeleted,
    digest: text === undefined ? undefined : digest64(text),
  };
}
