import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { CodecError } from '../../../../lib/codec/codec.ts';
import { lz4Frame } from '../../../../lib/codec/lz4/frame.ts';
import { createScratch } from '../../../../lib/codec/scratch.ts';
import { xxhash32 } from '../../../../lib/codec/lz4/xxhash32.ts';

const maxBytes = 1_048_576;
const text = Buffer.from(JSON.stringify(Array.from({ length: 9000 }, (_, id) => ({ id }))));
const checked = compressFrameSync(text, { contentChecksum: true, blockChecksums: true });

function open(bytes: Buffer, limit = maxBytes): Buffer {
  return lz4Frame.decompress(bytes, { maxBytes: limit, scratch: createScratch() });
}

function codeOf(bytes: Buffer, limit = maxBytes): string {
  try {
    return `opened ${open(bytes, limit).length} bytes`;
  } catch (error) {
    return error instanceof CodecError ? error.code : String(error);
  }
}

/** A frame header with a right checksum: flags, block size byte, then what else belongs to it. */
function toHeader(flags: number, size: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const descriptor = Buffer.concat([Buffer.from([flags, size]), rest]);
  const check = (xxhash32(descriptor) >>> 8) & 0xff;
  return Buffer.concat([Buffer.from('04224d18', 'hex'), descriptor, Buffer.from([check])]);
}

function toSize(bytes: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes));
  return size;
}

function toStored(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length + 0x80000000);
  return Buffer.concat([size, bytes]);
}

const end = Buffer.alloc(4);
const independent = 0x60;
const withSize = 0x68;
const blocks64k = 0x40;

test('agrees with lz4-napi on a frame with checksums', () => {
  assert.deepEqual(open(checked), decompressFrameSync(checked));
});

test('notices a flipped bit anywhere in a frame with checksums', () => {
  for (let at = 0; at < checked.length; at += 13) {
    const broken = Buffer.from(checked);
    broken[at]! ^= 4;
    assert.match(codeOf(broken), /^(TRUNCATED|CORRUPT|CHECKSUM|TOO_LARGE)$/, `byte ${at}`);
  }
});

test('refuses a frame cut at the end of a block', () => {
  const plain = compressFrameSync(text);
  const firstBlock = 7 + 4 + plain.readUInt32LE(7);
  assert.equal(codeOf(plain.subarray(0, firstBlock)), 'TRUNCATED');
  assert.equal(codeOf(plain.subarray(0, plain.length - 4)), 'TRUNCATED');
  assert.equal(codeOf(plain.subarray(0, 7)), 'TRUNCATED');
});

test('holds a frame to the content size that it declares, and checks that first', () => {
  const body = Buffer.concat([toStored(Buffer.from('0123456789')), end]);
  const frame = (bytes: number): Buffer =>
    Buffer.concat([toHeader(withSize, blocks64k, toSize(bytes)), body]);
  assert.equal(codeOf(frame(10)), 'opened 10 bytes');
  assert.equal(codeOf(frame(9)), 'CORRUPT');
  assert.equal(codeOf(frame(11)), 'CORRUPT');
  assert.equal(codeOf(frame(maxBytes + 1)), 'TOO_LARGE');
  assert.equal(codeOf(frame(2 ** 52)), 'TOO_LARGE');
});

test('refuses a version, reserved bits or a dictionary in the header', () => {
  assert.equal(codeOf(Buffer.concat([toHeader(independent, blocks64k), end])), 'opened 0 bytes');
  for (const [flags, size] of [
    [0xa0, 0x40],
    [0x62, 0x40],
    [0x60, 0xc0],
    [0x60, 0x41],
    [0x60, 0x30],
  ] as const) {
    assert.equal(codeOf(Buffer.concat([toHeader(flags, size), end])), 'CORRUPT', `${flags} ${size}`);
  }
  assert.equal(codeOf(Buffer.concat([toHeader(0x61, 0x40, Buffer.alloc(4)), end])), 'NEEDS_DICTIONARY');
  const wrong = toHeader(independent, blocks64k);
  wrong[6]! ^= 1;
  assert.equal(codeOf(Buffer.concat([wrong, end])), 'CHECKSUM');
});

