import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countBase64, countDigits, putBase64, putBytes, putNumber } from '../../../tools/local/ascii.ts';

const before = 3;
/** What `put` writes behind three other bytes, which it must leave alone, as everything behind its text. */
function written(put: (text: Buffer, at: number) => number): string {
  const text = Buffer.alloc(2000, '.');
  const end = put(text, before);
  assert.equal(text.toString('latin1', 0, before), '...');
  assert.match(text.toString('latin1', end), /^\.+$/);
  return text.toString('latin1', before, end);
}

test('writes whole numbers as JSON has them', () => {
  const edges = [0, 9, 10, 99_999_999, 100_000_000, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, -1, 2 ** 62];
  const value = fc.oneof(fc.constantFrom(...edges), fc.nat(), fc.maxSafeInteger());
  fc.assert(
    fc.property(value, (number) => {
      const text = written((to, at) => putNumber(to, at, number));
      assert.equal(text, String(number));
      assert.equal(countDigits(number), text.length);
    }),
  );
});

test('writes base64 of any length as Node does', () => {
  const range = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200));
  fc.assert(
    fc.property(range, ([array, one, other]) => {
      const bytes = Buffer.from(array);
      const [start = 0, end = 0] = [one, other]
        .map((index) => Math.min(index, bytes.length))
        .toSorted((a, b) => a - b);
      const piece = { bytes, start, end };
      const text = written((to, at) => putBase64(to, at, piece));
      assert.equal(text, bytes.toString('base64', start, end));
      assert.equal(countBase64(piece), text.length);
    }),
  );
});

test('copies bytes, few and many', () => {
  for (const length of [0, 1, 63, 64, 500])
    assert.equal(
      written((to, at) => putBytes(to, at, Buffer.alloc(length, 'x'))),
      'x'.repeat(length),
    );
});
