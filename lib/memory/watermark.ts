// How near this process is to its memory limit, and what can be done about it before work is turned away. The limit that
// kills is on resident memory, so that is what is measured; the heap alone would not see buffers and long strings.

import { createFullness, type Fullness } from './fullness.ts';
import { findCollector, type ThoroughCollector } from './gc.ts';
import { Peaks } from './peaks.ts';
import { createResidentReader } from './rss.ts';
import { findThreadShare, toThreadLimit } from './thread-share.ts';

/** Options of `createWatermark()`; every field is optional. */
export interface WatermarkOptions {
  /** Bytes of resident memory at which the process is killed. Default: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` MB; no limit if it is not set. */
  readonly limitBytes?: number;
  /** Reads the resident bytes of this process. Default: from the kernel. */
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

/**
 * A process's distance from its memory limit. Where several threads share the process, on Managed Instances, the mark and what is
 * resident are those of this thread: its heap, and its share of the limit.
 */
export interface Watermark {
  /** Of the process. Infinity where there is no limit: there is always room then. */
  readonly limitBytes: number;
  /** Above this much nothing new should start: an eighth below the limit, 20 to 64 MB; a quarter of that when `tight`. */
  readonly markBytes: number;
  /** Resident bytes at the last reading. */
  readonly residentBytes: number;
  /** As of the last end of an invocation. */
  readonly fullness: Fullness;
  /** Invocations that have ended. */
  readonly invocations: number;
  /** Begins an invocation with a reading; its `end` must follow. Several may be under way. */
  begin(): Stay;
  /** Takes a reading and tells whether `bytes` more stay below the mark. 2 us, or 3 above the mark. */
  hasRoom(bytes: number): boolean;
  /**
   * Collects, and tells whether `bytes` more stay below the mark now, with some to spare. `thorough` collects thoroughly
   * where that does not do, once in an invocation.
   */
  makeRoom(bytes: number, effort: 'major' | 'thorough'): boolean;
  /**
   * Whether `bytes` more may be used by a record that runs alone, after `makeRoom` has failed: also above the mark where
   * this invocation has not brought it there, since its end would give nothing back. With others under way nobody can say who has.
   */
  hasLastRoom(bytes: number): boolean;
}

/** An invocation under way. */
export interface Stay {
  /** The highest reading since it began. */
  readonly peakBytes: number;
  /** Whether no other invocation is under way. */
  readonly isAlone: boolean;
  /**
   * Ends it; once more does nothing. Collects where the next event would pass the mark: V8 knows nothing of the limit, and may not
   * have collected what this invocation leaves behind. Decides `fullness` where a collection does not help. Nothing of both while
   * others are under way, whose memory would count as what stays, or without a demand.
   */
  end(demand?: Demand): void;
}

const bytesPerMb = 1_048_576;
// Local control groups kill up to 14 MB below the memory size, and Lambda counts a few MB outside of this process.
const leastMargin = 20 * bytesPerMb;
const mostMargin = 64 * bytesPerMb;
const leastRemainingMs = 1000;

/** Makes the watermark of this process. */
export function createWatermark(options: WatermarkOptions = {}): Watermark {
  const { limitBytes: wholeBytes = memorySizeBytes(), trackedBytes = heapAndExternalBytes } = options;
  // One of several threads looks at its own heap and at its share; what is free in the process is everybody's.
  const share = options.residentBytes || wholeBytes === Infinity ? undefined : findThreadShare();
  const limitBytes = share ? toThreadLimit(wholeBytes, share.threads) : wholeBytes;
  const read = options.residentBytes ?? share?.ownBytes ?? createResidentReader();
  const collector = options.collector ?? (limitBytes < Infinity ? findCollector() : undefined);
  const marginBytes = toMargin(limitBytes);
  const fullness = createFullness(limitBytes, marginBytes, options.endsWhenFull ?? mayEndHere());
  // What collections must win beyond the need, or they would be run again for the very next record.
  const spareBytes = marginBytes / 4;
  let residentBytes = 0;
  let startBytes = 0;
  const peaks = new Peaks();
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
    if (!share) peaks.note(residentBytes);
  };

  /** Whether the process has room for as much in each of its threads. */
  const isRoomForAll = (bytes: number): boolean => {
    if (!share) return false;
    const all = share.processBytes();
    peaks.note(all);
    return all + bytes * share.threads <= wholeBytes - toMargin(wholeBytes);
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
    if (isRoomForAll(bytes)) return true;
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

  const end = ({ arrivingBytes, stayingBytes, neededBytes, remainingMs }: Demand): void => {
    const nextBytes = Math.max(arrivingBytes, stayingBytes + neededBytes);
    const isRoomy = hasRoom(nextBytes + spareBytes);
    const isLarger = fullness.state !== 'roomy' && residentBytes > judgedBytes + marginBytes / 8;
    if ((isRoomy && !isLarger) || remainingMs < leastRemainingMs) return;
    collector?.major();
    if (!hasRoom(nextBytes + spareBytes) || fullness.state !== 'roomy') judge(stayingBytes + neededBytes);
  };

  return {
    limitBytes: wholeBytes,
    get markBytes() {
      return fullness.markBytes;
    },
    get residentBytes() {
      return residentBytes;
    },
    get fullness() {
      return fullness.state;
    },
    get invocations() {
      return invocations;
    },
    begin() {
      const isFirst = peaks.size === 0;
      mayBeThorough = true;
      // What a fresh environment holds it will hold for good.
      if (!hasRoom(0) && invocations === 0 && isFirst) judge(0);
      if (isFirst) {
        startBytes = residentBytes;
        trustedBytes = Math.max(limitBytes - marginBytes / 2, residentBytes + marginBytes / 8);
      }
      const peak = peaks.begin(residentBytes);
      return {
        get peakBytes() {
          return peak.value;
        },
        get isAlone() {
          return peaks.size === 1;
        },
        end(demand) {
          if (!peaks.end(peak)) return;
          invocations++;
          if (peaks.size === 0 && demand) end(demand);
        },
      };
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
      const isOwn = peaks.size < 2 && residentBytes > startBytes + spareBytes;
      return !isOwn && residentBytes + bytes <= limitBytes - marginBytes / 4;
    },
  };
}

/** What is kept free of a limit. */
function toMargin(limitBytes: number): number {
  return Math.min(mostMargin, Math.max(leastMargin, limitBytes / 8));
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
  const { used_heap_size: heap, external_memory: external } = process
    .getBuiltinModule('node:v8')
    .getHeapStatistics();
  return heap + external;
}
