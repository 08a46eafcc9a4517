// Checksums that are looked at, and limits that each codec holds itself, before anybody looks at the size of what it gave.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';

import { CodecError, type Codec } from '../../../lib/codec/codec.ts';
import { crc32c } from '../../../lib/codec/snappy/crc32c.ts';
import { decompress, decompressedSize, type DecompressOptions } from '../../../lib/codec/decompress.ts';
import { lz4Frame } from '../../../lib/codec/lz4/frame.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';
import { snappyFramed } from '../../../lib/codec/snappy/stream.ts';
import { xxhash32 } from '../../../lib/codec/lz4/xxhash32.ts';
import { zstd } from '../../../lib/codec/zlib/zstd.ts';
import { noise } from '../../support/noise.ts';
import { pack } from './packer.ts';

const scratch = createScratch();
const detect: DecompressOptions = { allowed: 'detect', maxBytes: 1_048_576, scratch };

/** The code of the error that `open` throws; the bytes that it gives where it throws none. */
function codeOf(open: () => Buffer): string {
  try {
    return open().toString('latin1');
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    return error.code;
  }
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

for (const codec of ['lz4-java', 'snappy-framed'] as const satisfies readonly Codec[])
  test(`notices a bit of ${codec} that only its checksum can tell`, () => {
    const packed = Buffer.from(pack(codec, noise(1000)));
    packed[500]! ^= 1;
    assert.equal(
      codeOf(() => decompress(packed, { ...detect, contentEncoding: codec })),
      'CHECKSUM',
    );
  });

test('looks at the checksum of each LZ4 block', () => {
  const descriptor = Buffer.from([0x70, 0x40]); // independent blocks of 64 KB with checksums, none of the content
  const header = [
    Buffer.from('04224d18', 'hex'),
    descriptor,
    Buffer.from([(xxhash32(descriptor) >>> 8) & 255]),
  ];
  const value = Buffer.from('0123456789');
  const toFrame = (check: number): Buffer =>
    Buffer.concat([...header, word(value.length + 0x80000000), value, word(check), word(0)]);
  assert.equal(
    codeOf(() => decompress(toFrame(xxhash32(value)), detect)),
    '0123456789',
  );
  assert.equal(
    codeOf(() => decompress(toFrame(xxhash32(value) ^ 1), detect)),
    'CHECKSUM',
  );
});

test('keeps a chunk of snappy from reaching into the one before it', () => {
  const toChunk = (content: string, block: readonly number[]): Buffer => {
    const crc = crc32c(Buffer.from(content), 0, content.length);
    const body = Buffer.concat([word((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0), Buffer.from(block)]);
    return Buffer.concat([Buffer.from([0, body.length, 0, 0]), body]);
  };
  const first = toChunk('abcd', [4, 3 << 2, ...Buffer.from('abcd')]);
  const literalThenCopy = [8, 3 << 2, ...Buffer.from('abcd'), 1, 4]; // four bytes, then four from a distance of four
  const start = Buffer.from('ff060000734e61507059', 'hex');
  const open = (...chunks: Buffer[]): string =>
    codeOf(() => snappyFramed.decompress(Buffer.concat([start, ...chunks]), { maxBytes: 100, scratch }));
  assert.equal(open(first, toChunk('abcdabcd', literalThenCopy)), 'abcdabcdabcd');
  assert.equal(open(first, toChunk('abcd', [4, 1, 4])), 'CORRUPT');
});

test('holds LZ4 to the limit before it writes beyond it', () => {
  const small = createScratch(4096);
  const zeros = compressFrameSync(Buffer.alloc(200_000));
  assert.equal(
    codeOf(() => lz4Frame.decompress(zeros, { maxBytes: 100, scratch: small })),
    'TOO_LARGE',
  );
  assert.ok(small.capacity <= 4096, String(small.capacity));
});

test('gives each of several zstd frames what the ones before it have left of the limit', () => {
  // Frames of four bytes that declare no size.
  const frame = Buffer.from('28b52ffd000021000061626364', 'hex');
  const open = (maxBytes: number): string =>
    codeOf(() => zstd.decompress(Buffer.concat([frame, frame]), { maxBytes, scratch }));
  assert.deepEqual([open(8), open(7)], ['abcdabcd', 'TOO_LARGE']);
});

test('holds what lies between two layers to little more than the limit, and takes a value of two for as large as it may be', () => {
  const packed = gzipSync(Buffer.alloc(1_000_000));
  const options = { ...detect, contentEncoding: 'lz4, gzip', maxBytes: 10_000 };
  assert.equal(
    codeOf(() => decompress(packed, options)),
    'TOO_LARGE',
  );
  assert.equal(decompressedSize(packed, options), 10_000);
});
