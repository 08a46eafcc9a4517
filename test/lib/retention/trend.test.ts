import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Floor } from '../../../lib/retention/live-set-series.ts';
import { findGrowth, type Growth } from '../../../lib/retention/trend.ts';

const kb = 1024;

/** Mulberry32, 0..1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where `kept(invocation)` is found first when a floor is taken every 6 invocations, with some noise. */
function firstFinding(
  kept: (invocation: number) => number,
  {
    until = 400,
    noiseBytes = 5 * kb,
    headroomBytes = 1e9,
    work = (invocation: number) => invocation * 20,
    seed = 1,
  } = {},
): (Growth & { readonly at: number }) | undefined {
  const random = createRandom(seed);
  const floors: Floor[] = [];
  for (let invocation = 5; invocation <= until; invocation += 6) {
    const bytes = 20e6 + kept(invocation) + (random() + random() - 1) * noiseBytes;
    floors.push({ invocation, work: work(invocation), bytes });
    const growth = findGrowth(floors, headroomBytes);
    if (growth) return { ...growth, at: invocation };
  }
  return undefined;
}

suite('growth is found', () => {
  const leaks: Readonly<Record<string, (invocation: number) => number>> = {
    'of 20 KB an invocation': (i) => 20 * kb * i,
    'of 3 MB an invocation': (i) => 3000 * kb * i,
    'that begins at invocation 200': (i) => 20 * kb * Math.max(0, i - 200),
    'in a hash table that doubles': (i) => 1100 * 20 * i + 40 * 2 ** Math.ceil(Math.log2(20 * i)),
    'of which the entries are half, and their table the rest': (i) =>
      12 * kb * i + 32 * 2 ** Math.ceil(Math.log2(300 * i)),
    'beside a cache that fills in 40': (i) => 100 * kb * Math.min(i, 40) + 20 * kb * i,
    'beneath a buffer that is flushed every 5': (i) => 80 * kb * (i % 5) + 20 * kb * i,
    'in leaps of 100 KB every 5': (i) => 100 * kb * Math.floor(i / 5),
    'after a start that compiles 1 MB': (i) => 1000 * kb * (1 - Math.exp(-i / 8)) + 20 * kb * i,
  };
  for (const [name, kept] of Object.entries(leaks)) {
    test(name, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const found = firstFinding(kept, { seed });
        const begin = name.includes('200') ? 200 : 0;
        assert.ok(found && found.at - begin <= 101, `found at ${found?.at} with seed ${seed}`);
        assert.ok(found.at - begin >= 70, `found too early to be sure, at ${found.at} with seed ${seed}`);
      }
    });
  }

  test('in leaps, where the events differ in size', () => {
    const random = createRandom(7);
    const works = [0];
    for (let i = 1; i <= 400; i++) works.push((works[i - 1] ?? 0) + (random() < 0.05 ? 4000 : 20));
    const found = firstFinding((i) => 100 * (works[i] ?? 0), { work: (i) => works[i] ?? 0 });
    assert.ok(found && found.at <= 125, `found at ${found?.at}`);
  });

  test('sooner when the limit is near', () => {
    const found = firstFinding((i) => 1000 * kb * i, { headroomBytes: 20 * 1000 * kb });
    assert.equal(found?.at, 47);
  });

  test('with a rate, an interval around it and a beginning', () => {
    const found = firstFinding((i) => 64 * kb * i);
    assert.ok(found);
    assert.equal(found.sinceInvocation, found.at - 80);
    assert.ok(Math.abs(found.bytesPerInvocation - 64 * kb) < 2 * kb);
    assert.ok(found.range[0] < 64 * kb && 64 * kb < found.range[1]);
  });
});

suite('no growth is found', () => {
  const healthy: Readonly<Record<string, (invocation: number) => number>> = {
    'where nothing is kept': () => 0,
    'of 5 KB an invocation': (i) => 5 * kb * i,
    'in a cache that fills in 20': (i) => 500 * kb * Math.min(i, 20),
    'in a cache that fills in 72': (i) => 24 * kb * Math.min(i, 72),
    'in a large cache that fills in 72': (i) => 1000 * kb * Math.min(i, 72),
    'in a cache that fills more and more slowly': (i) => 110 * kb * 150 * (1 - Math.exp(-i / 150)),
    'in a cache that does so quickly': (i) => 300 * kb * 30 * (1 - Math.exp(-i / 30)),
    'in a buffer that is flushed every 50': (i) => 100 * kb * (i % 50),
    'of 12 KB an invocation up to the 120th, with a leap in the 30th': (i) =>
      12 * kb * Math.min(i, 120) + (i < 30 ? 0 : 2000 * kb),
    'in a few large steps': (i) => 3000 * kb * [1, 30, 35, 65, 200].filter((at) => i >= at).length,
  };
  for (const [name, kept] of Object.entries(healthy)) {
    test(name, () => {
      for (let seed = 1; seed <= 20; seed++) assert.equal(firstFinding(kept, { seed }), undefined);
    });
  }

  test('in a full cache of values that differ in size, whose floors wander, but in one of 40,000 invocations', () => {
    let found = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(100 + seed);
      const sizes = Array.from({ length: 1500 }, () => 1000 * 300 ** (random() ** 2));
      const totals = [0];
      for (let i = 1; i <= 2000; i++) {
        let total = totals[i - 1] ?? 0;
        for (let k = 0; k < 20; k++) {
          const at = (i * 20 + k) % sizes.length;
          total -= sizes[at] ?? 0;
          sizes[at] = 1000 * 300 ** (random() ** 2);
          total += sizes[at];
        }
        totals.push(total);
      }
      if (firstFinding((i) => totals[i] ?? 0, { until: 2000, seed })) found++;
    }
    assert.ok(found <= 1, `${found} times`);
  });

  test('in floors that are too few or too far apart', () => {
    const floors = [5, 29, 53, 77, 101].map((invocation) => ({
      invocation,
      work: invocation,
      bytes: invocation * 1e6,
    }));
    assert.equal(findGrowth(floors, Infinity), undefined);
    assert.equal(findGrowth([], Infinity), undefined);
  });
});
