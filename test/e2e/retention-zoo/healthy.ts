// Consumers that keep memory for a while, or much of it, and yet do not grow for ever.

import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { gzipSync } from 'node:zlib';

import { text } from '../../../lib/index.ts';
import type { Animal, Order } from './animal.ts';
import { createRandom } from './events.ts';

/** Caches the values by `keyOf`; the oldest entry goes when there are more than `capacity`. */
const cache = (capacity: number, keyOf: (offset: number) => number): Animal['hatch'] => {
  return () => {
    const entries = new Map<number, unknown>();
    return {
      record(record) {
        const key = keyOf(record.offset);
        if (!entries.has(key)) entries.set(key, record.keep());
        const oldest = entries.size > capacity ? entries.keys().next() : undefined;
        if (oldest && !oldest.done) entries.delete(oldest.value);
      },
    };
  };
};
/** Collects values and drops them all every `period` invocations of 20 records. */
const flushed = (period: number): Animal['hatch'] => {
  return () => {
    let buffer: unknown[] = [];
    return {
      record(record) {
        buffer.push(record.value);
        if (buffer.length >= 20 * period) buffer = [];
      },
    };
  };
};

/** Stateless ones, caches, buffers, pools, and everything that cleans up after itself. */
export const healthy: readonly Animal[] = [
  { name: 'nothing kept', hatch: () => ({ record: (record) => JSON.stringify(record.value).length }) },
  {
    name: 'nothing kept of 4 MB events',
    diet: { records: 3000, recordBytes: 1000 },
    hatch: () => ({ record: (record) => (record.value as Order).items.length }),
  },
  {
    name: 'nothing kept of events between 4 KB and 6 MB',
    diet: { isMixed: true },
    hatch: () => ({ record: (record) => JSON.stringify(record.value).length }),
  },
  {
    name: 'nothing kept of 1 MB texts',
    diet: { records: 2, recordBytes: 1_000_000 },
    hatch: () => ({ format: text(), record: (record) => String(record.value).slice(7, 43).length }),
  },
  { name: 'cache that is full after 20', hatch: cache(400, (offset) => offset) },
  { name: 'cache that is full after 50', hatch: cache(1000, (offset) => offset) },
  { name: 'cache that is full after 70', hatch: cache(1400, (offset) => offset) },
  {
    name: 'cache of 50,000 that is full after 25',
    diet: { records: 2000, recordBytes: 300 },
    hatch: cache(50_000, (offset) => offset),
  },
  {
    name: 'cache of 20,000 random keys of 30,000',
    diet: { records: 500 },
    hatch: () => {
      const random = createRandom(2);
      return cache(20_000, () => Math.floor(random() * 30_000))();
    },
  },
  {
    name: 'cache of random keys, slowly',
    diet: { records: 100 },
    hatch: () => {
      const random = createRandom(3);
      return cache(20_000, () => Math.floor(random() * 6_000))();
    },
  },
  {
    name: 'cache of 15,000 random keys, very slowly',
    diet: { records: 100 },
    hatch: () => {
      const random = createRandom(6);
      return cache(20_000, () => Math.floor(random() * 15_000))();
    },
  },
  {
    name: 'cache of keys of which some are frequent',
    diet: { records: 200 },
    hatch: () => {
      const random = createRandom(4);
      return cache(5_000, () => Math.floor(20_000 * random() ** 3))();
    },
  },
  { name: 'buffer that is flushed every 10', hatch: flushed(10) },
  { name: 'buffer that is flushed every 24', hatch: flushed(24) },
  { name: 'buffer that is flushed every 50', hatch: flushed(50) },
  {
    name: 'previous batch, until the next',
    diet: { isMixed: true },
    hatch() {
      let previous: unknown[] = [];
      let current: unknown[] = [];
      let lastLane = -1;
      return {
        record(record) {
          // Partition 0 comes first in each invocation.
          if (record.partition < lastLane) [previous, current] = [current, []];
          lastLane = record.partition;
          current.push(record.value);
          return previous.length;
        },
      };
    },
  },
  {
    name: 'clients that are made when they are needed',
    hatch() {
      const clients: Buffer[] = [];
      let count = 0;
      return {
        record() {
          if ([1, 600, 700, 1300, 4000, 9000].includes(++count)) clients.push(Buffer.alloc(3_000_000));
        },
      };
    },
  },
  {
    name: 'connections, up to 12',
    hatch() {
      const random = createRandom(5);
      const pool: { readonly input: Buffer; readonly pending: Map<number, string> }[] = [];
      return {
        record(record) {
          // The more there are the less often all of them are busy.
          if (pool.length < 12 && random() < 0.05 / (1 + pool.length))
            pool.push({ input: Buffer.alloc(65_536), pending: new Map() });
          const connection = pool[record.offset % pool.length];
          connection?.pending.set(record.offset, 'x'.repeat(100));
          connection?.pending.delete(record.offset);
        },
      };
    },
  },
  {
    name: 'functions that are compiled one by one',
    hatch() {
      type Validate = (order: unknown) => unknown;
      const compiled = new Map<number, Validate>();
      return {
        record(record) {
          const shape = Math.min(Math.floor(record.offset / 30), 60);
          let run = compiled.get(shape);
          if (!run) {
            const checks = Array.from({ length: 40 }, (_, i) => `if (order.f${shape}_${i}) sum += ${i};`);
            // oxlint-disable-next-line typescript/no-implied-eval -- validators are generated like this
            run = new Function('order', `let sum = 0; ${checks.join('\n')} return sum;`) as Validate;
            compiled.set(shape, run);
          }
          return run?.(record.value);
        },
      };
    },
  },
  {
    name: 'interned strings, up to 2,000',
    diet: { records: 40 },
    hatch() {
      const interned = new Map<string, string>();
      return {
        record(record) {
          const name = `customer ${record.offset} ${(record.value as Order).note.slice(0, 300)}`;
          if (!interned.has(name) && interned.size < 2000)
            interned.set(name, JSON.parse(JSON.stringify(name)));
        },
      };
    },
  },
  {
    name: 'timers that are cleared two invocations later',
    hatch() {
      const pending: NodeJS.Timeout[] = [];
      return {
        record(record) {
          const { value } = record;
          pending.push(setTimeout(() => value, 60_000).unref());
          if (pending.length > 40) clearTimeout(pending.shift());
        },
      };
    },
  },
  {
    name: 'listeners that are removed',
    hatch() {
      const bus = new EventEmitter();
      return {
        record(record) {
          const { value } = record;
          const listener = (): unknown => value;
          bus.once('flush', listener);
          bus.emit('flush');
        },
      };
    },
  },
  {
    name: 'a promise chain that settles',
    hatch() {
      let chain: Promise<unknown> = Promise.resolve();
      return {
        record(record) {
          const { value } = record;
          chain = chain.then(() => value);
        },
      };
    },
  },
  {
    name: 'AsyncLocalStorage around awaits',
    hatch() {
      const storage = new AsyncLocalStorage<unknown>();
      return {
        record: (record) =>
          storage.run({ order: record.value }, async () => {
            await Promise.resolve();
            return storage.getStore();
          }),
      };
    },
  },
  {
    name: 'a WeakMap of values',
    hatch() {
      const seen = new WeakMap<object, number>();
      return { record: (record) => seen.set(record.value as object, record.offset) };
    },
  },
  {
    name: 'ring of the last 1,000 records',
    hatch() {
      const ring: unknown[] = Array.from({ length: 1000 });
      return {
        record(record) {
          ring[record.offset % ring.length] = record.keep();
        },
      };
    },
  },
  {
    name: 'seen ids in two generations',
    diet: { records: 100 },
    hatch() {
      let [young, old] = [new Set<string>(), new Set<string>()];
      return {
        record(record) {
          young.add(`${(record.value as Order).id}-${record.offset}`);
          if (young.size >= 3000) [young, old] = [new Set<string>(), young];
          return old.size;
        },
      };
    },
  },
  {
    name: 'archive that is compressed every 20',
    hatch() {
      let lines: string[] = [];
      return {
        record(record) {
          lines.push(JSON.stringify(record.value));
          if (lines.length < 400) return;
          gzipSync(lines.join('\n'));
          lines = [];
        },
      };
    },
  },
  {
    name: 'ring of the last 50 buffers',
    hatch() {
      const ring: Buffer[] = [];
      let count = 0;
      return {
        record() {
          if (count++ % 20 === 0) ring.push(Buffer.alloc(200_000, 1));
          if (ring.length > 50) ring.shift();
        },
      };
    },
  },
];
