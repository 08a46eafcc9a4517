import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRetentionWatch, type RetentionVerdict } from '../../../lib/retention/watch.ts';

const kb = 1024;

/** A heap as V8's looks from outside: what is alive, young garbage and old garbage; and a watch over it. */
function watchHeap(limitBytes = 1e12) {
  const heap = { alive: 20e6, external: 0, young: 0, old: 0, code: 0, cpuUs: 0 };
  const collections = { minor: 0, major: 0 };
  const watch = createRetentionWatch({
    limitBytes,
    collector: {
      minor() {
        collections.minor++;
        heap.young = 0;
      },
      major() {
        collections.major++;
        heap.young = heap.old = 0;
        heap.cpuUs += 20_000;
      },
    },
    cpuUs: () => heap.cpuUs,
    usedBytes: () => heap.alive + heap.code + heap.external + heap.young + heap.old,
    codeBytes: () => heap.code,
    read: () => ({
      heapUsed: heap.alive + heap.code,
      external: heap.external,
      arrayBuffers: heap.external,
      rss: 0,
    }),
  });
  /** Runs invocations until the verdict is not `state` any more; how many that were. */
  const runWhile = (state: RetentionVerdict['state'], invocation: () => void, most = 2000): number => {
    for (let i = 1; i <= most; i++) {
      invocation();
      heap.cpuUs += 1000;
      if (watch.observe(20, 60_000).state !== state) return i;
    }
    return most;
  };
  return { heap, collections, watch, runWhile };
}

test('a consumer whose garbage is young is collected in full once', () => {
  const { heap, collections, runWhile } = watchHeap();
  assert.equal(
    runWhile('silent', () => (heap.young += 300 * kb)),
    2000,
  );
  assert.equal(collections.major, 1);
  assert.ok(collections.minor <= 2000 / 20);
});

test('code that is compiled meanwhile does not count as growth', () => {
  const { heap, watch, runWhile } = watchHeap();
  let i = 0;
  const leak = (): void => {
    heap.alive += 20 * kb;
    heap.code = 450 * kb * (1 - Math.exp(-i++ / 30));
  };
  assert.ok(runWhile('silent', leak) <= 88);
  const verdict = watch.observe(20, 60_000);
  assert.ok(verdict.state === 'growing' && Math.abs(verdict.bytesPerInvocation - 20 * kb) < kb);
});

test('functions that are made anew without end are found, though much of them is code', () => {
  const { heap, runWhile } = watchHeap();
  const compile = (): void => {
    heap.alive += 13 * kb;
    heap.code += 8 * kb;
  };
  assert.ok(runWhile('silent', compile) <= 170);
});

test('a consumer that leaves no garbage is not collected after its start', () => {
  const { collections, runWhile } = watchHeap();
  runWhile('silent', () => {});
  assert.deepEqual(collections, { minor: 0, major: 1 });
});

test('a consumer whose events leave old garbage of about the same size is collected once in 72 invocations at most', () => {
  const { heap, collections, runWhile } = watchHeap();
  let i = 0;
  assert.equal(
    runWhile('silent', () => (heap.old = 10e6 + (i++ % 7) * 10 * kb)),
    2000,
  );
  assert.ok(collections.major <= 2000 / 72 + 3, `${collections.major} full collections`);
});

test('what a full cache drops is collected in full every 72 invocations at the most', () => {
  const { heap, collections, runWhile } = watchHeap();
  assert.equal(
    runWhile('silent', () => (heap.old += 24 * kb)),
    2000,
  );
  assert.ok(collections.major <= 2000 / 72 + 3, `${collections.major} full collections`);
});

test('a full cache that stops to evict is found, though it leaves no more behind than before', () => {
  for (let quiet = 200; quiet < 300; quiet += 13) {
    const { heap, runWhile } = watchHeap();
    assert.equal(
      runWhile('silent', () => (heap.old += 24 * kb), quiet),
      quiet,
    );
    const found = runWhile('silent', () => (heap.alive += 24 * kb));
    assert.ok(found <= 120, `after ${found} invocations when it began after ${quiet}`);
  }
});

/** A buffer that takes `bytes` an invocation, and is flushed every `period`. */
function buffering(heap: { alive: number; old: number }, bytes: number, period: number): () => void {
  let [count, held] = [0, 0];
  return () => {
    heap.alive += bytes;
    held += bytes;
    if (++count % period !== 0) return;
    heap.alive -= held;
    heap.old += held;
    held = 0;
  };
}

