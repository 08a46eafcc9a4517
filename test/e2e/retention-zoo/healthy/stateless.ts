// Consumers that keep nothing, or clean up after themselves.

import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

import { text } from '../../../../lib/index.ts';
import type { Animal, Order } from '../animal.ts';
import { createRandom } from '../events.ts';

/** Nothing of an invocation is left. */
export const stateless: readonly Animal[] = [
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
    name: 'nothing kept of events of 1 record or 3,000',
    diet: { records: 1, otherRecords: 3000, recordBytes: 1200 },
    hatch: () => ({ record: (record) => JSON.stringify(record.value).length }),
  },
  {
    name: 'records of which half fail',
    fails: true,
    hatch() {
      const random = createRandom(15);
      return {
        record(record) {
          if (random() < 0.5) throw new Error('late', { cause: record.value });
        },
      };
    },
  },
];
