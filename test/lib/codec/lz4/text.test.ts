// The short way must give what the long one gives, or nothing: fast-check writes frames, and then breaks them.

import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import { compressFrameSync } from 'lz4-napi';
import { decompress } from '../../../../lib/codec/decompress.ts';
import { decompressLz4Text } from '../../../../lib/codec/lz4/text.ts';
import { createScratch } from '../../../../lib/codec/scratch.ts';
import { xxhash32 } from '../../../../lib/codec/lz4/xxhash32.ts';

const maxBytes = 1_048_576;

/** A frame of that text, with the flags and the size of its blocks as they come; nothing in it is linked. */
function toFrame(bytes: Buffer, isLinked = false): Buffer {
  const frame = compressFrameSync(bytes);
  if (!isLinked) return frame;
  frame[4]! &= ~0x20;
  frame[6] = (xxhash32(frame, 4, 6) >>> 8) & 0xff;
  return frame;
}

/** What the long way makes of it: a text, `binary`, or the code of its error. */
function openAtLength(bytes: Buffer, limit: number): { readonly text: string } | string {
  try {
    const options = { allowed: ['lz4'], maxBytes: limit, scratch: createScratch() } as const;
    const view = decompress(bytes, options);
    return isUtf8(view) ? { text: view.toString() } : 'binary';
  } catch (error) {
    return (error as Error & { readonly code: string }).code;
  }
}

const digit = { weight: 15, arbitrary: fc.constantFrom('0', '4', '9') };
const noDigit = { weight: 1, arbitrary: fc.constantFrom('/', ':', ' ', 'ï') };

const texts = fc.oneof(
  fc.array(fc.oneof(digit, noDigit), { maxLength: 80 }).map((characters) => characters.join('')),
  fc.string({ maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 900 }))
    .map(([part, times]) => part.repeat(times)),
);

test('reads the text of a frame, whatever its characters, and says what it took', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, isLinked) => {
      const bytes = Buffer.from(text);
      const packed = toFrame(bytes, isLinked && bytes.length <= 65_536);
      const found = decompressLz4Text(packed.toString('base64'), maxBytes);
      const [decodedBytes, decompressedBytes] = [packed.length, bytes.length];
      // Lone surrogates become the replacement character on the way to bytes.
      const hasLongDigits = /\d{16}/.test(text);
      assert.deepEqual(found, { text: bytes.toString(), hasLongDigits, decodedBytes, decompressedBytes });
    }),
  );
});

test('never opens what the long way refuses, and opens nothing differently', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
  fc.assert(
    fc.property(
      texts,
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.nat(2000),
      (text, changes, limit) => {
        let packed = toFrame(Buffer.from(text));
        for (const { at, byte, cut } of changes) {
          if (cut) packed = packed.subarray(0, 7 + (at % packed.length));
          else packed[at % packed.length] = byte;
        }
        const found = decompressLz4Text(packed.toString('base64'), limit);
        if (found !== undefined) assert.deepEqual({ text: found.text }, openAtLength(packed, limit));
      },
    ),
    { numRuns: 3000 },
  );
});

test('holds a value to its limit, to the byte', () => {
  const packed = toFrame(Buffer.alloc(5000, 'abcdefghijk')).toString('base64');
  assert.equal(decompressLz4Text(packed, 5000)?.decompressedBytes, 5000);
  assert.equal(decompressLz4Text(packed, 4999), undefined);
});

test('opens what fits the module, and leaves what does not', () => {
  const roomBytes = 4 * 65_536 - 64 - (64 + 65_536 + 64);
  const repeated = (length: number): Buffer => toFrame(Buffer.alloc(length, 'x'));
  assert.equal(
    decompressLz4Text(repeated(roomBytes).toString('base64'), maxBytes)?.text,
    'x'.repeat(roomBytes),
  );
  assert.equal(decompressLz4Text(repeated(roomBytes + 1).toString('base64'), maxBytes), undefined);
  const stored = (length: number): string => {
    const noise = Buffer.from(
      Array.from({ length }, (_, at) => 32 + (xxhash32(Buffer.from([at & 255, at >>> 8])) % 90)),
    );
    return toFrame(noise).toString('base64');
  };
  assert.ok(decompressLz4Text(stored(60_000), maxBytes));
  assert.equal(decompressLz4Text(stored(80_000), maxBytes), undefined);
});

