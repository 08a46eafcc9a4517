// A process's memory as the watch reads it, as numbers that a test moves: what is alive, young and old garbage, code, memory
// outside of V8. Its own file because several tests watch it.

import { thresholds as defaults, type Thresholds } from '../../../lib/retention/thresholds.ts';
import {
  createRetentionWatch,
  type RetentionFinding,
  type RetentionWatch,
} from '../../../lib/retention/watch.ts';

export const kb = 1024;
export const mb = 1_048_576;

/** In bytes. */
export interface Heap {
  alive: number;
  external: number;
  arrayBuffers: number;
  young: number;
  old: number;
  code: number;
  outside: number;
  /** Memory outside of V8 that a thorough collection gives back. */
  pooled: number;
}

/** A watched heap. */
export interface Watched {
  readonly heap: Heap;
  readonly watch: RetentionWatch;
  readonly collections: { minor: number; major: number; thorough: number };
  /** Microseconds that collections took. */
  readonly spentUs: () => number;
  /** Runs invocations; the first of them after which something is said, counted from 1, with what is said. */
  readonly run: (
    invocations: number,
    invocation: (i: number) => void,
  ) => { readonly at: number; readonly finding: RetentionFinding } | undefined;
}

/** Watches a heap of 10 MB in a function of this memory. */
export function watchHeap({
  limitMb = 108,
  thresholds = defaults,
}: {
  readonly limitMb?: number;
  readonly thresholds?: Thresholds;
} = {}): Watched {
  const heap: Heap = {
    alive: 10 * mb,
    external: 0,
    arrayBuffers: 0,
    young: 0,
    old: 0,
    code: 0,
    outside: 40 * mb,
    pooled: 0,
  };
  const collections = { minor: 0, major: 0, thorough: 0 };
  let spent = 0;
  const spend = (us: number): void => {
    spent += us;
  };
  const major = (): void => {
    collections.major++;
    heap.young = heap.old = 0;
    spend(15_000);
  };
  const watch = createRetentionWatch({
    limitBytes: limitMb * mb,
    thresholds,
    startProfile: () => ({
      finish: () => ({ lines: [{ at: 'a.ts:1', function: 'f', share: 1 }], valuesShare: 0 }),
    }),
    collector: {
      minor() {
        collections.minor++;
        heap.young = 0;
        spend(500);
      },
      major,
      thorough() {
        collections.thorough++;
        heap.pooled = 0;
        major();
      },
    },
    codeBytes: () => heap.code,
    read() {
      const heapUsed = heap.alive + heap.code + heap.young + heap.old;
      const external = Math.max(heap.external, heap.arrayBuffers);
      return {
        heapUsed,
        heapResident: heapUsed,
        external: heap.external,
        arrayBuffers: heap.arrayBuffers,
        rss: heapUsed + external + heap.outside + heap.pooled,
      };
    },
  });
  return {
    heap,
    watch,
    collections,
    spentUs: () => spent,
    run(invocations, invocation) {
      for (let i = 1; i <= invocations; i++) {
        invocation(i);
        const verdict = watch.observe(60_000);
        if (verdict.state === 'growing' && verdict.isNews) return { at: i, finding: verdict };
      }
      return undefined;
    },
  };
}
