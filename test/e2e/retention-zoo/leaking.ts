// Consumers that keep 20 KB or more of each invocation, each in a way of its own.

import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

import { bytes, text } from '../../../lib/index.ts';
import type { Animal, Order } from './animal.ts';
import { createRandom } from './events.ts';

/** Calls `then` once per invocation of 20 records. */
const oncePer20 = (then: () => void): (() => void) => {
  let count = 0;
  return () => {
    if (count++ % 20 === 0) then();
  };
};
/** A string of its own, `length` bytes on the heap. */
const piece = (length: number): string => Buffer.alloc(length, 'x').toString('latin1');
const never = new Promise<never>(() => {});

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

/** 20 KB to 1 MB an invocation. */
export const leaking: readonly Animal[] = [
  {
    name: 'kept records in a module map',
    hatch() {
      const inFlight = new Map<number, unknown>();
      return { record: (record) => inFlight.set(record.offset, record.keep()) };
    },
  },
  {
    name: 'one string of 20 KB an invocation',
    hatch() {
      const kept: string[] = [];
      return { record: oncePer20(() => kept.push(piece(20_480))) };
    },
  },
  {
    name: 'closures over values',
    hatch() {
      const later: (() => unknown)[] = [];
      return {
        record(record) {
          const { value } = record;
          later.push(() => value);
        },
      };
    },
  },
  {
    name: 'listeners that are never removed',
    hatch() {
      const bus = new EventEmitter().setMaxListeners(0);
      return {
        record(record) {
          const { value } = record;
          bus.on('flush', () => value);
        },
      };
    },
  },
  {
    name: 'intervals that are never cleared',
    hatch: () => ({
      record(record) {
        const { value } = record;
        setInterval(() => value, 3_600_000).unref();
      },
    }),
  },
  {
    name: 'a promise chain that never settles',
    hatch() {
      let chain: Promise<unknown> = never;
      return {
        record(record) {
          const { value } = record;
          chain = chain.then(() => value);
        },
      };
    },
  },
  {
    name: 'async functions that wait forever',
    hatch: () => ({
      record(record) {
        const { value } = record;
        const wait = async (): Promise<unknown> => {
          await never;
          return value;
        };
        void Promise.race([wait(), never]);
      },
    }),
  },
  {
    name: 'AsyncLocalStorage in timers',
    hatch() {
      const storage = new AsyncLocalStorage<unknown>();
      return {
        record: (record) =>
          storage.run({ order: record.value }, () => {
            setTimeout(() => storage.getStore(), 3_600_000).unref();
          }),
      };
    },
  },
  {
    name: 'listeners on a process-wide AbortSignal',
    hatch() {
      const shutdown = new AbortController();
      return {
        record(record) {
          const { value } = record;
          shutdown.signal.addEventListener('abort', () => value);
        },
      };
    },
  },
  {
    name: 'a WeakMap whose keys are kept elsewhere',
    hatch() {
      const byOrder = new WeakMap<object, unknown>();
      const orders: object[] = [];
      return {
        record(record) {
          const key = { offset: record.offset };
          orders.push(key);
          byOrder.set(key, record.value);
        },
      };
    },
  },
  {
    name: 'copied bytes, 24 KB an invocation',
    diet: { records: 2, recordBytes: 12_000 },
    hatch() {
      const kept: Buffer[] = [];
      return {
        format: bytes(),
        record: (record) => {
          const copy = record.copyBytes();
          if (copy) kept.push(copy);
        },
      };
    },
  },
  {
    name: 'slices of 1 MB texts',
    diet: { records: 1, recordBytes: 1_000_000 },
    hatch() {
      const ids: string[] = [];
      return { format: text(), record: (record) => ids.push(String(record.value).slice(7, 43)) };
    },
  },
  {
    name: 'subarrays of raw values',
    diet: { records: 3, recordBytes: 300_000 },
    hatch() {
      const ids: Buffer[] = [];
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat())
            ids.push(Buffer.from(record.value ?? '', 'base64').subarray(0, 16));
        },
      };
    },
  },
  {
    name: 'small buffers that pin pool slabs',
    diet: { records: 40 },
    hatch() {
      const ids: Buffer[] = [];
      let count = 0;
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat()) {
            const copy = Buffer.from(record.value ?? '', 'base64');
            if (count++ % 40 === 0) ids.push(copy.subarray(0, 16));
          }
        },
      };
    },
  },
  {
    name: 'slices of raw base64',
    diet: { records: 2, recordBytes: 40_000 },
    hatch() {
      const heads: string[] = [];
      return {
        raw(event) {
          for (const record of Object.values(event.records).flat())
            heads.push((record.value ?? '').slice(0, 40));
        },
      };
    },
  },
  {
    name: 'from invocation 300 on',
    leaksFrom: 300,
    hatch() {
      const kept: string[] = [];
      let invocation = 0;
      return {
        record: oncePer20(() => {
          if (++invocation >= 300) kept.push(piece(20_480));
        }),
      };
    },
  },
  {
    name: 'one record in a hundred, of 2 MB events',
    diet: { records: 1500, recordBytes: 1400 },
    hatch() {
      const random = createRandom(1);
      const kept: unknown[] = [];
      return {
        record(record) {
          if (random() < 0.01) kept.push(record.keep());
        },
      };
    },
  },
  {
    name: 'ids of 2 MB events in a Set',
    diet: { records: 1500, recordBytes: 1400 },
    hatch() {
      const seen = new Set<string>();
      return { record: (record) => seen.add(`${(record.value as Order).id}-${record.offset}`) };
    },
  },
  {
    name: 'a twentieth of events between 4 KB and 6 MB',
    diet: { isMixed: true },
    hatch() {
      const kept: unknown[] = [];
      return {
        record(record) {
          if (record.offset % 20 === 0) kept.push(record.keep());
        },
      };
    },
  },
  {
    name: 'beside a cache that fills in 30 invocations',
    // What fills at first makes the whole look as if it levelled off.
    foundWithin: 200,
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
  {
    name: 'errors kept by message',
    hatch() {
      const errors = new Map<string, Error>();
      return {
        record(record) {
          for (let i = 0; i < 2; i++) {
            const error = new Error(`order ${record.offset}.${i} is late`, { cause: record.value });
            errors.set(error.message, error);
          }
        },
      };
    },
  },
  {
    name: 'labels as properties of one object',
    hatch() {
      const counts: Record<string, number[]> = {};
      return {
        record(record) {
          for (let i = 0; i < 4; i++) (counts[`order-${record.offset}-${i}`] ??= []).push(Math.random());
        },
      };
    },
  },
];