test('checks the content against its checksum and its declared size', () => {
  const bytes = Buffer.from(JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id }))));
  const packed = compressFrameSync(bytes, { contentChecksum: true });
  assert.equal(decompressLz4Text(packed.toString('base64'), maxBytes)?.text, bytes.toString());
  packed[packed.length - 1]! ^= 1;
  assert.equal(decompressLz4Text(packed.toString('base64'), maxBytes), undefined);

  const plain = toFrame(bytes);
  const declare = (size: number): string => {
    const descriptor = Buffer.alloc(10);
    descriptor[0] = plain[4]! | 8;
    descriptor[1] = plain[5]!;
    descriptor.writeUInt32LE(size, 2);
    const check = Buffer.from([(xxhash32(descriptor) >>> 8) & 0xff]);
    return Buffer.concat([plain.subarray(0, 4), descriptor, check, plain.subarray(7)]).toString('base64');
  };
  assert.equal(decompressLz4Text(declare(bytes.length), maxBytes)?.text, bytes.toString());
  assert.equal(decompressLz4Text(declare(bytes.length + 1), maxBytes), undefined);
  assert.equal(decompressLz4Text(declare(bytes.length - 1), maxBytes), undefined);
});

test('leaves to the long way what is not one frame of UTF-8 and nothing else', () => {
  const frame = toFrame(Buffer.from('{"id":1}'));
  const skippable = Buffer.from('502a4d1801000000ff', 'hex');
  const others = [
    Buffer.from('{"id":1}'),
    Buffer.alloc(0),
    frame.subarray(0, frame.length - 1),
    Buffer.concat([frame, frame]),
    Buffer.concat([skippable, frame]),
    Buffer.concat([frame, skippable]),
    toFrame(Buffer.from('ff', 'hex')),
    toFrame(Buffer.from('c3', 'hex')),
    compressFrameSync(Buffer.from('{"id":1}'), { blockChecksums: true }),
  ];
  for (const other of others) assert.equal(decompressLz4Text(other.toString('base64'), maxBytes), undefined);
});

test('lets no block reach into the one before it', () => {
  const header = toFrame(Buffer.from('{}')).subarray(0, 7);
  // One literal, then eight bytes from as far back as the distance says, then five literals.
  const toBlock = (distance: number): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, 0x14, 0x78, distance, 0, 0x50]), Buffer.from('vwxyz')]);
  const first = Buffer.from('080000806162636465666768', 'hex');
  const toValue = (distance: number): string => {
    const block = toBlock(distance);
    block.writeUInt32LE(block.length - 4);
    return Buffer.concat([header, first, block, Buffer.alloc(4)]).toString('base64');
  };
  assert.equal(decompressLz4Text(toValue(1), maxBytes)?.text, 'abcdefghxxxxxxxxxvwxyz');
  assert.equal(decompressLz4Text(toValue(2), maxBytes), undefined);
});

test('does not take a header that is cut for the one before it', () => {
  const frame = toFrame(Buffer.from('{"id":1}'));
  for (let length = 0; length < frame.length; length++) {
    assert.ok(decompressLz4Text(frame.toString('base64'), maxBytes));
    assert.equal(decompressLz4Text(frame.subarray(0, length).toString('base64'), maxBytes), undefined);
  }
  const other = Buffer.from(frame);
  other[6]! ^= 1;
  assert.equal(decompressLz4Text(other.toString('base64'), maxBytes), undefined);
});
