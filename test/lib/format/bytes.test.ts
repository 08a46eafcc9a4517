// Bytes may be kept: they share no memory with the scratch they came from, nor with Node's pool.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import { bytes } from '../../../lib/format/bytes.ts';
import { createSource } from '../../support/format-source.ts';

const source = createSource(1024);

test('gives back any bytes, in memory that holds nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (written) => {
      const scratch = Buffer.from(written);
      const read = bytes().decode(scratch, source) as Buffer;
      scratch.fill(0xa5);
      assert.deepEqual(read, Buffer.from(written));
      assert.equal(read.buffer.byteLength, written.length);
    }),
  );
});
