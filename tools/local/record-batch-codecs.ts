// kafkajs reads gzip record batches only; this teaches it LZ4 and Zstandard, so that topics whose producers compress
// whole batches can be polled. (Values that are compressed one by one are the function's business, not the poller's.)
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

const zstd = { compress: promisify(zstdCompress), decompress: promisify(zstdDecompress) };

// kafkajs's own encoder: only its buffer is of interest.
interface Encoder {
  readonly buffer: Buffer;
}

/** Registers the codecs with kafkajs, for the whole process; calling it again changes nothing. */
export function registerRecordBatchCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({ buffer }: Encoder) => await compressFrame(buffer),
    decompress: async (buffer: Buffer) => await decompressFrame(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: Encoder) => await zstd.compress(buffer),
    decompress: async (buffer: Buffer) => await zstd.decompress(buffer),
  });
}
