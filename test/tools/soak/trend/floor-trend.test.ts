import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../../../../lib/retention/trend.ts';
import {
  floorThresholds,
  judgeFloors,
  type FloorThresholds,
} from '../../../../tools/soak/trend/floor-trend.ts';
import { createRandom } from '../../../../tools/traffic/random.ts';

const kb = 1024;
const headroom = 64 * kb * kb;

/** Floors of `shape` (KB after an invocation), with 60 KB of noise, as a warm Node shows. */
function toFloors(
  invocations: number,
  shape: (invocation: number) => number,
  { seed = 1, every = 4 }: { readonly seed?: number; readonly every?: number } = {},
): readonly Point[] {
  const random = createRandom(seed);
  return Array.from({ length: Math.floor(invocations / every) }, (_, index) => {
    const invocation = every * (index + 1);
    return { invocation, bytes: (10_000 + shape(invocation) + 60 * random.normal()) * kb };
  });
}

const judge = (invocations: number, shape: (invocation: number) => number, seed?: number) =>
  judgeFloors(toFloors(invocations, shape, { seed }), headroom);

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
    assert.ok(Math.abs(trend.slope / kb - 20) < 5);
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
      assert.ok(Math.abs(trend.slope) < 10 * kb);
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
    judge(36, (invocation) => 500 * invocation),
    undefined,
  );
  assert.equal(judgeFloors([], headroom), undefined);
  assert.equal(judge(40, (invocation) => 500 * invocation)?.kind, 'growing');
});

test('gives the same answer for the same floors', () => {
  assert.deepEqual(
    judge(200, (invocation) => 5 * invocation),
    judge(200, (invocation) => 5 * invocation),
  );
});

type Case = (limits: FloorThresholds) => boolean;

const kindOf = (
  limits: FloorThresholds,
  { invocations, every = 4 }: { readonly invocations: number; readonly every?: number },
  shape: (invocation: number) => number,
): string | undefined => judgeFloors(toFloors(invocations, shape, { every }), headroom, limits)?.kind;

const cases: Readonly<Record<keyof FloorThresholds, Case>> = {
  warmUpFloors: (limits) =>
    kindOf(limits, { invocations: 12, every: 1 }, (at) => 600 * Math.log(at)) === 'flat' &&
    kindOf(limits, { invocations: 10, every: 1 }, (at) => 500 * at) === 'growing',
  plateauShare: (limits) =>
    kindOf(limits, { invocations: 800 }, (at) => 60 * Math.min(640, at)) === 'levelling' &&
    kindOf(limits, { invocations: 800 }, (at) => 4800 * Math.floor(at / 120)) === 'growing',
  horizonInvocations: (limits) =>
    kindOf(limits, { invocations: 8000, every: 40 }, (at) => 0.45 * at) === 'flat' &&
    kindOf(limits, { invocations: 8000, every: 40 }, (at) => 0.9 * at) === 'growing',
  allowanceBytes: (limits) =>
    kindOf(limits, { invocations: 200 }, (at) => 3.5 * at) === 'flat' &&
    kindOf(limits, { invocations: 200 }, (at) => 8 * at) === 'growing',
  outsideAllowanceBytes(limits) {
    const outside = { ...limits, allowanceBytes: limits.outsideAllowanceBytes };
    return (
      kindOf(outside, { invocations: 200 }, (at) => 60 * at) === 'flat' &&
      kindOf(outside, { invocations: 200 }, (at) => 120 * at) === 'growing'
    );
  },
};

for (const [name, isRight] of Object.entries(cases)) {
  test(`has a case that comes out right with its ${name}, and at neither half of it nor twice`, () => {
    const at = (times: number): boolean =>
      isRight({ ...floorThresholds, [name]: floorThresholds[name as keyof FloorThresholds] * times });
    assert.deepEqual([at(1 / 2), at(1), at(2)], [false, true, false]);
  });
}
