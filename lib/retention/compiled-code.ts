// How much of the memory in use is code that was compiled meanwhile. Its own file because it is a reason of its own why memory
// grows: what runs is compiled, by and by, for a hundred invocations, 3 KB in each of them, which is no leak.

import { minGrowthBytes } from './live-set-series.ts';

/** Compiled code that does not count as growth. */
export interface CompiledCode {
  /** Compiled since the first count, up to 500 KB; as of the last count. */
  readonly bytes: number;
  /** Asks V8 again; it only knows after a collection what code is dead. */
  count(): void;
}

// A function that is made anew for every event is a leak, so there is an end to it.
const mostBytes = 50 * minGrowthBytes;

/** Starts without a count. `codeBytes` reads all code on the heap, in bytes. */
export function createCompiledCode(codeBytes: () => number): CompiledCode {
  let firstBytes: number | undefined;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    count() {
      const allBytes = codeBytes();
      firstBytes ??= allBytes;
      bytes = Math.min(mostBytes, Math.max(0, allBytes - firstBytes));
    },
  };
}
