import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createCompiledCode } from '../../../lib/retention/compiled-code.ts';

test('code that was there at the first count is none that was compiled meanwhile', () => {
  let bytes = 700_000;
  const code = createCompiledCode(() => bytes);
  assert.equal(code.bytes, 0);
  code.count();
  assert.equal(code.bytes, 0);
  bytes += 30_000;
  assert.equal(code.bytes, 0, 'as of the last count');
  code.count();
  assert.equal(code.bytes, 30_000);
  bytes = 100_000;
  code.count();
  assert.equal(code.bytes, 0, 'dropped code is no growth below nothing');
});

test('there is an end to what does not count, because functions that are made anew are a leak', () => {
  let bytes = 0;
  const code = createCompiledCode(() => bytes);
  code.count();
  bytes = 100_000_000;
  code.count();
  assert.equal(code.bytes, 512_000);
});
