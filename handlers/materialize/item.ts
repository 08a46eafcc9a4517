// A record as the item of its key. Own file: the item's shape is what readers of the table depend on.

import { zstdCompressSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DeadLetterError, type LeasedRecord } from '../../lib/index.ts';
import type { Order } from './order.ts';

/** An item in DynamoDB's own notation. */
export type Item = Readonly<
  Record<'key' | 'partition' | 'offset' | 'timestamp' | 'updatedAt', AttributeValue> &
    Record<string, AttributeValue>
>;

/** What an item depends on beside its record. */
export interface ItemOptions {
  /** How long a tombstone's marker stays, from its own time on, in seconds. */
  readonly markerSeconds: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

// DynamoDB's limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const maxItemBytes = 409_600;
const maxKeyBytes = 2048;
/** Names, numbers and date of an item; about 130 in fact. */
const otherBytes = 256;
/** Larger documents are compressed: a write is paid per KB, and a small one is better read in the console. */
const maxPlainBytes = 65_536;

/**
 * The item for a record: `key`, `partition`, `offset`, `timestamp` (epoch ms), `updatedAt` (ISO 8601), and one of
 * - `value`: the order's JSON text as it was produced. Text, not a map: it keeps every digit and unknown field, takes less
 *   room, and has no limit of nesting;
 * - `valueZstd`: the same text above 64 KiB, compressed with zstd;
 * - `deleted: true` and `expiresAt` (epoch seconds): a marker, which readers take for no item. It outlives every older
 *   record of its key that could still be delivered; a deletion would let such a record bring the value back.
 *
 * @throws DeadLetterError `KEY_MISSING`, `KEY_UNUSABLE`, `ITEM_TOO_LARGE`: DynamoDB would refuse the record each time
 */
export function toItem(record: LeasedRecord<Order, string>, options: ItemOptions): Item {
  const key = parseKey(record.key);
  const base = {
    key: { S: key },
    partition: { N: String(record.partition) },
    offset: { N: String(record.offset) },
    timestamp: { N: String(record.timestamp) },
    updatedAt: { S: new Date(options.now).toISOString() },
  };
  const text = record.toBuffer();
  if (text === null) {
    const from = Math.max(options.now, record.timestamp); // producers' clocks may be ahead, or years behind
    const expiresAt = Math.ceil(from / 1000) + options.markerSeconds;
    return { ...base, deleted: { BOOL: true }, expiresAt: { N: String(expiresAt) } };
  }
  if (text.length <= maxPlainBytes) return { ...base, value: { S: text.toString('utf8') } };
  // In one go, though it blocks for a few milliseconds per MB: side by side, each would hold a compressor of its own.
  const packed = zstdCompressSync(text);
  const itemBytes = Buffer.byteLength(key) + packed.length + otherBytes;
  if (itemBytes > maxItemBytes) {
    throw new DeadLetterError(
      'ITEM_TOO_LARGE',
      `value is too large for an item, got ${itemBytes} bytes after compression, expected at most ${maxItemBytes}; ` +
        'keep such documents in S3',
    );
  }
  return { ...base, valueZstd: { B: packed } };
}

function parseKey(key: string | null): string {
  if (key === null) {
    throw new DeadLetterError(
      'KEY_MISSING',
      "record has no key, got null, expected the key of the order's item; produce orders with a key",
    );
  }
  const bytes = Buffer.byteLength(key);
  if (bytes >= 1 && bytes <= maxKeyBytes) return key;
  throw new DeadLetterError(
    'KEY_UNUSABLE',
    `key is no partition key of DynamoDB, got ${bytes} bytes, expected 1..${maxKeyBytes}; produce a shorter one`,
  );
}
