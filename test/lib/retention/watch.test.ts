import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { createRetentionWatch, toRetentionFields } from '../../../lib/retention/watch.ts';
import { kb, mb, watchHeap } from './simulated-heap.ts';

describe('a leak', () => {
  for (const [name, bytes, invocations] of [
    ['that fills the memory in 60 invocations', 970 * kb, 35],
    ['that fills it in 200', 290 * kb, 100],
    ['that fills it in 1,000', 58 * kb, 300],
    ['that fills it in 2,000', 29 * kb, 500],
  ] as const) {
    test(`${name} is found within ${invocations}, whenever it begins`, () => {
      for (const quiet of [0, 50, 170, 1000]) {
        const { heap, run } = watchHeap();
        assert.equal(
          run(quiet, () => (heap.young += 50 * kb)),
          undefined,
        );
        const found = run(2000, () => {
          heap.young += 50 * kb;
          heap.alive += bytes;
        });
        assert.ok(found && found.at <= invocations, `after ${found?.at} when it began after ${quiet}`);
        assert.equal(found.finding.where, 'live set');
      }
    });
  }

  test('is found beside garbage of every kind', () => {
    for (const garbage of [
      { young: 2000 * kb, old: 0 },
      { young: 100 * kb, old: 100 * kb },
      { young: 0, old: 1000 * kb },
    ]) {
      const { heap, run } = watchHeap();
      const found = run(1000, () => {
        heap.young += garbage.young;
        heap.old += garbage.old;
        // V8 collects by itself before its heap is full.
        if (heap.old > 30 * mb) heap.old = heap.young = 0;
        heap.alive += 58 * kb;
      });
      assert.ok(found && found.at <= 400, `${JSON.stringify(garbage)}: ${found?.at}`);
    }
  });

  test('is found in array buffers that V8 does not count as external memory, as Blobs are', () => {
    const { heap, run } = watchHeap();
    const found = run(1000, () => (heap.arrayBuffers += 75 * kb));
    assert.ok(found && found.at <= 250, String(found?.at));
    assert.equal(found.finding.heapShare, 0);
  });

  test('is found outside of V8, later', () => {
    const { heap, run } = watchHeap();
    const found = run(1000, () => (heap.outside += 175 * kb));
    assert.ok(found && found.at > 100 && found.at <= 160, String(found?.at));
    assert.equal(found.finding.where, 'outside V8');
  });

  test('is told how long the environment has', () => {
    for (const bytes of [29 * kb, 58 * kb, 290 * kb]) {
      const { heap, run } = watchHeap();
      const found = run(2000, () => (heap.alive += bytes));
      const left = (58 * mb - (found?.at ?? 0) * bytes) / bytes;
      const ratio = (found?.finding.invocationsLeft ?? 0) / left;
      assert.ok(ratio > 0.95 && ratio < 1.05, String(ratio));
    }
  });
});

