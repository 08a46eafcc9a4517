import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRanges } from '../../../tools/local/events.ts';

test('makes one range of what follows one another in one partition, and of nothing else', () => {
  const records = [
    [0, 5],
    [0, 6],
    [1, 7],
    [1, 8],
    [1, 8],
    [1, 6],
    [1, 9],
    [0, 7],
  ].map(([partition = -1, offset = -1]) => ({ partition, offset }));
  assert.deepEqual(
    toRanges(records).map(({ partition, from, to }) => [partition, from, to]),
    [
      [0, 5, 7],
      [1, 7, 9],
      [1, 8, 9],
      [1, 6, 7],
      [1, 9, 10],
      [0, 7, 8],
    ],
  );
  assert.deepEqual(toRanges([]), []);
});
