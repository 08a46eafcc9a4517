import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from '../../../../lib/codec/snappy/crc32c.ts';

test('knows the checksums of RFC 3720, B.4', () => {
  const ascending = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  assert.equal(crc32c(Buffer.alloc(32), 0, 32), 0x8a9136aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff), 0, 32), 0x62a8ab43);
  assert.equal(crc32c(ascending, 0, 32), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('x123456789'), 1, 10), 0xe3069283);
});
