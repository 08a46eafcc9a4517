// What a process says of its memory and its processor time. Its own file so that the watch can be tried on a heap that is
// only thought of.

import { getHeapStatistics } from 'node:v8';

/** Memory of this process, in bytes; the part of `process.memoryUsage()` that is used. */
export interface MemoryReading {
  readonly heapUsed: number;
  /** Outside the heap but held by objects in it; array buffers included. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** What is read, and how. */
export interface Gauges {
  /** Bytes used on the heap and outside it, garbage included. V8's heap statistics, 1.5 us. */
  readonly usedBytes: () => number;
  /** Read after full collections only. `process.memoryUsage`, 10 us. */
  readonly read: () => MemoryReading;
  /** Processor time of this process in microseconds, helper threads included. `process.cpuUsage`. */
  readonly cpuUs: () => number;
}

/** The gauges of this process, but for those that are given. */
export function toGauges(given: Partial<Gauges>): Gauges {
  const { usedBytes = usedNow, read = () => process.memoryUsage(), cpuUs = cpuUsNow } = given;
  return { usedBytes, read, cpuUs };
}

function cpuUsNow(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function usedNow(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
