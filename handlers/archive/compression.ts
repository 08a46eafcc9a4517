// How an archive object is compressed. Own file: the table that a new way is added to.

import { Transform } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import { SettingError, type Environment } from '../environment.ts';

/** One way to compress an object: its file name's ending, and the stream that does it. */
export interface Compression {
  readonly extension: string;
  /** Makes the stream for one object; written to in blocks of about 256 KiB. */
  readonly create: () => Promise<Transform>;
}

const compressions: ReadonlyMap<string, Compression> = new Map([
  ['zstd', { extension: 'zst', create: () => Promise.resolve(createZstdCompress()) }],
  ['gzip', { extension: 'gz', create: () => Promise.resolve(createGzip()) }],
  ['lz4', { extension: 'lz4', create: createLz4 }],
]);

/**
 * The compression that `ARCHIVE_COMPRESSION` names: `zstd` (default), `gzip` or `lz4`.
 *
 * @throws SettingError `INVALID_ENVIRONMENT`
 */
export function readCompression(environment: Environment = process.env): Compression {
  const name = environment['ARCHIVE_COMPRESSION'] ?? 'zstd';
  const compression = compressions.get(name);
  if (compression) return compression;
  throw new SettingError('ARCHIVE_COMPRESSION', name, [...compressions.keys()].join(', '));
}

/** One frame per block, one after another, as `lz4 -d` and lib/codec read them: lz4-napi has no stream. */
async function createLz4(): Promise<Transform> {
  // Loaded when chosen: a native addon that most archives do without costs 7 ms at start (measured on Node 24).
  const { compressFrameSync } = await import('lz4-napi');
  return new Transform({
    transform(block: Buffer, _encoding, done) {
      done(null, compressFrameSync(block, { contentChecksum: true }));
    },
  });
}
