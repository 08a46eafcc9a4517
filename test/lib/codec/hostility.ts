// What every codec owes to hostile bytes: a CodecError or a result inside the limit, and no byte written past it. Shared
// by the property tests and the fuzz targets.

import assert from 'node:assert/strict';
import type { Codec } from '../../../lib/codec/codec.ts';
import { CodecError } from '../../../lib/codec/codec.ts';
import { decompress, decompressedSize } from '../../../lib/codec/decompress.ts';
import type { Scratch } from '../../../lib/codec/scratch.ts';

const canary = 0xa5;
const canaryBytes = 64;

/** A scratch of exactly `maxBytes`, with bytes behind it that nobody may touch. */
function createGuardedScratch(maxBytes: number): Scratch & { isIntact(): boolean } {
  const area = Buffer.alloc(maxBytes + canaryBytes, canary);
  return {
    capacity: maxBytes,
    reserve(bytes) {
      assert.ok(bytes <= maxBytes, `${bytes} bytes were asked for under a limit of ${maxBytes}`);
      return area.subarray(0, maxBytes);
    },
    shrink() {},
    get between() {
      return createGuardedScratch(maxBytes);
    },
    isIntact: () => area.subarray(maxBytes).every((byte) => byte === canary),
  };
}

/** Opens bytes as `codec`: a copy of the result, or the typed error; anything else fails the test. */
export function open(codec: Codec, bytes: Buffer, maxBytes: number): Buffer | CodecError {
  const scratch = createGuardedScratch(maxBytes);
  // `deflate` in a header stands for zlib, too, where the bytes look like it.
  const contentEncoding = codec === 'deflate' ? 'deflate-raw' : codec;
  const options = { allowed: [codec], contentEncoding, maxBytes, scratch };
  const before = Buffer.from(bytes);
  let result: Buffer | CodecError;
  try {
    const view = decompress(bytes, options);
    assert.ok(view.length <= maxBytes, `${view.length} bytes came out under a limit of ${maxBytes}`);
    const bound = decompressedSize(bytes, options);
    assert.ok(bound >= view.length, `${bound} bytes were budgeted for ${view.length}`);
    result = Buffer.from(view);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const bound = decompressedSize(bytes, options);
    assert.ok(bound >= 0 && bound <= maxBytes, `${bound} bytes were budgeted under a limit of ${maxBytes}`);
    result = error;
  }
  assert.ok(scratch.isIntact(), 'bytes past the limit were written');
  assert.ok(before.equals(bytes), 'the input was changed');
  return result;
}
