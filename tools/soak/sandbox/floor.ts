// What is still alive in a function's process once everything that can be collected has been. Own file: the numbers come
// from the process itself, over its inspector, between two invocations.
import { usedBytes } from '../../../lib/memory/memory-usage.ts';
import type { Inspector } from './inspector.ts';

/** Memory after a full collection, in bytes. */
export interface Floor {
  /** How many invocations came before, from 1. */
  readonly invocation: number;
  /**
   * As the watch in production counts: heap, and external memory or array buffers, whichever is more, since Blobs and shared array buffers
   * are no external memory; compiled code left out.
   */
  readonly floorBytes: number;
  /** Live JavaScript objects and strings. */
  readonly heapBytes: number;
  /** What V8 has compiled, which grows for hundreds of invocations while it meets rare paths, and belongs to nobody. */
  readonly codeBytes: number;
  /** Buffers, and large strings kept outside the heap. */
  readonly externalBytes: number;
  /** Array buffers, shared ones and Blobs included; blind to some addons' buffers. */
  readonly arrayBufferBytes: number;
  /** Resident, which includes what V8 has freed and not given back. */
  readonly rssBytes: number;
}

// `gc` of the runtime would do one collection on a stack that may still hold the last event; the inspector's own runs
// as a task of its own and repeats until nothing more is found. Trusted space holds bytecode and what belongs to machine code;
// code that a function makes again and again, by `new Function`, keeps its script in the rest of the heap.
const read = `(() => {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const code = process.getBuiltinModule('node:v8').getHeapSpaceStatistics()
    .filter(({ space_name: name }) => /^(?:code|trusted)_/.test(name))
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
  return { rss, heapUsed, external, arrayBuffers, code };
})()`;

interface Reading extends Pick<NodeJS.MemoryUsage, 'rss' | 'heapUsed' | 'external' | 'arrayBuffers'> {
  readonly code: number;
}

/** Collects everything that can be in all threads, and measures what is left in them. @throws {SoakError} `INSPECTOR`, `ENDED` */
export async function measureFloor(inspectors: readonly Inspector[], invocation: number): Promise<Floor> {
  let sum: Floor | undefined;
  for (const inspector of inspectors) {
    const one = await measureThread(inspector, invocation);
    sum = sum === undefined ? one : add(sum, one);
  }
  if (sum === undefined) throw new RangeError('a floor needs an inspector, got none');
  return sum;
}

/** Two threads of one process: what is resident belongs to both. */
function add(one: Floor, other: Floor): Floor {
  return {
    invocation: other.invocation,
    floorBytes: one.floorBytes + other.floorBytes,
    heapBytes: one.heapBytes + other.heapBytes,
    codeBytes: one.codeBytes + other.codeBytes,
    externalBytes: one.externalBytes + other.externalBytes,
    arrayBufferBytes: one.arrayBufferBytes + other.arrayBufferBytes,
    rssBytes: other.rssBytes,
  };
}

async function measureThread(inspector: Inspector, invocation: number): Promise<Floor> {
  await inspector.call('HeapProfiler.collectGarbage');
  const { result } = await inspector.call<{ readonly result: { readonly value: Reading } }>(
    'Runtime.evaluate',
    {
      expression: read,
      returnByValue: true,
    },
  );
  const { rss, heapUsed, external, arrayBuffers, code } = result.value;
  const heapBytes = heapUsed - code;
  return {
    invocation,
    floorBytes: usedBytes(result.value) - code,
    heapBytes,
    codeBytes: code,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    rssBytes: rss,
  };
}
