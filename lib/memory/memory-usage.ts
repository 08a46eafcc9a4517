// What a process says of its memory. Its own file so that the watch can be tried on a heap that is
// only thought of.

import { countThreads } from './thread-share.ts';

/** Memory of this process, in bytes. */
export interface MemoryReading {
  readonly heapUsed: number;
  /** Resident memory of the heap: objects, garbage, and what is free for more. */
  readonly heapResident: number;
  /** Outside the heap but held by objects in it: long texts, buffers, what addons tell. */
  readonly external: number;
  /** Buffers alone. Part of `external`, but for Blobs and shared array buffers, which are here only. */
  readonly arrayBuffers: number;
  readonly rss: number;
}

/** What is read, and how. */
export interface Gauges {
  /** `process.memoryUsage` and V8's statistics, 12 us. */
  readonly read: () => MemoryReading;
  /** Bytes of compiled code on the heap, V8's and the machine's. V8's statistics of spaces, 6 us. */
  readonly codeBytes: () => number;
}

/** The gauges of this process, except for those that are given. A heap that is only thought of has no code unless told. */
export function toGauges(given: Partial<Gauges>): Gauges {
  const { read = countThreads() > 1 ? readThread : readNow } = given;
  return { read, codeBytes: given.codeBytes ?? (given.read ? () => 0 : codeNow) };
}

function readNow(): MemoryReading {
  const { total_physical_size: heapResident } = process.getBuiltinModule('node:v8').getHeapStatistics();
  return { ...process.memoryUsage(), heapResident };
}

/** In one of several threads resident memory is all threads': what is outside of this heap is nobody's to tell. */
function readThread(): MemoryReading {
  const reading = readNow();
  const { heapResident, external, arrayBuffers } = reading;
  return { ...reading, rss: heapResident + Math.max(external, arrayBuffers) };
}

/** Bytes that a reading accounts for, garbage included. */
export function usedBytes({
  heapUsed,
  external,
  arrayBuffers,
}: Pick<MemoryReading, 'heapUsed' | 'external' | 'arrayBuffers'>): number {
  return heapUsed + Math.max(external, arrayBuffers);
}

/** Resident memory that V8 does not account for: Node itself, stacks, V8's tables, what addons and zlib allocate. */
export function outsideBytes({ rss, heapResident, external, arrayBuffers }: MemoryReading): number {
  return Math.max(0, rss - heapResident - Math.max(external, arrayBuffers));
}

// Before Node 22 bytecode had no space of its own: then it counts as objects.
const codeSpaces = /^(code|trusted)_/;

function codeNow(): number {
  const spaces = process
    .getBuiltinModule('node:v8')
    .getHeapSpaceStatistics()
    .filter(({ space_name: name }) => codeSpaces.test(name));
  return spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}
