// Text is what was written, or refused: never another text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { FormatError } from '../../../lib/format/format-error.ts';
import { text } from '../../../lib/format/text.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource(1024);

test('gives back whatever text was written, the empty one included', () => {
  assert.equal(text().decode(Buffer.alloc(0), source), '');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (written) => {
      assert.equal(text().decode(Buffer.from(written), source), written);
    }),
  );
});

test('gives any bytes back as text that stands for them, or refuses them', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ unit: 'binary' }).map((written) => Buffer.from(written)),
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      let read: unknown;
      try {
        read = text().decode(Buffer.from(bytes), source);
      } catch (error) {
        assert.ok(error instanceof FormatError);
        assert.equal(error.code, 'INVALID_TEXT');
        return;
      }
      assert.deepEqual(Buffer.from(read as string), Buffer.from(bytes));
    }),
  );
});
