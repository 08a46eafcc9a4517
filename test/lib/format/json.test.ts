// JSON is UTF-8 (RFC 8259, 8.1): bytes that are not would otherwise be replaced in silence, and the value be another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json } from '../../../lib/format/json.ts';

const source = { topic: 'orders', part: 'value', maxBytes: 1024, schemaMetadata: undefined } as const;

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
