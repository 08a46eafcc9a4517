// kafkajs reads gzip record batches only; this teaches it all four of Kafka's codecs, on the decoders that the functions
// use: bounded, and checked. (Values that are compressed one by one are the function's business, not the poller's.)
import kafkajs from 'kafkajs';
import { compressFrame } from 'lz4-napi';
import { promisify } from 'node:util';
import { gzip as packGzip, zstdCompress as packZstd } from 'node:zlib';
import type { Decoder } from '../../lib/codec/codec.ts';
import { gzip } from '../../lib/codec/zlib/deflate.ts';
import { lz4Frame } from '../../lib/codec/lz4/frame.ts';
import { createScratch } from '../../lib/codec/scratch.ts';
import { snappyXerial, xerialStart } from '../../lib/codec/snappy/stream.ts';
import { snappy } from '../../lib/codec/snappy/block.ts';
import { zstd } from '../../lib/codec/zlib/zstd.ts';

// kafkajs's own encoder: only its buffer is of interest.
interface Encoder {
  readonly buffer: Buffer;
}

// Kafka bounds what a batch has compressed (1 MiB by default), nobody what it decompresses to.
const maxBatchBytes = 128 * 1024 * 1024;

/** Registers the codecs with kafkajs, for the whole process; calling it again changes nothing. */
export function registerRecordBatchCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const gzipPacker = promisify(packGzip);
  const zstdPacker = promisify(packZstd);
  const codecs = [
    [CompressionTypes.GZIP, gzip, async (bytes) => await gzipPacker(bytes)],
    [CompressionTypes.LZ4, lz4Frame, async (bytes) => await compressFrame(bytes)],
    [CompressionTypes.ZSTD, zstd, async (bytes) => await zstdPacker(bytes)],
    [CompressionTypes.Snappy, anySnappy, refuseToPack],
  ] as const satisfies readonly (readonly [
    number,
    Pick<Decoder, 'decompress'>,
    (bytes: Buffer) => Promise<Buffer>,
  ])[];
  for (const [type, decoder, compress] of codecs)
    CompressionCodecs[type] = () => ({
      compress: async ({ buffer }: Encoder) => await compress(buffer),
      decompress: async (bytes: Buffer) => decompress(decoder, bytes),
    });
}

// The records stay views of the result until they are taken in, so it is no shared scratch.
function decompress(decoder: Pick<Decoder, 'decompress'>, bytes: Buffer): Buffer {
  return decoder.decompress(bytes, { maxBytes: maxBatchBytes, scratch: createScratch(0) });
}

// Java's producers write snappy-java's framing, librdkafka's a bare block.
const anySnappy: Pick<Decoder, 'decompress'> = {
  decompress: (bytes, opening) =>
    (bytes.subarray(0, xerialStart.length).equals(xerialStart) ? snappyXerial : snappy).decompress(
      bytes,
      opening,
    ),
};

async function refuseToPack(): Promise<Buffer> {
  return await Promise.reject(new TypeError('kafkajs packs no snappy here; use LZ4, Zstandard or gzip'));
}
