import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CodecError } from '../../../../lib/codec/codec.ts';
import { decompressNative, type NativeCodec } from '../../../../lib/codec/zlib/native.ts';
import { classify } from '../../../../lib/runtime/outcome/classify.ts';

const gzip: NativeCodec = { codec: 'gzip', decompress: gunzipSync, maxRatio: 1032 };
const limits = { maxBytes: 1000, expectedBytes: undefined };

/** What the codec makes of an error that node:zlib cannot be brought to on demand. */
function errorFrom(thrown: Error): unknown {
  const decompress = (): never => {
    throw thrown;
  };
  try {
    decompressNative(Buffer.alloc(10), { ...gzip, decompress }, limits);
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'expected an error' });
}

test('leaves a record for another delivery when memory is short, which is not its fault', () => {
  const shortages = [
    new RangeError('Array buffer allocation failed'),
    Object.assign(new Error('insufficient memory'), { code: 'Z_MEM_ERROR' }),
    Object.assign(new Error('Allocation error'), { code: 'ZSTD_error_memory_allocation' }),
    Object.assign(new Error('Decompression failed'), { code: 'ERR__ERROR_ALLOC_RING_BUFFER_1' }),
    Object.assign(new Error('Initialization failed'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' }),
  ];
  for (const shortage of shortages) {
    assert.equal(errorFrom(shortage), shortage);
    assert.equal(classify(errorFrom(shortage)), 'retry');
  }
});

test('never takes a mistake of ours for the fault of the bytes', () => {
  const mistakes = [
    new TypeError('Cannot read properties of undefined'),
    Object.assign(new TypeError('The "options.chunkSize" property must be ...'), {
      code: 'ERR_INVALID_ARG_TYPE',
    }),
    Object.assign(new RangeError('The value of "options.chunkSize" is out of range'), {
      code: 'ERR_OUT_OF_RANGE',
    }),
    Object.assign(new Error('stream error'), { code: 'Z_STREAM_ERROR' }),
  ];
  for (const mistake of mistakes) assert.equal(errorFrom(mistake), mistake);
  assert.throws(
    () => decompressNative({ length: 3 } as Buffer, gzip, limits),
    (error) => error instanceof TypeError && classify(error) === 'retry',
  );
});

test('dead-letters what is at fault itself, an output beyond the limit included', () => {
  const corrupt = errorFrom(Object.assign(new Error('invalid block type'), { code: 'Z_DATA_ERROR' }));
  assert.ok(corrupt instanceof CodecError && corrupt.code === 'CORRUPT');
  const packed = gzipSync(Buffer.alloc(1001));
  assert.throws(
    () => decompressNative(packed, gzip, limits),
    (error) => error instanceof CodecError && error.code === 'TOO_LARGE' && classify(error) === 'dead-letter',
  );
});
