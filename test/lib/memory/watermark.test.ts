import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createWatermark, type Watermark } from '../../../lib/memory/watermark.ts';

const mb = 1_048_576;

interface Process {
  residentMb: number;
  trackedMb: number;
}

/** A watermark over a process whose memory is two numbers; `collections` change them. */
function over(
  process: Process,
  collections: readonly ((process: Process) => void)[] = [],
  limitMb = 128,
): Watermark {
  return createWatermark({
    limitBytes: limitMb * mb,
    residentBytes: () => process.residentMb * mb,
    trackedBytes: () => process.trackedMb * mb,
    collections: collections.map((collect) => () => collect(process)),
  });
}

describe('the mark', () => {
  for (const [limitMb, markMb] of [
    [128, 112],
    [256, 224],
    [512, 448],
    [10_240, 10_176],
  ] as const) {
    test(`of ${limitMb} MB is at ${markMb} MB`, () => {
      const process = { residentMb: markMb - 4, trackedMb: 20 };
      const watermark = over(process, [], limitMb);
      assert.equal(watermark.markBytes, markMb * mb);
      assert.equal(watermark.hasRoom(4 * mb), true);
      assert.equal(watermark.hasRoom(4 * mb + 1), false);
    });
  }

  test('is never reached where the memory size is not known', () => {
    const watermark = createWatermark({ limitBytes: Infinity });
    assert.equal(watermark.hasRoom(2 ** 50), true);
  });

  test("is that of the function's memory size", () => {
    process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = '512';
    try {
      assert.equal(createWatermark().limitBytes, 512 * mb);
    } finally {
      delete process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
    }
    assert.equal(createWatermark().limitBytes, Infinity);
  });

  test('is not held against memory that was freed and stays resident', () => {
    const process = { residentMb: 120, trackedMb: 70 };
    const watermark = over(process);
    assert.equal(watermark.hasRoom(0), false);
    process.trackedMb = 20;
    assert.equal(watermark.hasRoom(40 * mb), true, '50 MB are free for use');
    process.residentMb = 126;
    process.trackedMb = 76;
    assert.equal(watermark.hasRoom(0), false, 'they are in use again');
  });
});

describe('making room', () => {
  test('stops at the first collection that helps', () => {
    const ran: string[] = [];
    const process = { residentMb: 120, trackedMb: 60 };
    const watermark = over(process, [
      () => ran.push('full'),
      (is) => {
        ran.push('thorough');
        is.residentMb = 70;
      },
      () => ran.push('never'),
    ]);
    assert.equal(
      watermark.makeRoom(4 * mb, () => ran.push('shrink')),
      true,
    );
    assert.deepEqual(ran, ['shrink', 'full', 'thorough']);
  });

  test('has failed when it wins no more than the next record takes', () => {
    const process = { residentMb: 120, trackedMb: 60 };
    const watermark = over(process, [(is) => (is.residentMb = 108)]);
    assert.equal(
      watermark.makeRoom(4 * mb, () => undefined),
      false,
    );
    assert.equal(watermark.hasRoom(4 * mb), true, 'the mark alone would do');
  });

  test('shrinks only, in a process without a collector', () => {
    const process = { residentMb: 120, trackedMb: 60 };
    let shrunk = 0;
    assert.equal(
      over(process).makeRoom(0, () => shrunk++),
      false,
    );
    assert.equal(shrunk, 1);
  });
});

test('the peak is that of the readings since it was restarted', () => {
  const process = { residentMb: 90, trackedMb: 20 };
  const watermark = over(process);
  watermark.restartPeak();
  process.residentMb = 95;
  watermark.hasRoom(0);
  process.residentMb = 80;
  watermark.hasRoom(0);
  assert.equal(watermark.peakBytes, 95 * mb);
  watermark.restartPeak();
  assert.equal(watermark.peakBytes, 80 * mb);
});
