import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../support/property.ts';
import {
  findRoomy,
  findSmallest,
  largestMb,
  roundUp,
  smallestMb,
  stepMb,
  toLadder,
} from '../../../../tools/tune/sweep/sizes.ts';

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

test('goes up from the smallest size to the first whose peak leaves headroom', async () => {
  const roomy = async (from: number, peakAt: (size: number) => number): Promise<readonly number[]> => {
    const tried: number[] = [];
    const found = await findRoomy(from, 0.85, async (size) => {
      tried.push(size);
      return peakAt(size);
    });
    return [...tried, found ?? Number.NaN];
  };
  // 85 % of 256 MB are 217.6; of the smallest size no more than 80 %, 204.8, count.
  assert.deepEqual(await roomy(256, () => 204), [256, 256]);
  assert.deepEqual(await roomy(256, () => 205), [256, 320, 320]);
  assert.deepEqual(await roomy(192, (size) => (size === 192 ? 190 : 217)), [192, 256, 256]);
  assert.deepEqual(await roomy(192, (size) => (size === 192 ? 190 : 218)), [192, 256, 320, 320]);
  // A peak of 1,000 MB needs 1,177: nothing in between is tried.
  assert.deepEqual(await roomy(512, (size) => Math.min(size, 1000)), [512, 640, 768, 960, 1152, 1216, 1216]);
  assert.deepEqual(await roomy(largestMb, (size) => size), [largestMb, Number.NaN]);
});

test('measures at most four sizes, from the smallest to one vCPU, none near another', () => {
  assert.deepEqual(toLadder(128), [128, 192, 320, 1769]);
  assert.deepEqual(toLadder(640), [640, 960, 1769]);
  assert.deepEqual(toLadder(1728), [1728, 1769]);
  assert.deepEqual(toLadder(4096), [4096, 6144]);
  assert.deepEqual(toLadder(largestMb), [largestMb]);
  for (let size = smallestMb; size <= largestMb; size += stepMb) assert.ok(toLadder(size).length <= 4);
});
