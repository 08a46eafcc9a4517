// Consumers whose caches go on changing when they are full: values of very different size, generations, limits in bytes.

import { piece, type Animal } from '../animal.ts';
import { createRandom } from '../events.ts';

/** A cache of the last `capacity` texts between 1 KB and 300 KB, mostly small ones; 20 an invocation. */
const unequal = (capacity: number, seed: number): Animal['hatch'] => {
  return () => {
    const random = createRandom(seed);
    const entries = new Map<number, string>();
    return {
      record(record) {
        entries.set(record.offset, piece(Math.floor(1000 * 300 ** (random() ** 2))));
        entries.delete(record.offset - capacity);
      },
    };
  };
};

/** Their size wanders. */
export const turnover: readonly Animal[] = [
  { name: 'cache of 400 texts of very different size', hatch: unequal(400, 11) },
  { name: 'cache of 1,300 texts of very different size', hatch: unequal(1300, 12) },
  {
    name: 'cache that is limited in bytes',
    hatch() {
      const random = createRandom(13);
      const entries = new Map<number, string>();
      let bytes = 0;
      return {
        record(record) {
          const value = piece(Math.floor(1000 * 300 ** (random() ** 2)));
          entries.set(record.offset, value);
          bytes += value.length;
          for (const [key, old] of entries) {
            if (bytes <= 20_000_000) break;
            entries.delete(key);
            bytes -= old.length;
          }
        },
      };
    },
  },
  {
    name: 'map of maps, evicted every 15 invocations',
    hatch() {
      const byHour = new Map<number, Map<number, unknown>>();
      return {
        record(record) {
          const hour = Math.floor(record.offset / 300);
          let orders = byHour.get(hour);
          if (!orders) byHour.set(hour, (orders = new Map()));
          orders.set(record.offset, record.value);
          byHour.delete(hour - 2);
        },
      };
    },
  },
  {
    name: 'memo that is cleared when it has 500',
    hatch() {
      const memo = new Map<number, unknown>();
      return {
        record(record) {
          if (memo.size >= 500) memo.clear();
          memo.set(record.offset, record.value);
        },
      };
    },
  },
  {
    name: 'weak references to the values, forgotten when they die',
    hatch() {
      const known = new Map<number, WeakRef<object>>();
      const registry = new FinalizationRegistry((offset: number) => known.delete(offset));
      return {
        record(record) {
          const value = record.value as object;
          known.set(record.offset, new WeakRef(value));
          registry.register(value, record.offset);
        },
      };
    },
  },
];
