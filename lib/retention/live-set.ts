// What is still alive after an invocation, found as cheaply as it can be told from garbage. Its own file because when to
// collect, and when not to, is all it is about; what the series mean is for `growth.ts`.

import { findCollector, type ThoroughCollector } from '../memory/gc.ts';
import {
  outsideBytes,
  toGauges,
  usedBytes,
  type Gauges,
  type MemoryReading,
} from '../memory/memory-usage.ts';
import type { Thresholds } from './thresholds.ts';
import type { Point } from './trend.ts';

/** What is measured with; every part has a default. */
export interface MeterOptions extends Partial<Gauges> {
  /** Default: V8's own. */
  readonly collector?: ThoroughCollector;
}

/** Takes points. */
export interface LiveSetMeter {
  /** Heap and external memory, compiled code left out; oldest first. Exact, or from above where nothing has grown. */
  readonly live: readonly Point[];
  /** Resident memory that V8 does not account for, as of the looks. */
  readonly outside: readonly Point[];
  /** The readings of the first and of the newest exact point. */
  readonly readings: readonly [first: MemoryReading, newest: MemoryReading] | undefined;
  /**
   * Call it after each invocation. True when there is a new point. What others that are under way hold looks like what stays, so
   * where `isQuiet` is false nothing is read, unless no invocation has ended in quiet for as long as two looks are apart.
   */
  observe(isQuiet?: boolean): boolean;
  /** Collects, and takes an exact point now. */
  collect(): void;
  /** Gives back what V8 keeps for later, and counts what is outside of it anew unless most of its growth is still there. */
  confirmOutside(): void;
}

// The first point is taken when modules are loaded and the user's clients are made.
const firstLook = 4;
const nothing: Point = { invocation: 0, bytes: Infinity };
/** The median slope of so many points takes 50 us. */
const mostPoints = 32;

/**
 * Makes a meter; undefined where V8's collector cannot be reached. `headroomOf` gives the bytes that are left until the
 * limit, `gateOf` the growth that matters.
 *
 * After every invocation the memory in use is read (10 us). A look, every 20 invocations or, in a young environment, as
 * often as its age allows, compares the lowest reading since the last one with the newest point: where too little has come,
 * nothing has grown. Where more has come, young objects are collected (0.2..2 ms); where that does not explain it, all
 * (0.7 ms for each MB that is alive).
 */
export function createLiveSetMeter(
  options: MeterOptions,
  limits: Pick<Thresholds, 'lookInterval' | 'lookShare' | 'collectShare' | 'garbageShare'>,
  {
    headroomOf,
    gateOf,
  }: {
    readonly headroomOf: (reading: MemoryReading) => number;
    readonly gateOf: (headroomBytes: number) => number;
  },
): LiveSetMeter | undefined {
  const collector = options.collector ?? findCollector();
  if (!collector) return undefined;
  const { read, codeBytes } = toGauges(options);
  const live: Point[] = [];
  const outside: Point[] = [];
  let invocation = 0;
  let nextLook = firstLook;
  let quietAt = 0;
  let code = 0;
  let readings: LiveSetMeter['readings'];
  /** The lowest reading in the later half of the time since the last look, as V8's own collections leave it. */
  let low = nothing;
  let lowFrom = 0;
  /** What must have come since the newest point for a full collection: the more of it is garbage, the more. */
  let stepBytes = 0;
  let leastStep = 0;
  /** Invocations in which growth that goes on brings a step more. */
  let pace = Infinity;

  const used = (reading: MemoryReading): number => usedBytes(reading) - code;
  const add = (point: Point): void => {
    live.push(point);
    thin(live);
  };

  /** Collects, and takes an exact point. */
  const collect = (): MemoryReading => {
    collector.major();
    code = codeBytes();
    const reading = read();
    readings = [readings?.[0] ?? reading, reading];
    add({ invocation, bytes: used(reading) });
    return reading;
  };

  /** The same, and learns from what was found when the next one is worth its time. `comeBytes` may have grown. */
  const probe = (newest: Point | undefined, comeBytes: number): void => {
    const reading = collect();
    const headroomBytes = headroomOf(reading);
    leastStep = gateOf(headroomBytes) * limits.collectShare;
    const mostStep = Math.max(leastStep, headroomBytes * limits.garbageShare);
    const grown = newest ? Math.max(0, used(reading) - newest.bytes) : comeBytes;
    stepBytes = Math.min(leastStep * Math.max(1, comeBytes / grown), mostStep);
    const passed = invocation - (newest?.invocation ?? 0);
    pace = grown >= leastStep / 2 ? Math.ceil((passed * leastStep) / grown) : Infinity;
  };

  const look = (reading: MemoryReading): boolean => {
    outside.push({ invocation, bytes: outsideBytes(reading) });
    thin(outside);
    const newest = live.at(-1);
    let lowest = low;
    if (newest && lowest.bytes > newest.bytes + stepBytes) {
      collector.minor();
      code = codeBytes();
      lowest = { invocation, bytes: used(read()) };
    }
    if (newest && lowest.bytes <= newest.bytes + stepBytes) {
      // Nearly nothing has come, so nothing has grown.
      const isFlat = lowest.bytes <= newest.bytes + leastStep / 4;
      if (isFlat) add({ ...lowest, bytes: Math.min(lowest.bytes, newest.bytes) });
      if (isFlat) pace = Infinity;
      return isFlat;
    }
    probe(newest, lowest.bytes - (newest?.bytes ?? 0));
    return true;
  };

  return {
    live,
    outside,
    get readings() {
      return readings;
    },
    observe(isQuiet = true) {
      invocation++;
      if (isQuiet) quietAt = invocation;
      else if (invocation - quietAt < limits.lookInterval) return false;
      const reading = read();
      const bytes = used(reading);
      if (invocation >= lowFrom && bytes < low.bytes) low = { invocation, bytes };
      if (invocation < nextLook) return false;
      const isNew = look(reading);
      const byAge = Math.floor(invocation * limits.lookShare);
      const interval = Math.max(1, Math.min(limits.lookInterval, byAge, pace));
      [low, lowFrom, nextLook] = [nothing, invocation + Math.ceil(interval / 2), invocation + interval];
      return isNew;
    },
    collect: () => void collect(),
    confirmOutside() {
      const [first, last] = [outside[0]?.bytes ?? 0, outside.at(-1)?.bytes ?? 0];
      collector.thorough();
      const bytes = outsideBytes(read());
      if (bytes - first < (last - first) / 2) outside.splice(0, outside.length, { invocation, bytes });
    },
  };
}

/** Drops every second of the older points, all of which are needed no longer once there are many. */
function thin(points: Point[]): void {
  if (points.length <= mostPoints) return;
  const kept = points.filter((_, i) => i % 2 === 0 || i > mostPoints / 2);
  points.splice(0, points.length, ...kept);
}
