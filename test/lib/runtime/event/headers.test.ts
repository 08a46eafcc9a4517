import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../support/property.ts';

import type { EventHeader } from '../../../../lib/runtime/event/event.ts';
import {
  contentEncoding,
  headerText,
  toHeaders,
  toJsonHeaders,
} from '../../../../lib/runtime/event/headers.ts';

const signed = (bytes: Uint8Array): number[] => [...new Int8Array(bytes)];
const list: readonly EventHeader[] = [
  { trace: signed(Buffer.from('ë1')) },
  { bin: [0, 127, -128, -1] },
  { trace: signed(Buffer.from('ë2')) },
  { constructor: [49] },
];
const headers = toHeaders(() => list);

describe('headers', () => {
  test('are in the order of the producer, with names that repeat', () => {
    assert.deepEqual(
      [...headers].map(([name]) => name),
      ['trace', 'bin', 'trace', 'constructor'],
    );
    assert.equal(headers.size, 4);
  });

  test('give the last value as text, and all as bytes of their own', () => {
    assert.deepEqual([headers.text('trace'), headers.text('none')], ['ë2', undefined]);
    assert.deepEqual(headers.all('trace').map(String), ['ë1', 'ë2']);
    const [bin] = headers.all('bin');
    assert.deepEqual(bin, Buffer.from([0, 127, 128, 255]));
    assert.equal(bin?.buffer.byteLength, 4);
    assert.deepEqual(headers.all('none'), []);
  });

  test('have no names but their own', () => {
    const none = toHeaders(() => [{ a: [1] }]);
    assert.deepEqual([none.text('toString'), none.all('__proto__')], [undefined, []]);
    assert.equal(headers.text('constructor'), '1');
  });

  test('are empty where the record has none', () => {
    for (const nothing of [undefined, null, []]) {
      const empty = toHeaders(() => nothing);
      assert.deepEqual([empty.size, empty.text('a'), empty.all('a'), [...empty]], [0, undefined, [], []]);
    }
  });

  test('give every byte back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const one = toHeaders(() => [{ h: signed(bytes) }]);
        assert.deepEqual(one.all('h'), [Buffer.from(bytes)]);
        assert.equal(headerText([{ h: signed(bytes) }], 'h'), Buffer.from(bytes).toString());
      }),
    );
  });

  test('stand in JSON as text, or as base64 that says so', () => {
    assert.deepEqual(toJsonHeaders(toHeaders(() => list.slice(0, 2))), [
      ['trace', 'ë1'],
      ['bin', 'AH+A/w==', 'base64'],
    ]);
  });
});

test('a content-encoding is found under its name in any case, the last one of several', () => {
  const encodingOf = (...entries: readonly (readonly [string, string])[]): string | undefined =>
    contentEncoding(entries.map(([name, value]) => ({ [name]: signed(Buffer.from(value)) })));
  assert.equal(encodingOf(['Content-Encoding', 'br']), 'br');
  assert.equal(encodingOf(['content-encoding', 'gzip'], ['other', 'x'], ['CONTENT-ENCODING', 'br']), 'br');
  assert.equal(encodingOf(['content-encoding', '']), '');
  assert.equal(encodingOf(['content-type', 'br'], ['content_encoding', 'br']), undefined);
  assert.deepEqual(
    [contentEncoding(undefined), contentEncoding(null), contentEncoding([])],
    [undefined, undefined, undefined],
  );
});
