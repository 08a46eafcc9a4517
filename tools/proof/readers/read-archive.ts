// Reads the archive consumer's objects back, for the proof that every record landed. Independent of the handler's code
// on purpose: it knows the format only.

import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { decompress } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';
import { splitLines } from '../../text-lines.ts';
import { digest64 } from '../../traffic/digest.ts';
import type { HeaderPair } from '../../traffic/record.ts';
import { readBytes, readObjects, type StoredObject } from '../objects.ts';

/** One archived line; a record stands in more than one when a delivery was repeated at another cut. */
export interface ArchivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** null when the record has no key; bytes when it is no text. */
  readonly key: string | Buffer | null;
  readonly headers: readonly HeaderPair[];
  /** Of the value's text, in which an archived JSON value has spaces for line breaks; undefined for a tombstone. */
  readonly digest: bigint | undefined;
}

/** No archive is decompressed to more than this; only lz4 ones are decompressed as a whole. */
const maxObjectBytes = 1_073_741_824;

/**
 * Every line of every object under `archive/`, object by object, in offset order within one.
 *
 * @throws Error when an object's name or content is no archive's, naming the object
 */
export async function* readArchive(s3: S3Client, bucket: string): AsyncGenerator<ArchivedRecord> {
  for await (const object of readObjects(s3, bucket, 'archive/')) {
    for await (const line of splitLines(await decompressObject(object)))
      yield parseLine(line.toString(), object.key);
  }
}

async function decompressObject(object: StoredObject): Promise<AsyncIterable<Buffer>> {
  const extension = object.key.slice(object.key.lastIndexOf('.') + 1);
  switch (extension) {
    case 'zst':
      return throughStream(object, createZstdDecompress());
    case 'gz':
      return throughStream(object, createGunzip());
    case 'lz4':
      return decompressWhole(object);
    default:
      throw new Error(
        `object ${object.key} is not an archive, got the ending .${extension}, expected .zst, .gz or .lz4`,
      );
  }
}

async function throughStream(object: StoredObject, stream: Transform): Promise<AsyncIterable<Buffer>> {
  // What fails on either side ends the stream with it, and so reaches whoever reads it.
  return pipeline(await object.open(), stream, () => {}) as AsyncIterable<Buffer>;
}

async function* decompressWhole(object: StoredObject): AsyncGenerator<Buffer> {
  const options = { allowed: ['lz4'] as const, maxBytes: maxObjectBytes, scratch: createScratch() };
  yield decompress(await readBytes(object), options);
}

/** Text, or base64 that says so. */
export type ArchivedHeader = readonly [name: string, value: string, encoding?: 'base64'];

/** The bytes of headers as `archive` and `relay` write them. */
export function fromArchived(headers: readonly ArchivedHeader[]): readonly HeaderPair[] {
  return headers.map(([name, value, encoding]) => [name, Buffer.from(value, encoding ?? 'utf8')]);
}

interface ArchiveLine {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: readonly ArchivedHeader[];
  readonly key?: string | null;
  readonly keyBase64?: string;
  readonly valueText?: string;
  readonly tombstone?: boolean;
}

function parseLine(line: string, objectKey: string): ArchivedRecord {
  let parsed: ArchiveLine;
  try {
    parsed = JSON.parse(line) as ArchiveLine;
  } catch {
    // The engine's message quotes the line, which is payload.
    throw new Error(
      `object ${objectKey} is not an archive, got a line of ${line.length} characters that is not JSON`,
    );
  }
  const { topic, partition, offset, timestamp, headers, key, keyBase64 } = parsed;
  return {
    topic,
    partition,
    offset,
    timestamp,
    headers: fromArchived(headers),
    key: keyBase64 === undefined ? (key ?? null) : Buffer.from(keyBase64, 'base64'),
    digest: parsed.tombstone === true ? undefined : digest64(parsed.valueText ?? embeddedValue(line)),
  };
}

/** The last member's text, as it is. Nothing before it can hold these characters: a quote within a string is escaped. */
function embeddedValue(line: string): string {
  const name = ',"value":';
  return line.slice(line.indexOf(name) + name.length, -1);
}
