import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { judgeTrend, medianSlope, rises, type Point } from '../../../lib/retention/trend.ts';
import { createRandom } from '../../../tools/traffic/random.ts';

const series = (count: number, bytesAt: (invocation: number) => number): Point[] =>
  Array.from({ length: count }, (_, i) => ({ invocation: i * 10, bytes: bytesAt(i * 10) }));
const judge = (points: readonly Point[]): string => judgeTrend(points, 1, 0.95).kind;

describe('the slope', () => {
  test('is exact on a line, and is not moved by a fifth of the points', () => {
    const line = series(20, (at) => 500 + 3 * at);
    assert.equal(medianSlope(line), 3);
    const spoilt = line.map((point, i) => (i % 5 === 0 ? { ...point, bytes: point.bytes + 1e6 } : point));
    assert.ok(Math.abs(medianSlope(spoilt) - 3) < 1);
  });

  test('of one point, or none, is 0', () => {
    assert.equal(medianSlope(series(1, () => 7)), 0);
    assert.equal(medianSlope([]), 0);
  });

  test('lies in its 95 % interval, which is narrow on a line and wide in noise', () => {
    const noise = createRandom(5);
    const line = judgeTrend(
      series(20, (at) => 3 * at),
      1,
      0.95,
    );
    const noisy = judgeTrend(
      series(20, (at) => 3 * at + noise.below(400)),
      1,
      0.95,
    );
    assert.deepEqual(line.range, [3, 3]);
    assert.ok(noisy.range[0] < noisy.slope && noisy.slope < noisy.range[1]);
    assert.ok(noisy.range[0] < 3 && noisy.range[1] > 3);
  });
});

describe('the probability of a rise', () => {
  test('is near 1 where all points rise, near 0 where all fall, and a half where nothing is known', () => {
    assert.ok(
      rises(
        series(8, (at) => at),
        0,
      ) > 0.999,
    );
    assert.ok(
      rises(
        series(8, (at) => -at),
        0,
      ) < 0.001,
    );
    assert.ok(
      Math.abs(
        rises(
          series(8, () => 7),
          0,
        ) - 0.5,
      ) < 1e-6,
    );
    assert.equal(
      rises(
        series(2, (at) => at),
        0,
      ),
      0.5,
    );
  });

  test("is Kendall's: four rising points are sure by 95 %, three are not", () => {
    assert.ok(
      rises(
        series(4, (at) => at),
        0,
      ) > 0.95,
    );
    assert.ok(
      rises(
        series(3, (at) => at),
        0,
      ) < 0.95,
    );
  });

  test('is one of growth beyond the slope that is asked for', () => {
    const line = series(10, (at) => 3 * at);
    assert.ok(rises(line, 2.9) > 0.999);
    assert.ok(rises(line, 3.1) < 0.001);
  });

  test('is over 95 % in one of 20 series of noise, not more', () => {
    const random = createRandom(7);
    const noise = Array.from({ length: 2000 }, () =>
      rises(
        series(12, () => random.below(1_000_000)),
        0,
      ),
    );
    const sure = noise.filter((probability) => probability >= 0.95).length / noise.length;
    assert.ok(sure > 0.02 && sure < 0.06, String(sure));
  });
});

describe('a series', () => {
  test('that rises to its end is growing', () => assert.equal(judge(series(12, (at) => 5 * at)), 'growing'));
  test('that does not is flat', () => assert.equal(judge(series(12, () => 100)), 'flat'));
  test('that rises by less than counts is flat', () =>
    assert.equal(judge(series(12, (at) => 0.5 * at)), 'flat'));
  test('that has risen and stopped is levelling', () =>
    assert.equal(judge(series(16, (at) => 5 * Math.min(at, 60))), 'levelling'));
  test('that slows down to a stop is levelling', () =>
    assert.equal(judge(series(16, (at) => 5000 * (1 - Math.exp(-at / 60)))), 'levelling'));
  test('that was flat before is growing', () =>
    assert.equal(judge(series(16, (at) => 5 * Math.max(0, at - 70))), 'growing'));
  test('that grows beside what a start leaves behind is growing', () =>
    assert.equal(judge(series(16, (at) => 5 * at + (at < 20 ? 0 : 300))), 'growing'));
});
