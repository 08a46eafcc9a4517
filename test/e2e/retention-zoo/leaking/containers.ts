// Consumers that leak in a container: maps, queues, tables and lists from which too little is taken out.

import type { Animal } from '../animal.ts';
import type { Order } from '../animal.ts';

/** What is put in is never taken out, or less of it than is put in. */
export const containers: readonly Animal[] = [
  {
    name: 'kept records in a module map',
    hatch() {
      const inFlight = new Map<number, unknown>();
      return { record: (record) => inFlight.set(record.offset, record.keep()) };
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
  {
    name: 'small entries in a map whose table doubles',
    hatch() {
      const seen = new Map<number, { readonly at: number }>();
      return {
        record(record) {
          for (let i = 0; i < 15; i++) seen.set(record.offset * 15 + i, { at: record.offset + i });
        },
      };
    },
  },
  {
    name: 'ids in a set whose table doubles',
    hatch() {
      const seen = new Set<string>();
      return {
        record(record) {
          for (let i = 0; i < 20; i++) seen.add(`${record.offset}-${i}`);
        },
      };
    },
  },
  {
    name: 'a queue that is drained half as fast',
    diet: { records: 40 },
    hatch() {
      const queue: unknown[] = [];
      return {
        record(record) {
          queue.push(record.value);
          if (record.offset % 2 === 0) queue.shift();
        },
      };
    },
  },
  {
    name: 'a map of maps, of which one in two is evicted',
    diet: { records: 40 },
    hatch() {
      const byMinute = new Map<number, Map<string, unknown>>();
      return {
        record(record) {
          const minute = Math.floor(record.offset / 120);
          let orders = byMinute.get(minute);
          if (!orders) byMinute.set(minute, (orders = new Map()));
          orders.set(`${(record.value as Order).id}-${record.offset}`, record.value);
          if (minute % 2 === 1) byMinute.delete(minute - 2);
        },
      };
    },
  },
  {
    name: 'functions compiled for each record',
    hatch() {
      const compiled: unknown[] = [];
      return {
        record(record) {
          const checks = Array.from(
            { length: 20 },
            (_, i) => `if (order.f${i} > ${record.offset}) sum += ${i};`,
          );
          // oxlint-disable-next-line typescript/no-implied-eval -- validators are generated like this
          const run = new Function('order', `let sum = 0; ${checks.join('\n')} return sum;`) as (
            o: unknown,
          ) => number;
          compiled.push(run);
          return run(record.value);
        },
      };
    },
  },
  {
    name: 'numbers in one array',
    // Up to its leap at 70 it is what an array may be that is full then; the next one comes after half as long again.
    foundWithin: 130,
    hatch() {
      const sums: number[] = [];
      return {
        record(record) {
          for (let i = 0; i < 128; i++) sums.push(record.offset + i / 128);
        },
      };
    },
  },
  {
    name: 'numbers in one set',
    // Its table doubles once in this time, and a cache of numbers that was full after 70 may leap as late as that.
    foundWithin: 280,
    hatch() {
      const seen = new Set<number>();
      return {
        record(record) {
          for (let i = 0; i < 64; i++) seen.add(record.offset * 64 + i);
        },
      };
    },
  },
];
