// Consumers that leak beside memory that comes and goes, or that fills at the same time.

import { oncePer20, piece, type Animal } from '../animal.ts';

/** Leaks 20 KB an invocation beside a buffer that is dropped every `period` invocations. */
const besideBuffer = (period: number): Animal['hatch'] => {
  return () => {
    const kept: string[] = [];
    let buffer: unknown[] = [];
    const leak = oncePer20(() => {
      kept.push(piece(20_480));
      if (kept.length % period === 0) buffer = [];
    });
    return {
      record(record) {
        leak();
        buffer.push(record.value);
      },
    };
  };
};

/** Leaks 25 KB an invocation beside a buffer that takes `bytes` an invocation and is dropped every `period`. */
const besideTeeth = (period: number, bytes: number): Animal['hatch'] => {
  return () => {
    const kept: string[] = [];
    let buffer: string[] = [];
    return {
      record: oncePer20(() => {
        kept.push(piece(25_600));
        buffer.push(piece(bytes));
        if (kept.length % period === 0) buffer = [];
      }),
    };
  };
};

/** Buffers 100 KB an invocation; of each `period` of them the first 20 KB of each stay for ever. */
const flushedInPart = (period: number): Animal['hatch'] => {
  return () => {
    const kept: string[] = [];
    let buffer: string[] = [];
    return {
      record: oncePer20(() => {
        buffer.push(piece(102_400));
        if (buffer.length < period) return;
        kept.push(piece(20_480 * period));
        buffer = [];
      }),
    };
  };
};

/** The leak is 20 or 25 KB an invocation, the rest is healthy. */
export const beside: readonly Animal[] = [
  {
    name: 'beside a cache that fills in 30 invocations',
    hatch() {
      const cache = new Map<number, string>();
      const kept: string[] = [];
      return {
        record: oncePer20(() => {
          kept.push(piece(20_480));
          cache.set(kept.length % 30, piece(81_920));
        }),
      };
    },
  },
  {
    name: 'beside tables of 5 MB that are loaded with the 9th',
    hatch() {
      const kept: string[] = [];
      const tables: string[] = [];
      return {
        record: oncePer20(() => {
          kept.push(piece(20_480));
          if (kept.length === 9) for (let i = 0; i < 5000; i++) tables.push(piece(1000 + (i % 7)));
        }),
      };
    },
  },
  {
    name: 'beside a full cache, from invocation 150 on',
    leaksFrom: 150,
    hatch() {
      const cache = new Map<number, unknown>();
      const kept: string[] = [];
      let invocation = 0;
      const leak = oncePer20(() => {
        if (++invocation >= 150) kept.push(piece(20_480));
      });
      return {
        record(record) {
          cache.set(record.offset, record.value);
          cache.delete(record.offset - 800);
          leak();
        },
      };
    },
  },
  { name: 'beside a buffer that is flushed every 4', hatch: besideBuffer(4) },
  { name: 'beside a buffer that is flushed every 10', hatch: besideBuffer(10) },
  // What comes and goes is more than what leaks within 80 invocations.
  { name: 'beside 16 KB more that are flushed every 40', hatch: besideTeeth(40, 16_384) },
  { name: 'beside 100 KB more that are flushed every 30', hatch: besideTeeth(30, 102_400), foundWithin: 110 },
  // What comes and goes is a quarter to a third of what leaks within 100 invocations.
  { name: 'what flushes every 5 leave behind', hatch: flushedInPart(5) },
  { name: 'what flushes every 7 leave behind', hatch: flushedInPart(7) },
];
