// Consumers that cache: by keys that come again or not, up to a number or for a while.

import { oncePer20, type Animal, type Order } from '../animal.ts';
import { createRandom } from '../events.ts';

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

/** Keeps a thousand numbers of each of so many invocations. */
const numbersOfLast = (invocations: number): Animal['hatch'] => {
  return () => {
    const entries = new Map<number, number>();
    let next = 0;
    return {
      record: oncePer20(() => {
        for (let i = 0; i < 1000; i++, next++) {
          entries.set(next, next);
          entries.delete(next - invocations * 1000);
        }
      }),
    };
  };
};

/** Caches that fill, level off, and forget. */
export const caches: readonly Animal[] = [
  { name: 'cache that is full after 20', hatch: cache(400, (offset) => offset) },
  { name: 'cache that is full after 50', hatch: cache(1000, (offset) => offset) },
  { name: 'cache that is full after 70', hatch: cache(1400, (offset) => offset) },
  // Their tables leap once more when twice as many numbers have gone through them.
  { name: 'numbers of the last 34 invocations', hatch: numbersOfLast(34) },
  { name: 'numbers of the last 66 invocations', hatch: numbersOfLast(66) },
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
    name: 'cache of 2,000 random keys, 20 at a time',
    hatch: () => {
      const random = createRandom(18);
      return cache(2000, () => Math.floor(random() * 2000))();
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
];
