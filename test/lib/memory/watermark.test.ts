import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createWatermark, type Demand, type Watermark } from '../../../lib/memory/watermark.ts';

const mb = 1_048_576;

/** What an event of so many MB asks for. */
const demand = (arrivingMb: number): Demand => ({
  arrivingBytes: arrivingMb * mb,
  stayingBytes: 0,
  neededBytes: 0,
  remainingMs: 60_000,
});

interface Process {
  residentMb: number;
  trackedMb: number;
}

/** A watermark over a process whose memory is two numbers; collections set the resident one. */
function over(
  process: Process,
  collections: { readonly majorMb?: number; readonly thoroughMb?: number; readonly ran?: string[] } = {},
  limitMb = 128,
): Watermark {
  const { majorMb, thoroughMb, ran } = collections;
  return createWatermark({
    limitBytes: limitMb * mb,
    endsWhenFull: true,
    residentBytes: () => process.residentMb * mb,
    trackedBytes: () => process.trackedMb * mb,
    collector: {
      major() {
        ran?.push('major');
        process.residentMb = majorMb ?? process.residentMb;
      },
      thorough() {
        ran?.push('thorough');
        process.residentMb = thoroughMb ?? process.residentMb;
      },
    },
  });
}

describe('the mark', () => {
  for (const [limitMb, markMb] of [
    [128, 108],
    [256, 224],
    [512, 448],
    [10_240, 10_176],
  ] as const) {
    test(`of ${limitMb} MB is at ${markMb} MB`, () => {
      const process = { residentMb: markMb - 4, trackedMb: 20 };
      const watermark = over(process, {}, limitMb);
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
    const process = { residentMb: 60, trackedMb: 20 };
    const watermark = over(process);
    watermark.begin();
    Object.assign(process, { residentMb: 112, trackedMb: 70 });
    assert.equal(watermark.hasRoom(0), false);
    process.trackedMb = 20;
    assert.equal(watermark.hasRoom(6 * mb), true, '50 MB are free for use');
    assert.equal(watermark.hasRoom(7 * mb), false, 'which is not trusted to more than half way to the limit');
    process.trackedMb = 70;
    assert.equal(watermark.hasRoom(0), false, 'they are in use again');
  });

  test('lets a process go on that begins an invocation beyond it, while its resident memory stays', () => {
    const process = { residentMb: 60, trackedMb: 70 };
    const watermark = over(process);
    watermark.begin().end(demand(0));
    process.residentMb = 123;
    watermark.begin();
    assert.equal(watermark.hasRoom(0), false);
    process.trackedMb = 40;
    assert.equal(watermark.hasRoom(mb), true);
    process.residentMb = 126;
    assert.equal(watermark.hasRoom(0), false);
  });
});

describe('making room', () => {
  test('collects thoroughly only where a full collection does not help', () => {
    const ran: string[] = [];
    const process = { residentMb: 120, trackedMb: 60 };
    assert.equal(over(process, { majorMb: 70, ran }).makeRoom(4 * mb, 'thorough'), true);
    assert.deepEqual(ran, ['major']);
    process.residentMb = 120;
    assert.equal(over(process, { thoroughMb: 70, ran }).makeRoom(4 * mb, 'thorough'), true);
    assert.deepEqual(ran, ['major', 'major', 'thorough']);
  });

  test('collects thoroughly once in an invocation, where it is asked to and more is resident than the last one left', () => {
    const ran: string[] = [];
    const process = { residentMb: 120, trackedMb: 60 };
    const watermark = over(process, { ran });
    for (const effort of ['major', 'thorough', 'thorough'] as const)
      assert.equal(watermark.makeRoom(0, effort), false);
    assert.deepEqual(ran, ['major', 'major', 'thorough', 'major']);
    process.residentMb = 122;
    watermark.makeRoom(0, 'thorough');
    assert.equal(ran.at(-1), 'major');
    // More than the last one left by a quarter of the margin, yet in the same invocation.
    process.residentMb = 127;
    watermark.makeRoom(0, 'thorough');
    assert.equal(ran.at(-1), 'major');
    process.residentMb = 122;
    watermark.begin();
    process.residentMb = 126;
    watermark.makeRoom(0, 'thorough');
    assert.equal(ran.at(-1), 'thorough');
  });

  test('has failed when it wins no more than the next record takes', () => {
    const watermark = over({ residentMb: 120, trackedMb: 60 }, { majorMb: 104 });
    assert.equal(watermark.makeRoom(4 * mb, 'major'), false);
    assert.equal(watermark.hasRoom(4 * mb), true, 'the mark alone would do');
  });

  test('ends an invocation with a collection only where the next event and some to spare would not fit', () => {
    const ran: string[] = [];
    const watermark = over({ residentMb: 92, trackedMb: 60 }, { majorMb: 80, ran });
    watermark.begin().end(demand(11));
    assert.deepEqual(ran, []);
    watermark.begin().end(demand(12));
    assert.deepEqual(ran, ['major']);
  });

  test('ends no invocation with a collection when its deadline is near', () => {
    const ran: string[] = [];
    const process = { residentMb: 60, trackedMb: 60 };
    const watermark = over(process, { ran });
    const [first, second] = [watermark.begin(), watermark.begin()];
    first.end();
    process.residentMb = 120;
    second.end({ ...demand(0), remainingMs: 999 });
    assert.deepEqual(ran, []);
    watermark.begin().end({ ...demand(0), remainingMs: 1000 });
    assert.deepEqual(ran, ['major', 'thorough']);
  });
});

/** Ends so many invocations of a process whose memory changes before each. */
function endAll(
  watermark: Watermark,
  process: Process,
  memory: readonly (readonly [number, number])[],
): void {
  for (const [residentMb, trackedMb] of memory) {
    Object.assign(process, { residentMb, trackedMb });
    watermark.begin().end(demand(0));
  }
}

describe('what stays alive', () => {
  const twenty = Array.from({ length: 20 }, () => [70, 20] as const);

  test('above the mark moves the mark up, so that what fits still starts, until there is room again', () => {
    const process = { residentMb: 70, trackedMb: 20 };
    const watermark = over(process, { thoroughMb: 110 });
    endAll(watermark, process, [...twenty, [112, 62]]);
    assert.deepEqual([watermark.fullness, watermark.markBytes], ['tight', 123 * mb]);
    assert.equal(watermark.hasRoom(13 * mb), true);
    assert.equal(over(process, {}).fullness, 'roomy');
    endAll(watermark, process, [[80, 30]]);
    assert.equal(watermark.fullness, 'tight', 'nothing was looked at');
    const roomy = over(process, { majorMb: 80, thoroughMb: 110 });
    endAll(roomy, process, [...twenty, [112, 62], [116, 30]]);
    assert.equal(roomy.fullness, 'roomy');
  });

  test('and grows on is full', () => {
    const process = { residentMb: 70, trackedMb: 20 };
    const watermark = over(process);
    endAll(watermark, process, [...twenty, [109, 60], [112, 62]]);
    assert.equal(watermark.fullness, 'tight');
    endAll(watermark, process, [[115, 63]]);
    assert.equal(watermark.fullness, 'full');
  });

  test('with the event and a record that was declined decides as well', () => {
    const process = { residentMb: 96, trackedMb: 60 };
    const watermark = over(process);
    watermark.begin().end({ arrivingBytes: 0, stayingBytes: 2 * mb, neededBytes: 9 * mb, remainingMs: 9000 });
    assert.equal(watermark.fullness, 'tight');
  });

  test('in a fresh environment says that the memory size is too small, from its start', () => {
    const process = { residentMb: 120, trackedMb: 70 };
    const watermark = over(process);
    watermark.begin();
    assert.deepEqual([watermark.fullness, watermark.markBytes], ['too-small', 128 * mb]);
    assert.equal(watermark.hasRoom(8 * mb), true);
  });
});

describe('several invocations at once', () => {
  test('have a peak each: the highest reading since it began', () => {
    const process = { residentMb: 90, trackedMb: 20 };
    const watermark = over(process);
    const first = watermark.begin();
    process.residentMb = 95;
    watermark.hasRoom(0);
    process.residentMb = 80;
    const second = watermark.begin();
    assert.deepEqual([first.peakBytes, second.peakBytes], [95 * mb, 80 * mb]);
    process.residentMb = 97;
    watermark.hasRoom(0);
    first.end();
    process.residentMb = 99;
    watermark.hasRoom(0);
    assert.deepEqual([first.peakBytes, second.peakBytes], [97 * mb, 99 * mb]);
  });

  test('know whether they are alone, and count once each', () => {
    const watermark = over({ residentMb: 60, trackedMb: 20 });
    const first = watermark.begin();
    assert.equal(first.isAlone, true);
    const second = watermark.begin();
    assert.deepEqual([first.isAlone, second.isAlone, watermark.invocations], [false, false, 0]);
    first.end();
    first.end();
    assert.deepEqual([second.isAlone, watermark.invocations], [true, 1]);
  });

  test('are judged by what is alive once the last of them has ended', () => {
    const ran: string[] = [];
    const process = { residentMb: 60, trackedMb: 60 };
    const watermark = over(process, { ran });
    const [first, second] = [watermark.begin(), watermark.begin()];
    process.residentMb = 120;
    first.end(demand(0));
    assert.deepEqual(ran, []);
    second.end(demand(0));
    assert.deepEqual(ran, ['major', 'thorough']);
  });

  test('hold no record back for what was there before it, whoever has brought it there', () => {
    const process = { residentMb: 60, trackedMb: 20 };
    const watermark = over(process);
    const first = watermark.begin();
    process.residentMb = 112;
    assert.equal(watermark.hasLastRoom(mb), false, 'its end would give it back');
    const second = watermark.begin();
    assert.equal(watermark.hasLastRoom(11 * mb), true);
    assert.equal(watermark.hasLastRoom(12 * mb), false);
    second.end();
    first.end();
  });
});