describe('nothing is said', () => {
  test('of code that is compiled meanwhile', () => {
    const { heap, run } = watchHeap();
    assert.equal(
      run(2000, (i) => (heap.code = 12 * mb * (1 - Math.exp(-i / 300)))),
      undefined,
    );
  });

  test('of a cache that fills and is full', () => {
    for (const [megabytes, invocations] of [
      [12, 60],
      [3.5, 400],
      [18, 60],
    ] as const) {
      const { heap, run } = watchHeap();
      const fill = (i: number): void => {
        if (i <= invocations) heap.alive += (megabytes * mb) / invocations;
        heap.old += 20 * kb;
      };
      assert.equal(run(2000, fill), undefined, `${megabytes} MB in ${invocations}`);
    }
  });

  test('of a cache of random keys, which fills more and more slowly', () => {
    const { heap, run } = watchHeap();
    let before = 0;
    const fill = (i: number): void => {
      const now = 14 * mb * (1 - Math.exp(-i / 60));
      heap.alive += now - before;
      before = now;
    };
    assert.equal(run(2000, fill), undefined);
  });

  test('of a buffer that is flushed', () => {
    for (const period of [10, 60, 90]) {
      const { heap, run } = watchHeap();
      const gather = (i: number): void =>
        void (heap.alive += i % period === 0 ? -60 * kb * (period - 1) : 60 * kb);
      assert.equal(run(3000, gather), undefined, `every ${period}`);
    }
  });

  test('of memory outside of V8 that a thorough collection gives back', () => {
    const { heap, run, collections } = watchHeap();
    assert.equal(
      run(1000, (i) => void (heap.pooled += i < 400 ? 150 * kb : 0)),
      undefined,
    );
    assert.ok(collections.thorough >= 1 && collections.thorough <= 4, String(collections.thorough));
  });

  test('of growth that would take 4,000 invocations more', () => {
    const { heap, run } = watchHeap();
    assert.equal(
      run(500, () => (heap.alive += 12 * kb)),
      undefined,
    );
  });

  test('near the deadline, where nothing is collected', () => {
    const { heap, watch, collections } = watchHeap();
    for (let i = 0; i < 300; i++) {
      heap.alive += 100 * kb;
      assert.equal(watch.observe(999).state, 'silent');
    }
    assert.deepEqual(collections, { minor: 0, major: 0, thorough: 0 });
  });
});

describe('what is said', () => {
  test('comes once, with its lines a second time, and then every 500 invocations', () => {
    const { heap, run } = watchHeap({ limitMb: 108 });
    const leak = (): number => (heap.alive += 20 * kb);
    const at: number[] = [];
    for (let passed = 0; passed < 1700;) {
      const found = run(1700 - passed, leak);
      if (!found) break;
      passed += found.at;
      at.push(passed);
    }
    const [first = 0, second = 0, third = 0, fourth = 0] = at;
    assert.equal(second - first, 40);
    assert.ok(third - second >= 500 && third - second <= 540, String(third - second));
    assert.ok(fourth - third >= 500 && fourth - third <= 540);
  });

  test('names the line and quotes nothing else', () => {
    const { heap, run } = watchHeap();
    const leak = (): number => (heap.alive += 58 * kb);
    run(1000, leak);
    const { finding } = run(1000, leak) ?? {};
    assert.ok(finding);
    const fields = toRetentionFields(finding);
    assert.match(
      String(fields['text']),
      /^memory grows by 58 KB per invocation since invocation \d+, the environment is full in about \d+ invocations; what stays is allocated in f, a\.ts:1$/,
    );
    assert.deepEqual(Object.keys(fields), [
      'text',
      'bytesPerInvocation',
      'range',
      'invocationsLeft',
      'sinceInvocation',
      'grownBytes',
      'where',
      'heapShare',
      'lines',
      'valuesShare',
    ]);
  });

  test('is taken back when growth stops, and comes again when it goes on', () => {
    const { heap, watch, run } = watchHeap();
    const leak = (): number => (heap.alive += 58 * kb);
    assert.ok(run(400, leak));
    for (let i = 0; i < 400; i++) watch.observe(60_000);
    assert.equal(watch.observe(60_000).state, 'silent');
    assert.ok(run(600, leak));
  });
});

test('a watch that cannot collect is silent', () => {
  const watch = createRetentionWatch({ limitBytes: 1, collector: undefined });
  assert.equal(watch.observe(60_000).state, 'silent');
});

describe('full collections', () => {
  test('are one at the start of a consumer that leaves young garbage only', () => {
    const { heap, run, collections } = watchHeap();
    run(2000, () => (heap.young += 300 * kb));
    assert.equal(collections.major, 1);
    assert.ok(collections.minor <= 115, String(collections.minor));
  });

  test('take less than 150 us of a short invocation that leaves old garbage', () => {
    const { heap, run, spentUs } = watchHeap();
    run(3000, () => {
      heap.old += 60 * kb;
      if (heap.old > 20 * mb) heap.old = 0;
    });
    assert.ok(spentUs() / 3000 <= 150, String(spentUs() / 3000));
  });
});
