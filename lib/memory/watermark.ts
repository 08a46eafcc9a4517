// How near this process is to its memory limit, and what can be done about it before work is turned away. The limit that
// kills is on resident memory, so that is what is measured; the heap alone would not see buffers and long strings.

import { getHeapStatistics } from 'node:v8';
import { findCollector, type ThoroughCollector } from './gc.ts';
import { createResidentReader } from './rss.ts';

/** What a watermark works with; every part has a default. */
export interface WatermarkOptions {
  /** Bytes at which the process is killed. Default: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` MB; no limit where it is unset. */
  readonly limitBytes?: number;
  /** Resident bytes of this process. Default: as the kernel tells. */
  readonly residentBytes?: () => number;
  /** Bytes in use on the heap, garbage included, and of what the heap holds outside itself. Default: V8's own account, 0.5 us. */
  readonly trackedBytes?: () => number;
  /** Default: the one that the runtime exposes; there may be none. */
  readonly collector?: Pick<ThoroughCollector, 'major' | 'thorough'>;
}

/** A process's distance from its memory limit. */
export interface Watermark {
  /** Infinity where there is no limit: there is always room then. */
  readonly limitBytes: number;
  /** Above this much nothing new should start: an eighth below the limit, 20 to 64 MB. */
  readonly markBytes: number;
  /** Resident bytes at the last reading. */
  readonly residentBytes: number;
  /** The highest reading since `begin`. */
  readonly peakBytes: number;
  /** Begins an invocation, and its peak with a reading. */
  begin(): void;
  /** Takes a reading and tells whether `bytes` more stay below the mark. 2 us, or 3 above the mark. */
  hasRoom(bytes: number): boolean;
  /**
   * Collects, and tells whether `bytes` more stay below the mark now, with some to spare. `thorough` collects thoroughly
   * where that does not do, once in an invocation.
   */
  makeRoom(bytes: number, effort: 'major' | 'thorough'): boolean;
  /**
   * Ends an invocation: collects where `bytes` more would pass the mark. The next event arrives before anything can be
   * declined, and V8, which knows nothing of the limit, may not have collected what this invocation leaves behind.
   */
  end(bytes: number): void;
}

const bytesPerMb = 1_048_576;
// Local control groups kill up to 14 MB below the memory size, and Lambda counts a few MB outside of this process.
const leastMargin = 20 * bytesPerMb;
const mostMargin = 64 * bytesPerMb;

/** Makes the watermark of this process. */
export function createWatermark(options: WatermarkOptions = {}): Watermark {
  const { limitBytes = memorySizeBytes(), trackedBytes = heapAndExternalBytes } = options;
  const read = options.residentBytes ?? createResidentReader();
  const collector = options.collector ?? (limitBytes < Infinity ? findCollector() : undefined);
  const marginBytes = Math.min(mostMargin, Math.max(leastMargin, limitBytes / 8));
  const markBytes = limitBytes - marginBytes;
  // What collections must win beyond the need, or they would be run again for the very next record.
  const spareBytes = marginBytes / 4;
  let residentBytes = 0;
  let peakBytes = 0;
  // How far what looks reusable is trusted. A process that starts an invocation beyond has survived it before.
  let trustedBytes = limitBytes;
  let densest = { tracked: 0, untracked: Infinity };
  let mayBeThorough = true;
  // What the last thorough collection could not take away.
  let leastBytes = 0;

  const take = (): void => {
    residentBytes = read();
    if (residentBytes > peakBytes) peakBytes = residentBytes;
  };

  /**
   * Resident bytes that are free for use: V8 keeps pages and pools others, and malloc keeps what is freed in pieces.
   *
   * Non-obvious: nobody says how much that is. But when V8's account was at its highest the least was free, so whatever
   * is resident beyond V8's account now, and was not then, was freed in between. V8's own tables grow by some of it, too
   * (10 to 14 MB with many small objects), so this is not trusted to the limit.
   */
  const reusableBytes = (): number => {
    const tracked = trackedBytes();
    const untracked = residentBytes - tracked;
    if (tracked > densest.tracked) densest = { tracked, untracked };
    return Math.max(0, untracked - densest.untracked);
  };

  const hasRoom = (bytes: number): boolean => {
    take();
    const wanted = residentBytes + bytes;
    return wanted <= markBytes || (wanted <= trustedBytes && wanted - reusableBytes() <= markBytes);
  };

  const beThorough = (): void => {
    collector?.thorough();
    take();
    leastBytes = residentBytes;
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
    begin() {
      peakBytes = 0;
      mayBeThorough = true;
      take();
      trustedBytes = Math.max(limitBytes - marginBytes / 2, residentBytes + marginBytes / 8);
    },
    hasRoom,
    makeRoom(bytes, effort) {
      collector?.major();
      const isDone = hasRoom(bytes + spareBytes);
      if (isDone || effort === 'major' || !mayBeThorough) return isDone;
      mayBeThorough = false;
      beThorough();
      return hasRoom(bytes + spareBytes);
    },
    end(bytes) {
      if (hasRoom(bytes)) return;
      collector?.major();
      take();
      // Its buffers and texts are large: they are served from what the system has left, not from what is reusable.
      if (residentBytes + bytes > trustedBytes && residentBytes > leastBytes + spareBytes) beThorough();
    },
  };
}

function memorySizeBytes(): number {
  const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  return megabytes > 0 ? megabytes * bytesPerMb : Infinity;
}

function heapAndExternalBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