test('refuses a block that is longer than its frame allows', () => {
  const header = toHeader(independent, blocks64k);
  assert.equal(codeOf(Buffer.concat([header, toStored(Buffer.alloc(65_536)), end])), 'opened 65536 bytes');
  assert.equal(codeOf(Buffer.concat([header, toStored(Buffer.alloc(65_537)), end])), 'CORRUPT');
});

test('refuses a match that reaches before an independent block, and allows it in a linked one', () => {
  // Token: no literals, a match of 4 at distance 10; then one literal as the end.
  const block = Buffer.from([5, 0, 0, 0, 0x00, 10, 0, 0x10, 0x21]);
  const body = Buffer.concat([toStored(Buffer.from('0123456789')), block, end]);
  assert.equal(codeOf(Buffer.concat([toHeader(independent, blocks64k), body])), 'CORRUPT');
  assert.equal(open(Buffer.concat([toHeader(0x40, blocks64k), body])).toString(), '01234567890123!');
});

test('keeps a second frame from reaching into the first', () => {
  const first = Buffer.concat([toHeader(independent, blocks64k), toStored(Buffer.from('0123456789')), end]);
  const block = Buffer.from([5, 0, 0, 0, 0x00, 10, 0, 0x10, 0x21]);
  assert.equal(codeOf(Buffer.concat([first, toHeader(0x40, blocks64k), block, end])), 'CORRUPT');
});

test('opens as many linked blocks as there are, unless they are all but empty', () => {
  const [start, header] = [toStored(Buffer.alloc(65_536, 'a')), toHeader(0x40, blocks64k)];
  const eight = Buffer.from([9, 0, 0, 0, 0x80, ...Buffer.from('abcdefgh')]);
  const many = Array.from({ length: 20_000 }, () => eight);
  assert.equal(open(Buffer.concat([header, start, ...many, end])).length, 65_536 + 160_000);
  const none = Buffer.from([1, 0, 0, 0, 0]); // a token that says: nothing
  const empties = Array.from({ length: 1024 + 65_536 / 8 }, () => none);
  assert.equal(open(Buffer.concat([header, start, ...empties, end])).length, 65_536);
  assert.equal(codeOf(Buffer.concat([header, start, ...empties, none, end])), 'CORRUPT');
});

test('takes no more memory than the limit and a step, whatever block size a small frame declares', () => {
  const scratch = createScratch();
  const frame = Buffer.concat([toHeader(independent, 0x70), toStored(Buffer.from('small')), end]);
  assert.equal(lz4Frame.decompress(frame, { maxBytes, scratch }).toString(), 'small');
  assert.equal(scratch.capacity, 65_536);
});

test('opens the empty and skippable frames around a value', () => {
  const skippable = Buffer.from('5a2a4d1802000000ffff', 'hex');
  const small = readFileSync(new URL('../../../vectors/small-cli.lz4', import.meta.url));
  const empty = Buffer.concat([toHeader(independent, blocks64k), end]);
  assert.deepEqual(open(Buffer.concat([skippable, empty, small, empty, skippable])), open(small));
  assert.equal(codeOf(Buffer.concat([small, skippable.subarray(0, 9)])), 'TRUNCATED');
  assert.equal(codeOf(Buffer.concat([small, Buffer.from('garbage')])), 'TRAILING_BYTES');
});

test('knows the checksum of published examples', () => {
  assert.equal(xxhash32(Buffer.alloc(0)), 0x02cc5d05);
  assert.equal(xxhash32(Buffer.from('a')), 0x550d7456);
  assert.equal(xxhash32(Buffer.from('abc')), 0x32d153ff);
});