for (const [leak, bytes, period] of [
  [25, 16, 40],
  [40, 35, 50],
  [60, 35, 40],
] as const) {
  test(`a leak of ${leak} KB beside ${bytes} KB that are flushed every ${period} is found, whenever it begins`, () => {
    for (let quiet = 0; quiet < 200; quiet += 13) {
      const { heap, runWhile } = watchHeap();
      const buffer = buffering(heap, bytes * kb, period);
      assert.equal(runWhile('silent', buffer, quiet), quiet);
      const found = runWhile('silent', () => {
        buffer();
        heap.alive += leak * kb;
      });
      assert.ok(found <= 200, `after ${found} invocations when it began after ${quiet}`);
    }
  });
}

test('a cache that is full within 65 invocations is silent beside a buffer, whenever it begins', () => {
  for (let quiet = 0; quiet < 200; quiet += 13) {
    const { heap, runWhile } = watchHeap();
    const buffer = buffering(heap, 100 * kb, 37);
    let i = 0;
    const found = runWhile(
      'silent',
      () => {
        buffer();
        if (++i > quiet && i <= quiet + 65) heap.alive += 50 * kb;
      },
      600,
    );
    assert.equal(found, 600, `when it begins after ${quiet}`);
  }
});

test('a start that drops megabytes of code does not hide a leak', () => {
  const { heap, runWhile } = watchHeap();
  heap.alive += 4000 * kb;
  assert.equal(
    runWhile('silent', () => {}, 15),
    15,
  );
  heap.alive -= 4000 * kb;
  const found = runWhile('silent', () => (heap.alive += 24 * kb));
  assert.ok(found <= 100, `after ${found} invocations`);
});

test('garbage at a high rate leads to a full collection every 48 invocations', () => {
  const { heap, collections, runWhile } = watchHeap();
  assert.equal(
    runWhile('silent', () => (heap.old += 1000 * kb)),
    2000,
  );
  assert.ok(collections.major <= 2000 / 48 + 3, `${collections.major} full collections`);
});

for (const [name, oldGarbage] of [
  ['nothing else', 0],
  ['the garbage of a full cache', 24 * kb],
  ['much old garbage', 1000 * kb],
] as const) {
  test(`a leak of 20 KB beside ${name} is found within 100 invocations, whenever it begins`, () => {
    for (let quiet = 0; quiet < 200; quiet += 13) {
      const { heap, runWhile } = watchHeap();
      const invocation = (leak: number) => () => {
        heap.alive += leak;
        heap.old += oldGarbage;
        heap.young += 50 * kb;
      };
      assert.equal(runWhile('silent', invocation(0), quiet), quiet);
      const found = runWhile('silent', invocation(20 * kb));
      assert.ok(found <= 100, `after ${found} invocations when it began after ${quiet}`);
    }
  });
}

test('a verdict tells the rate, what is left, since when, and where it lies', () => {
  const { heap, watch, runWhile } = watchHeap(100e6);
  const invocations = runWhile('silent', () => {
    heap.external += 40 * kb;
    heap.alive += 10 * kb;
  });
  const verdict = watch.observe(20, 60_000);
  assert.ok(verdict.state === 'growing');
  assert.ok(Math.abs(verdict.bytesPerInvocation - 50 * kb) < kb);
  assert.equal(verdict.sinceInvocation, 5);
  assert.ok(Math.abs(verdict.shares.heap - 0.2) < 0.01);
  assert.ok(Math.abs(verdict.shares.arrayBuffers - 0.8) < 0.01);
  const left = (100e6 - 20e6) / (50 * kb) - invocations;
  assert.ok(Math.abs(verdict.invocationsLeft - left) <= 1, `${verdict.invocationsLeft} instead of ${left}`);
});

test('growth that stops is taken back, and found again when it goes on', () => {
  const { heap, runWhile } = watchHeap();
  const leak = () => (heap.alive += 30 * kb);
  assert.ok(runWhile('silent', leak) <= 100);
  assert.ok(runWhile('growing', () => {}) <= 100);
  assert.equal(
    runWhile('silent', () => {}, 500),
    500,
  );
  assert.ok(runWhile('silent', leak) <= 100);
});

test('growth that was reported goes on being reported while it goes on', () => {
  const { heap, collections, runWhile } = watchHeap();
  const leak = () => (heap.alive += 30 * kb);
  runWhile('silent', leak);
  const before = collections.major;
  assert.equal(runWhile('growing', leak, 1000), 1000);
  assert.ok(
    collections.major - before <= 1000 / 20 + 1,
    'and costs a full collection every 20 invocations at most',
  );
});

test('near the deadline nothing is collected', () => {
  const { heap, collections, watch } = watchHeap();
  for (let i = 0; i < 500; i++) {
    heap.alive += 100 * kb;
    assert.equal(watch.observe(20, 900).state, 'silent');
  }
  assert.deepEqual(collections, { minor: 0, major: 0 });
});
