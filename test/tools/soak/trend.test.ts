import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeTrend, type Point } from '../../../tools/soak/trend.ts';
import { createRandom } from '../../../tools/traffic/random.ts';

const kb = 1024;
const headroom = 64 * kb * kb;

/** Floors of `shape` (KB after an invocation) every 4 invocations, with 60 KB of noise, as a warm Node shows. */
function toFloors(invocations: number, shape: (invocation: number) => number, seed = 1): readonly Point[] {
  const random = createRandom(seed);
  return Array.from({ length: Math.floor(invocations / 4) }, (_, index) => {
    const invocation = 4 * (index + 1);
    return { invocation, bytes: (10_000 + shape(invocation) + 60 * random.normal()) * kb };
  });
}

const judge = (invocations: number, shape: (invocation: number) => number, seed?: number) =>
  judgeTrend(toFloors(invocations, shape, seed), headroom);

test('calls noise flat, for any seed', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const trend = judge(400, () => 0, seed);
    assert.equal(trend?.kind, 'flat', `seed ${seed}`);
    assert.ok(trend.confidence > 0.95);
    assert.ok(trend.range[0] < 0.5 * kb && trend.range[1] > -0.5 * kb);
  }
});

test('finds 20 KB per invocation within 100 invocations, for any seed', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const trend = judge(100, (invocation) => 20 * invocation, seed);
    assert.equal(trend?.kind, 'growing', `seed ${seed}`);
    assert.ok(trend.confidence > 0.8);
    assert.ok(Math.abs(trend.bytesPerInvocation / kb - 20) < 5);
  }
});

test('says of a small steady growth that the soak is too short, and of none or a long soak it does not', () => {
  const short = judge(120, (invocation) => 7 * invocation);
  assert.equal(short?.kind, 'flat');
  assert.equal(short.isTooShort, true);
  assert.equal(judge(400, (invocation) => 7 * invocation)?.kind, 'growing');
  assert.equal(judge(400, (invocation) => 7 * invocation)?.isTooShort, false);
  // 64 MB of headroom last for more than 100,000 invocations of half a KB.
  assert.equal(judge(4000, (invocation) => 0.5 * invocation)?.isTooShort, false);
  for (let seed = 1; seed <= 12; seed++)
    assert.equal(judge(120, () => 0, seed)?.isTooShort, false, `${seed}`);
});

test('finds 1 KB per invocation in a long soak', () => {
  const trend = judge(4000, (invocation) => invocation);
  assert.equal(trend?.kind, 'growing');
  assert.ok(trend.range[0] < 1.02 * kb && trend.range[1] > 0.98 * kb);
});

test('calls a cache that fills and stops levelling, sharp or slow', () => {
  assert.equal(judge(400, (invocation) => Math.min(20_000, 200 * invocation))?.kind, 'levelling');
  assert.equal(judge(400, (invocation) => 20_000 * (1 - Math.exp(-invocation / 80)))?.kind, 'levelling');
  assert.equal(judge(400, (invocation) => 20_000 * (1 - Math.exp(-invocation / 150)))?.kind, 'levelling');
});

test('calls a cache levelling that was full after 70 to 80 % of the soak, and tells how it grows since', () => {
  for (const fullAt of [280, 300, 320]) {
    for (let seed = 1; seed <= 6; seed++) {
      const trend = judge(400, (invocation) => 60 * Math.min(fullAt, invocation), seed);
      assert.equal(trend?.kind, 'levelling', `full at ${fullAt}, seed ${seed}`);
      assert.ok(trend.confidence > 0.9);
      assert.ok(Math.abs(trend.bytesPerInvocation) < 10 * kb);
    }
  }
});

test('calls a leak growing that comes in steps, at whichever step the soak ends', () => {
  for (const step of [10, 25, 40, 60]) {
    for (let invocations = 400; invocations <= 400 + step; invocations += 8) {
      const kind = judge(invocations, (invocation) => 40 * step * Math.floor(invocation / step))?.kind;
      assert.equal(kind, 'growing', `steps of ${step}, ${invocations} invocations`);
    }
  }
});

test('does not take a buffer that is filled and flushed for growth', () => {
  for (const period of [10, 24, 60]) {
    const kind = judge(800, (invocation) => 300 * (invocation % period))?.kind;
    assert.notEqual(kind, 'growing', `flushed every ${period}`);
  }
});

test('leaves growth to the warm-up of code, which ends', () => {
  assert.notEqual(judge(200, (invocation) => 400 * Math.log(invocation))?.kind, 'growing');
});

test('says nothing on too few floors', () => {
  assert.equal(
    judge(28, (invocation) => 500 * invocation),
    undefined,
  );
  assert.equal(judgeTrend([], headroom), undefined);
  assert.equal(judge(32, (invocation) => 500 * invocation)?.kind, 'growing');
});

test('gives the same answer for the same floors', () => {
  assert.deepEqual(
    judge(200, (invocation) => 5 * invocation),
    judge(200, (invocation) => 5 * invocation),
  );
});
