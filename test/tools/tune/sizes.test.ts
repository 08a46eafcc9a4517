import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findSmallest, largestMb, roundUp, smallestMb, stepMb, toLadder } from '../../../tools/tune/sizes.ts';

test('finds the smallest size of the grid that survives, whatever it guesses first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: largestMb }),
      fc.integer({ min: 1, max: largestMb }),
      async (need, guess) => {
        const tried: number[] = [];
        const found = await findSmallest(guess, async (size) => {
          tried.push(size);
          return size >= need;
        });
        assert.equal(found, roundUp(need));
        assert.equal(new Set(tried).size, tried.length, 'tries no size twice');
        assert.ok(tried.every((size) => size % stepMb === 0 && size >= smallestMb && size <= largestMb));
      },
    ),
    { seed: 20, numRuns: 300 },
  );
});

test('finds nothing when the largest size does not survive', async () => {
  const tried: number[] = [];
  const found = await findSmallest(256, async (size) => {
    tried.push(size);
    return false;
  });
  assert.equal(found, undefined);
  assert.deepEqual(tried, [256, 512, 1024, 2048, 4096, 8192, 10_240]);
});

test('measures at most six sizes, from the smallest to one vCPU', () => {
  assert.deepEqual(toLadder(128), [128, 192, 256, 384, 1769]);
  assert.deepEqual(toLadder(640), [640, 832, 960, 1280, 1769]);
  assert.deepEqual(toLadder(4096), [4096, 5120, 6144]);
  assert.deepEqual(toLadder(largestMb), [largestMb]);
  for (let size = smallestMb; size <= largestMb; size += stepMb) assert.ok(toLadder(size).length <= 6);
});
