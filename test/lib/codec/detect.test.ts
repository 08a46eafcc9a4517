import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import type { Codec, CodecErrorCode } from '../../../lib/codec/codec.ts';
import { CodecError, codecs } from '../../../lib/codec/codec.ts';
import { decompress, decompressedSize } from '../../../lib/codec/decompress.ts';
import { createScratch } from '../../../lib/codec/scratch.ts';
import { pack } from './packer.ts';

const scratch = createScratch();
const text = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, total: id * 7919 }))));

function open(
  bytes: Buffer,
  contentEncoding: string,
  allowed: 'detect' | readonly Codec[] = 'detect',
): Buffer {
  return Buffer.from(decompress(bytes, { allowed, contentEncoding, maxBytes: 1_048_576, scratch }));
}

function failsWith(code: CodecErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => error instanceof CodecError && error.code === code);
}

function base64(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64'));
}

test('tells the member of a family by the bytes of its own layer, not by those around it', () => {
  const families = {
    lz4: ['lz4', 'lz4-java', 'lz4-block'],
    deflate: ['zlib', 'deflate'],
    snappy: ['snappy', 'snappy-framed', 'snappy-xerial'],
  } as const;
  for (const [name, members] of Object.entries(families)) {
    for (const member of members) {
      const packed = pack(member, text);
      assert.deepEqual(open(packed, name), text);
      assert.deepEqual(open(base64(packed), `${name}, base64`), text, `${member} in base64`);
      for (const outer of codecs) {
        const encoding = outer === 'deflate' ? 'deflate-raw' : outer;
        assert.deepEqual(open(pack(outer, packed), `${name}, ${encoding}`), text, `${member} in ${outer}`);
      }
    }
  }
});

test('holds the member of an inner family to the list of the definition', () => {
  const packed = zlib.gzipSync(pack('snappy-xerial', text));
  assert.deepEqual(open(packed, 'snappy, gzip', ['gzip', 'snappy-xerial']), text);
  failsWith('CODEC_NOT_ALLOWED', () => open(packed, 'snappy, gzip', ['gzip', 'snappy']));
});

test('takes a content-encoding without a name for none, and passes over empty names', () => {
  for (const header of ['', ' ', '\t']) {
    assert.deepEqual(open(text, header), text);
    assert.deepEqual(open(zlib.gzipSync(text), header), text);
    assert.deepEqual(open(pack('brotli', text), header, ['brotli']), text);
  }
  for (const header of ['gzip,', ',gzip', ' gzip , , identity'])
    assert.deepEqual(open(zlib.gzipSync(text), header), text);
  assert.deepEqual(open(text, ','), text);
});

test('drops no name of a content-encoding, however many are identity', () => {
  const packed = zlib.gzipSync(text);
  assert.deepEqual(open(packed, 'identity, identity, identity, gzip'), text);
  assert.deepEqual(open(packed, 'gzip, identity, identity, identity'), text);
  failsWith('UNKNOWN_CODEC', () => open(packed, 'gzip, base64, identity, gzip'));
  failsWith('UNKNOWN_CODEC', () => open(packed, `${'identity, '.repeat(8)}gzip`));
  failsWith('UNKNOWN_CODEC', () => open(packed, ','.repeat(1_000_000)));
});

test('passes over the line ends in base64, and over nothing else', () => {
  const lines = text.toString('base64').replace(/.{76}/g, '$&\r\n');
  assert.deepEqual(open(Buffer.from(lines), 'base64'), text);
  assert.deepEqual(open(Buffer.from(`${text.toString('base64')}\n`), 'base64'), text);
  failsWith('CORRUPT', () => open(Buffer.from('eyJh Ijox\n'), 'base64'));
  failsWith('CORRUPT', () => open(Buffer.from('eyJhI\n'), 'base64'));
});

test('takes the names of no packing for none, and names in quotes as they are', () => {
  const packed = zlib.gzipSync(text);
  for (const name of ['identity', 'none', 'binary', '8bit', 'utf-8', 'UTF8', 'us-ascii', '"utf-8"', "'none'"])
    assert.equal(open(packed, name).length, packed.length, name);
  for (const name of ['"gzip"', " 'gzip' ", '"gzip", utf-8', '"gzip, identity"'])
    assert.deepEqual(open(packed, name), text, name);
  for (const name of ['"', '""gzip', 'gzip"', '"rar"']) failsWith('UNKNOWN_CODEC', () => open(packed, name));
});

test('opens by the header alone what may start with any bytes', () => {
  const packed = zlib.gzipSync(text);
  const options = { allowed: 'header', maxBytes: 1_048_576, scratch } as const;
  assert.equal(decompress(packed, options), packed);
  assert.deepEqual(decompress(packed, { ...options, contentEncoding: 'gzip' }), text);
  assert.equal(decompressedSize(packed, options), packed.length);
});

test('opens a size and a block by the name of their own, and by that of the family', () => {
  const block = pack('lz4-block', text);
  for (const name of ['lz4', 'lz4-block', 'lz4-sized']) assert.deepEqual(open(block, name), text, name);
  assert.deepEqual(open(block, 'lz4', ['lz4-block']), text);
  failsWith('CODEC_NOT_ALLOWED', () => open(block, 'lz4', ['lz4', 'lz4-java']));
  for (const short of ['', '04', '04224d'])
    failsWith('TRUNCATED', () => open(Buffer.from(short, 'hex'), 'lz4'));
});
