// The records of one lane into one compressed object. Own file: handler.ts only wires it to its environment.

import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { BatchFunction, LeasedRecord } from '../../lib/index.ts';
import type { Compression } from './compression.ts';
import { toLine } from './line.ts';
import { uploadObject } from './upload.ts';

/** What archiving needs. */
export interface ArchiverOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly compression: Compression;
}

// What a compressor is given at once: large enough that its calls do not count, small enough to be held per lane.
const blockBytes = 262_144;

/**
 * Makes the function that archives a lane as one object, named after the lane's first offset and its first record's time.
 *
 * Non-obvious: the object is there only when all of the lane is in it, and a lane succeeds or fails as a whole. Records
 * that come again therefore replace the object they were in, or stand in one that was never written; only a cut at
 * other offsets after a restart of the mapping can leave a record in two objects, where (partition, offset) tells.
 */
export function createArchiver({
  client,
  bucket,
  compression,
}: ArchiverOptions): BatchFunction<string, Buffer> {
  return {
    async batch(records, { topic, partition, offset, signal }) {
      let timestamp: number | undefined;
      const blocks = toBlocks(records, (record) => {
        timestamp ??= record.timestamp;
      });
      const first = await blocks.next();
      if (first.done) return; // nothing in the lane could be opened: the dead letters have it all
      const key = archiveKey({ topic, partition, offset, timestamp }, compression.extension);
      const target = { client, bucket, key, contentType: 'application/x-ndjson', signal };
      await pipeline(
        startWith(first.value, blocks),
        await compression.create(),
        (compressed: AsyncIterable<Buffer>) => uploadObject(compressed, target),
        { signal },
      );
    },
  };
}

/**
 * `archive/<topic>/<partition>/<offset, 20 digits>-<timestamp>.ndjson.<extension>`: a listing is in offset order, and a topic
 * that is made again overwrites nothing.
 */
function archiveKey(
  first: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number | undefined;
  },
  extension: string,
): string {
  const offset = String(first.offset).padStart(20, '0');
  return `archive/${first.topic}/${first.partition}/${offset}-${first.timestamp}.ndjson.${extension}`;
}

/** Lines, gathered to blocks of at least 256 KiB but for the last; holds one block and one record at a time. */
async function* toBlocks(
  records: AsyncIterable<LeasedRecord<string, Buffer>>,
  onRecord: (record: LeasedRecord<string, Buffer>) => void,
): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  let length = 0;
  for await (const record of records) {
    onRecord(record);
    const line = toLine(record);
    lines.push(line);
    length += line.length;
    if (length < blockBytes) continue;
    const block = Buffer.from(lines.join(''));
    [lines, length] = [[], 0];
    yield block;
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''));
}

async function* startWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
