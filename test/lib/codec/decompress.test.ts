import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { compressFrameSync, compressSync } from 'lz4-napi';
import { noise } from '../../support/noise.ts';
import type { Codec, CodecErrorCode } from '../../../lib/codec/codec.ts';
import { CodecError, codecs } from '../../../lib/codec/codec.ts';
import type { DecompressOptions } from '../../../lib/codec/decompress.ts';
import { decompress, decompressedSize } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';
import { pack } from './packer.ts';

const scratch = createScratch();
const detect: DecompressOptions = { allowed: 'detect', maxBytes: 1_048_576, scratch };
const text = Buffer.from(
  JSON.stringify(Array.from({ length: 400 }, (_, id) => ({ id, name: `order ${id * 7919}` }))),
);

function failsWith(
  code: CodecErrorCode,
  bytes: Buffer,
  options: Partial<DecompressOptions> = {},
): CodecError {
  const error = failsWithin(code, bytes, options);
  assert.equal(error.compressedBytes, bytes.length);
  return error;
}

/** For the inner one of two layers, whose packed size is its own. */
function failsWithin(code: CodecErrorCode, bytes: Buffer, options: Partial<DecompressOptions>): CodecError {
  try {
    decompress(bytes, { ...detect, ...options });
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  throw new assert.AssertionError({ message: `expected ${code}` });
}

function base64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64'));
}

for (const codec of codecs) {
  test(`opens ${codec} that its definition names`, () => {
    const packed = pack(codec, text);
    assert.deepEqual(decompress(packed, { ...detect, allowed: [codec] }), text);
    assert.ok(decompressedSize(packed, { ...detect, allowed: [codec] }) >= text.length);
  });

  test(`opens ${codec} at its exact limit and refuses it one byte below`, () => {
    const packed = pack(codec, text);
    assert.deepEqual(decompress(packed, { ...detect, allowed: [codec], maxBytes: text.length }), text);
    const error = failsWith('TOO_LARGE', packed, { allowed: [codec], maxBytes: text.length - 1 });
    assert.equal(error.codec, codec);
    assert.equal(error.maxBytes, text.length - 1);
  });

  test(`opens an empty value in ${codec}`, () => {
    const packed = pack(codec, Buffer.alloc(0));
    assert.equal(decompress(packed, { ...detect, allowed: [codec] }).length, 0);
  });
}

test('finds lz4, gzip and zstd by their magic numbers', () => {
  for (const codec of ['lz4', 'gzip', 'zstd'] as const)
    assert.deepEqual(decompress(pack(codec, text), detect), text);
});

test('passes a value that is not packed as the same buffer', () => {
  assert.equal(decompress(text, detect), text);
  assert.equal(decompress(text, { ...detect, allowed: ['lz4', 'gzip'] }), text);
  assert.equal(decompress(text, { ...detect, contentEncoding: 'identity' }), text);
  assert.equal(decompressedSize(text, detect), text.length);
});

test('opens nothing where the definition says none', () => {
  const packed = pack('gzip', text);
  assert.equal(decompress(packed, { ...detect, allowed: 'none' }), packed);
  assert.equal(decompress(packed, { ...detect, allowed: 'none', contentEncoding: 'gzip' }), packed);
});

test('holds a value that is not packed to the limit', () => {
  assert.equal(decompress(text, { ...detect, maxBytes: text.length }), text);
  failsWith('TOO_LARGE', text, { maxBytes: text.length - 1 });
  failsWith('TOO_LARGE', text, { allowed: 'none', maxBytes: text.length - 1 });
  assert.equal(decompressedSize(text, { ...detect, maxBytes: 10 }), 10);
});

test('refuses a codec that the definition does not list', () => {
  const error = failsWith('CODEC_NOT_ALLOWED', pack('gzip', text), { allowed: ['lz4', 'zstd'] });
  assert.equal(error.codec, 'gzip');
  failsWith('CODEC_NOT_ALLOWED', pack('brotli', text), { allowed: ['lz4'], contentEncoding: 'br' });
  assert.equal(decompressedSize(pack('gzip', text), { ...detect, allowed: ['lz4'] }), 0);
});

test('follows the content-encoding header, whatever its case and spaces', () => {
  assert.deepEqual(decompress(pack('brotli', text), { ...detect, contentEncoding: ' BR ' }), text);
  assert.deepEqual(decompress(pack('zlib', text), { ...detect, contentEncoding: 'deflate' }), text);
  assert.deepEqual(decompress(pack('deflate', text), { ...detect, contentEncoding: 'deflate' }), text);
  assert.deepEqual(decompress(compressSync(text), { ...detect, contentEncoding: 'lz4-block' }), text);
});

test('refuses a content-encoding that it does not know, without quoting it', () => {
  const error = failsWith('UNKNOWN_CODEC', text, { contentEncoding: 'secret-9' });
  assert.ok(!error.message.includes('secret-9'));
});

test('refuses bytes that are not what the content-encoding names', () => {
  failsWith('CORRUPT', text, { contentEncoding: 'lz4' });
  failsWith('CORRUPT', text, { contentEncoding: 'gzip' });
  failsWith('CORRUPT', text, { contentEncoding: 'zstd' });
  for (const contentEncoding of ['lz4', 'gzip', 'zstd', 'br', 'deflate', 'zlib', 'lz4-block']) {
    failsWith('TRUNCATED', Buffer.alloc(0), { contentEncoding });
  }
});

