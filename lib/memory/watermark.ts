// How near this process is to its memory limit, and what can be done about it before work is turned away. The limit that
// kills is on resident memory, so that is what is measured; the heap alone would not see buffers and long strings.

import { getHeapStatistics } from 'node:v8';
import { createFullness, type Fullness } from './fullness.ts';
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
  /** Whether a full environment ends itself. Default: on Lambda, except on Managed Instances. */
  readonly endsWhenFull?: boolean;
}

/** What the next invocation needs before its first record settles, as the one that ends shows. */
export interface Demand {
  /** What arrives with an event, garbage included. */
  readonly arrivingBytes: number;
  /** What of it stays alive while records run. */
  readonly stayingBytes: number;
  /** What a declined record needs; 0 where none was declined. */
  readonly neededBytes: number;
  /** Until the deadline of the invocation that ends. With less than a second left nothing is collected. */
  readonly remainingMs: number;
}

/** A process's distance from its memory limit. */
export interface Watermark {
  /** Infinity where there is no limit: there is always room then. */
  readonly limitBytes: number;
  /** Above this much nothing new should start: an eighth below the limit, 20 to 64 MB; a quarter of that when `tight`. */
  readonly markBytes: number;
  /** Resident bytes at the last reading. */
  readonly residentBytes: number;
  /** The highest reading since `begin`. */
  readonly peakBytes: number;
  /** As of the last `end`. */
  readonly fullness: Fullness;
  /** Invocations that have ended. */
  readonly invocations: number;
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
   * Whether `bytes` more may be used by a record that runs alone, after `makeRoom` has failed: also above the mark where
   * this invocation has not brought it there, since its end would give nothing back.
   */
  hasLastRoom(bytes: number): boolean;
  /**
   * Ends an invocation. Collects where the next event would pass the mark: V8 knows nothing of the limit, and may not have
   * collected what this invocation leaves behind. Decides `fullness` where a collection does not help.
   */
  end(demand: Demand): void;
}

const bytesPerMb = 1_048_576;
// Local control groups kill up to 14 MB below the memory size, and Lambda counts a few MB outside of this process.
const leastMargin = 20 * bytesPerMb;
const mostMargin = 64 * bytesPerMb;
const leastRemainingMs = 1000;

/** Makes the watermark of this process. */
export function createWatermark(options: WatermarkOptions = {}): Watermark {
  const { limitBytes = memorySizeBytes(), trackedBytes = heapAndExternalBytes } = options;
  const read = options.residentBytes ?? createResidentReader();
  const collector = options.collector ?? (limitBytes < Infinity ? findCollector() : undefined);
  const marginBytes = Math.min(mostMargin, Math.max(leastMargin, limitBytes / 8));
  const fullness = createFullness(limitBytes, marginBytes, options.endsWhenFull ?? mayEndHere());
  // What collections must win beyond the need, or they would be run again for the very next record.
  const spareBytes = marginBytes / 4;
  let residentBytes = 0;
  let startBytes = 0;
  let peakBytes = 0;
  let invocations = 0;
  // How far what looks reusable is trusted. A process that starts an invocation beyond has survived it before.
  let trustedBytes = limitBytes;
  let densest = { tracked: 0, untracked: Infinity };
  let mayBeThorough = true;
  // What the last thorough collection could not take away, and what was resident at the last look at the live set.
  let leastBytes = 0;
  let judgedBytes = 0;

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
    const { markBytes } = fullness;
    const wanted = residentBytes + bytes;
    return wanted <= markBytes || (wanted <= trustedBytes && wanted - reusableBytes() <= markBytes);
  };

  const beThorough = (): void => {
    collector?.thorough();
    take();
    leastBytes = residentBytes;
  };

  /** Looks at what is alive; `bytes` are needed beside it. */
  const judge = (bytes: number): void => {
    // A thorough collection takes two to five times as long as a full one, and would find no more than the last one did.
    if (residentBytes > leastBytes + spareBytes) beThorough();
    judgedBytes = residentBytes;
    if (residentBytes + bytes + spareBytes <= limitBytes - marginBytes) fullness.clear();
    else fullness.judge({ invocations, residentBytes: residentBytes + bytes, liveBytes: trackedBytes() });
  };

  return {
    limitBytes,
    get markBytes() {
      return fullness.markBytes;
    },
    get residentBytes() {
      return residentBytes;
    },
    get peakBytes() {
      return peakBytes;
    },
    get fullness() {
      return fullness.state;
    },
    get invocations() {
      return invocations;
    },
    begin() {
      peakBytes = 0;
      mayBeThorough = true;
      // What a fresh environment holds it will hold for good.
      if (!hasRoom(0) && invocations === 0) judge(0);
      startBytes = residentBytes;
      trustedBytes = Math.max(limitBytes - marginBytes / 2, residentBytes + marginBytes / 8);
    },
    hasRoom,
    makeRoom(bytes, effort) {
      collector?.major();
      const isDone = hasRoom(bytes + spareBytes);
      const isWorthwhile = mayBeThorough && residentBytes > leastBytes + spareBytes;
      if (isDone || effort === 'major' || !isWorthwhile) return isDone;
      mayBeThorough = false;
      beThorough();
      return hasRoom(bytes + spareBytes);
    },
    hasLastRoom(bytes) {
      if (hasRoom(bytes)) return true;
      const isOwn = residentBytes > startBytes + spareBytes;
      return !isOwn && residentBytes + bytes <= limitBytes - marginBytes / 4;
    },
    end({ arrivingBytes, stayingBytes, neededBytes, remainingMs }) {
      invocations++;
      const nextBytes = Math.max(arrivingBytes, stayingBytes + neededBytes);
      const isRoomy = hasRoom(nextBytes + spareBytes);
      const isLarger = fullness.state !== 'roomy' && residentBytes > judgedBytes + marginBytes / 8;
      if ((isRoomy && !isLarger) || remainingMs < leastRemainingMs) return;
      collector?.major();
      if (!hasRoom(nextBytes + spareBytes) || fullness.state !== 'roomy') judge(stayingBytes + neededBytes);
    },
  };
}

/** Managed Instances replace an environment by themselves, and others' invocations are under way in it. */
function mayEndHere(): boolean {
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_MAX_CONCURRENCY: concurrency } = process.env;
  return name !== undefined && concurrency === undefined;
}

function memorySizeBytes(): number {
  const megabytes = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']);
  return megabytes > 0 ? megabytes * bytesPerMb : Infinity;
}

function heapAndExternalBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
