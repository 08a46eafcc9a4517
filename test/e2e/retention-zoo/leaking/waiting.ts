// Consumers that leak in what never happens: listeners, timers, promises and contexts that nobody ends.

import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

import type { Animal } from '../animal.ts';

const never = new Promise<never>(() => {});

/** What waits for ever keeps what it has been given. */
export const waiting: readonly Animal[] = [
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
    name: 'contexts that each know the one before',
    hatch() {
      let context: object | undefined;
      return {
        record(record) {
          context = { order: record.value, before: context };
        },
      };
    },
  },
  {
    name: 'a FinalizationRegistry told of values by themselves',
    hatch() {
      const keys: object[] = [];
      const registry = new FinalizationRegistry(() => {});
      return {
        record(record) {
          const key = { offset: record.offset };
          keys.push(key);
          registry.register(key, record.value);
        },
      };
    },
  },
];