test('undoes at most two stacked content-encodings, the last named first', () => {
  assert.deepEqual(
    decompress(base64(zlib.gzipSync(text)), { ...detect, contentEncoding: 'gzip, base64' }),
    text,
  );
  assert.deepEqual(decompress(base64(text), { ...detect, contentEncoding: 'base64' }), text);
  const twice = compressFrameSync(compressFrameSync(text));
  assert.deepEqual(decompress(twice, { ...detect, contentEncoding: 'lz4,lz4' }), text);
  assert.deepEqual(
    decompress(zlib.gzipSync(compressFrameSync(text)), { ...detect, contentEncoding: 'lz4, gzip' }),
    text,
  );
  failsWith('UNKNOWN_CODEC', twice, { contentEncoding: 'lz4, lz4, lz4' });
});

test('holds the value to the limit, and what is packed around it to a little more', () => {
  const incompressible = noise(50_000); // grows when it is packed
  for (const inner of [...codecs, 'base64'] as const) {
    const packed = inner === 'base64' ? base64(incompressible) : pack(inner, incompressible);
    for (const outer of [...codecs, 'base64'] as const) {
      const twice = outer === 'base64' ? base64(packed) : pack(outer, packed);
      const contentEncoding = `${inner}, ${outer}`.replaceAll(/\bdeflate\b/g, 'deflate-raw');
      const view = decompress(twice, { ...detect, contentEncoding, maxBytes: incompressible.length });
      assert.ok(view.equals(incompressible), contentEncoding);
      const error = failsWithin('TOO_LARGE', twice, { contentEncoding, maxBytes: incompressible.length - 1 });
      assert.equal(error.maxBytes, incompressible.length - 1);
    }
  }
});

test('refuses text that is not base64', () => {
  failsWith('CORRUPT', Buffer.from('eyJh!jox'), { contentEncoding: 'base64' });
  failsWith('CORRUPT', Buffer.from('eyJhI'), { contentEncoding: 'base64' });
  assert.equal(
    decompress(Buffer.from('eyJhIjoxfQ=='), { ...detect, contentEncoding: 'base64' }).toString(),
    '{"a":1}',
  );
  assert.equal(
    decompress(Buffer.from('eyJhIjoxfQ'), { ...detect, contentEncoding: 'base64' }).toString(),
    '{"a":1}',
  );
});

test('takes what has no magic number for the one such codec that the definition lists', () => {
  const allowed: readonly Codec[] = ['gzip', 'brotli'];
  assert.deepEqual(decompress(pack('brotli', text), { ...detect, allowed }), text);
  assert.deepEqual(decompress(pack('gzip', text), { ...detect, allowed }), text);
  assert.equal(decompress(text, { ...detect, allowed: ['brotli', 'zlib'] }), text);
});

test('takes nothing that is text for a packed value', () => {
  const starts = [
    '{"a":1}',
    '[1]',
    '(',
    '"x"',
    'null',
    '-1',
    'LZ4Block of text, long enough to hold a header',
    'P*M',
    ' ',
    'é',
  ];
  for (const start of starts) assert.equal(decompress(Buffer.from(start), detect).toString(), start);
});

test('takes 1f 8b 08 for gzip even where the rest of the header is wrong', () => {
  const packed = Buffer.from(pack('gzip', text));
  packed[3] = 0x20;
  failsWith('CORRUPT', packed);
  failsWith('TRUNCATED', Buffer.from('1f8b0800', 'hex'));
  const method = Buffer.from('1f8b0700', 'hex');
  assert.equal(decompress(method, detect), method);
});

test('opens several gzip members and refuses zeros after the last', () => {
  const packed = Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(text)]);
  assert.deepEqual(decompress(packed, detect), Buffer.concat([text, text]));
  failsWith('TRAILING_BYTES', Buffer.concat([packed, Buffer.alloc(512)]));
});

/** A zstd frame that needs a window, its descriptor as in RFC 8878, 3.1.1.1.2, and holds four bytes as they are. */
function toZstd(windowDescriptor: number): Buffer {
  return Buffer.from(`28b52ffd00${windowDescriptor.toString(16)}21000061626364`, 'hex');
}

test('refuses a zstd frame that needs a window of more than 8 MB, wherever it stands', () => {
  const [exact, over] = [toZstd(13 << 3), toZstd((13 << 3) | 1)];
  assert.equal(decompress(exact, detect).toString(), 'abcd');
  failsWith('WINDOW_TOO_LARGE', over);
  failsWith('WINDOW_TOO_LARGE', Buffer.concat([exact, over]));
});

test('opens as many zstd frames as there are, unless they are all but empty', () => {
  const frame = zlib.zstdCompressSync(Buffer.alloc(64, 'a'));
  const many = Buffer.concat(Array.from({ length: 3000 }, () => frame));
  assert.equal(decompress(many, detect).toString(), 'a'.repeat(3000 * 64));
  const empty = zlib.zstdCompressSync(Buffer.alloc(0));
  const empties = Array.from({ length: 1024 }, () => empty);
  assert.equal(decompress(Buffer.concat(empties), detect).length, 0);
  failsWith('CORRUPT', Buffer.concat([...empties, empty]));
});

test('leaves the small buffers of others alone, whatever node:zlib puts beside them', () => {
  const sizes = [
    0, 1, 800, 1023, 5_460, 8_191, 8_192, 32_766, 32_767, 32_768, 65_535, 65_536, 70_001, 300_000,
  ];
  const native = ['gzip', 'zlib', 'deflate', 'zstd', 'brotli'] as const;
  for (const value of sizes.map((size) => Buffer.alloc(size, text))) {
    for (const codec of native) {
      const neighbour = Buffer.from('a small buffer lies in the pool');
      const view = decompress(pack(codec, value), { ...detect, allowed: [codec] });
      assert.ok(view.equals(value), `${codec}, ${value.length} bytes`);
      assert.equal(neighbour.toString(), 'a small buffer lies in the pool');
      assert.equal(Buffer.allocUnsafe(8).length, 8);
    }
  }
});
