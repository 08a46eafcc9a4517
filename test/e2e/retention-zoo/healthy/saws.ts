// Consumers whose memory rises and falls in teeth of changing height, alone and beside something that fills: the shape that
// a close look at growth could take for a leak.

import { oncePer20, piece, type Animal } from '../animal.ts';
import { createRandom } from '../events.ts';

/** Flushes after about `period` invocations; the height of the teeth swings by half within `swing` invocations. */
const saw = (period: number, bytes: number, swing: number): Animal['hatch'] => {
  return () => {
    const random = createRandom(period);
    let buffer: string[] = [];
    let invocation = 0;
    let nextFlush = period;
    return {
      record: oncePer20(() => {
        invocation++;
        const height = 1 + 0.5 * Math.sin((2 * Math.PI * invocation) / swing);
        buffer.push(piece(Math.round(bytes * height * (0.8 + 0.4 * random()))));
        if (invocation < nextFlush) return;
        buffer = [];
        nextFlush = invocation + Math.max(1, Math.round(period * (0.8 + 0.4 * random())));
      }),
    };
  };
};

/** Keeps the last `length` texts, whose size goes from 10 KB to 60 KB and back within `day` invocations. */
const dayAndNight = (length: number, day: number): Animal['hatch'] => {
  return () => {
    const ring: string[] = [];
    let invocation = 0;
    return {
      record: oncePer20(() => {
        const size = 35_000 - 25_000 * Math.cos((2 * Math.PI * invocation++) / day);
        ring.push(piece(Math.round(size)));
        if (ring.length > length) ring.shift();
      }),
    };
  };
};

/** Flushes every `period` invocations beside a cache that is full after `full`. */
const besideCache = (period: number, full: number): Animal['hatch'] => {
  return () => {
    const cache = new Map<number, string>();
    let buffer: string[] = [];
    let invocation = 0;
    return {
      record: oncePer20(() => {
        cache.set(invocation++ % full, piece(20_480));
        buffer.push(piece(20_480));
        if (invocation % period === 0) buffer = [];
      }),
    };
  };
};

/** None of them keeps more than it had at its highest. */
export const saws: readonly Animal[] = [
  { name: 'teeth of 3, that change in height', hatch: saw(3, 40_000, 700) },
  { name: 'teeth of 13, that change in height', hatch: saw(13, 20_480, 400) },
  { name: 'teeth of 60, that change in height', hatch: saw(60, 30_000, 1500) },
  { name: 'ring of the last 40 texts, day and night', hatch: dayAndNight(40, 600) },
  { name: 'teeth of 15 beside a cache that is full after 60', hatch: besideCache(15, 60) },
  { name: 'teeth of 40 beside a cache that is full after 60', hatch: besideCache(40, 60) },
];
