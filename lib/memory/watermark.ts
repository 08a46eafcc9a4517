// How near this process is to its memory limit, and what can be done about it before work is turned away. The limit that
// kills is on resident memory, so that is what is measured; the heap alone would not see buffers and long strings.

import { getHeapStatistics } from 'node:v8';
import { createResidentReader } from './resident.ts';

/** What a watermark works with; every part has a default. */
export interface WatermarkOptions {
  /** Bytes at which the process is killed. Default: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` MB; no limit where it is unset. */
  readonly limitBytes?: number;
  /** Resident bytes of this process. Default: as the kernel tells. */
  readonly residentBytes?: () => number;
  /** Bytes of heap pages and of what the heap holds outside itself. Default: V8's own account, 0.5 us. */
  readonly trackedBytes?: () => number;
  /** Collections, from the cheapest to the most thorough. Default: those that the runtime exposes; there may be none. */
  readonly collections?: readonly (() => void)[];
}

/** A process's distance from its memory limit. */
export interface Watermark {
  /** Infinity where there is no limit: there is always room then. */
  readonly limitBytes: number;
  /** Above this much nothing new should start: an eighth below the limit, 16 to 64 MB. */
  readonly markBytes: number;
  /** Resident bytes at the last reading. */
  readonly residentBytes: number;
  /** The highest reading since `restartPeak`. */
  readonly peakBytes: number;
  /** Begins a new peak with a reading. */
  restartPeak(): void;
  /** Takes a reading and tells whether `bytes` more stay below the mark. 2 us, or 3 above the mark. */
  hasRoom(bytes: number): boolean;
  /**
   * Calls `shrink`, then collects until `bytes` more stay below the mark with some to spare, or nothing is left to try.
   * Milliseconds to tenths of a second; false when it did not help.
   */
  makeRoom(bytes: number, shrink: () => void): boolean;
}

const bytesPerMb = 1_048_576;
// Local control groups kill up to 14 MB below the memory size, and Lambda counts a few MB outside of this process.
const leastMargin = 16 * bytesPerMb;
const mostMargin = 64 * bytesPerMb;

/** Makes the watermark of this process. */
export function createWatermark(options: WatermarkOptions = {}): Watermark {
  const { limitBytes = memorySizeBytes(), trackedBytes = heapAndExternalBytes } = options;
  const read = options.residentBytes ?? createResidentReader();
  const marginBytes = Math.min(mostMargin, Math.max(leastMargin, limitBytes / 8));
  const markBytes = limitBytes - marginBytes;
  // What collections must win beyond the need, or they would be run again for the very next record.
  const spareBytes = marginBytes / 4;
  let residentBytes = 0;
  let peakBytes = 0;
  let densest = { tracked: 0, untracked: Infinity };

  const take = (): void => {
    residentBytes = read();
    if (residentBytes > peakBytes) peakBytes = residentBytes;
  };

  /**
   * Resident bytes that are free for use: V8 pools pages, and malloc keeps what is freed in pieces.
   *
   * Non-obvious: neither says how much that is. But when V8's account was at its highest the least was free, so whatever
   * is resident beyond V8's account now, and was not then, was freed in between.
   */
  const reusableBytes = (): number => {
    const tracked = trackedBytes();
    const untracked = residentBytes - tracked;
    if (tracked > densest.tracked) densest = { tracked, untracked };
    return Math.max(0, untracked - densest.untracked);
  };

  const hasRoom = (bytes: number): boolean => {
    take();
    if (residentBytes + bytes <= markBytes) return true;
    return residentBytes + bytes - reusableBytes() <= markBytes;
  };

  return {
    limitBytes,
    markBytes,
    get residentBytes() {
      return residentBytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    restartPeak() {
      peakBytes = 0;
      take();
    },
    hasRoom,
    makeRoom(bytes, shrink) {
      shrink();
      const collections = options.collections ?? findCollections();
      return collections.some((collect) => {
        collect();
        return hasRoom(bytes + spareBytes);
      });
    },
  };
}

function memorySizeBytes(): number {
  const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  return megabytes > 0 ? megabytes * bytesPerMb : Infinity;
}

function heapAndExternalBytes(): number {
  const { total_physical_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/**
 * A full collection; and one that gives pages and buffers back to the system as well, which a full one leaves for later:
 * resident memory fell from 122 to 58 MB by it where a full one left 122 (Node 24.21, 2026-11-22).
 */
function findCollections(): readonly (() => void)[] {
  const gc: unknown = Reflect.get(globalThis, 'gc');
  if (typeof gc !== 'function') return [];
  return [() => void gc({ type: 'major' }), () => void gc({ type: 'major', flavor: 'last-resort' })];
}
