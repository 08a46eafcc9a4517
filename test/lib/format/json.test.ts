// JSON is UTF-8 (RFC 8259, 8.1): bytes that are not would otherwise be replaced in silence, and the value be another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { FormatError } from '../../../lib/format/format-error.ts';
import { json } from '../../../lib/format/json.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource(1024);

test('gives back whatever was written as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      // JavaScript writes doubles beyond 2^53 as integers.
      assert.deepEqual(json({ integers: 'rounded' }).decode(Buffer.from(text), source), JSON.parse(text));
    }),
  );
});

test('gives a value or a FormatError for any cut or changed text, and quotes nothing', () => {
  const whole = Buffer.from('{"secret":["ä",-1.5e-7,"\\u0041",null]}');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, isCut) => {
      const bytes = Buffer.from(isCut ? whole.subarray(0, at) : whole);
      if (!isCut) bytes[at] = byte;
      try {
        json().decode(bytes, source);
      } catch (error) {
        assert.ok(error instanceof FormatError);
        assert.equal(error.code, 'INVALID_JSON');
        assert.ok(!error.message.includes('secret'));
      }
    }),
  );
});

test('refuses JSON whose text is not UTF-8, and quotes nothing of it', () => {
  const bytes = Buffer.from('{"secret":"?"}');
  bytes[11] = 0xff;
  assert.throws(
    () => json().decode(bytes, source),
    (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'INVALID_JSON');
      return !error.message.includes('secret');
    },
  );
});

test('takes JSON with characters of two, three and four bytes', () => {
  assert.deepEqual(json().decode(Buffer.from('["ä","☕","🙂"]'), source), ['ä', '☕', '🙂']);
});

test('makes the same of a text as of its bytes, and says the same of what does not parse', () => {
  const format = json();
  const said = (run: () => unknown): unknown => {
    try {
      return { value: run() };
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const text of ['{"a":[1,"ä"]}', '{"a":"☕', '', '\ufeff{}']) {
    const ofText = said(() => format.decodeText?.(text, source));
    assert.deepEqual(
      ofText,
      said(() => format.decode(Buffer.from(text), source)),
    );
  }
});
