import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createResidentReader } from '../../../lib/memory/rss.ts';

test('gives what Node says of resident memory, before and after it has grown', () => {
  const read = createResidentReader();
  const isClose = (bytes: number): boolean => Math.abs(bytes - process.memoryUsage.rss()) < 4_194_304;
  const before = read();
  assert.ok(isClose(before), `${before} against ${process.memoryUsage.rss()}`);
  const grown = Buffer.alloc(67_108_864, 1);
  const after = read();
  assert.ok(isClose(after), `${after} against ${process.memoryUsage.rss()}`);
  assert.ok(after - before > 60_000_000, `${after - before} for ${grown.length}`);
});
