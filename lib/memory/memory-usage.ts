// What a process says of its memory and its processor time. Its own file so that the watch can be tried on a heap that is
// only thought of.

import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';

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
  /** Bytes of compiled code on the heap, V8's and the machine's. V8's statistics of spaces, 6 us. */
  readonly codeBytes: () => number;
  /** Processor time of this process in microseconds, helper threads included. `process.cpuUsage`. */
  readonly cpuUs: () => number;
}

// Before Node 22 bytecode had no space of its own: then it counts as objects.
const codeSpaces = /^(code|trusted)_/;

/**
 * The gauges of this process, but for those that are given. A heap that is only thought of has no code unless told.
 */
export function toGauges(given: Partial<Gauges>): Gauges {
  const {
    usedBytes = usedNow,
    read = () => process.memoryUsage(),
    codeBytes = given.usedBytes ? () => 0 : codeNow,
    cpuUs = cpuUsNow,
  } = given;
  return { usedBytes, read, codeBytes, cpuUs };
}

function codeNow(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => codeSpaces.test(name));
  return spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

function cpuUsNow(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function usedNow(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
