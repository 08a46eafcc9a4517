// Consumers that leak late, now and then, or with few of their records.

import { oncePer20, piece, type Animal } from '../animal.ts';
import { createRandom } from '../events.ts';

/** 20 KB or more an invocation on the average. */
export const irregular: readonly Animal[] = [
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
    name: 'a full cache that stops to evict, from invocation 300 on',
    leaksFrom: 300,
    // What is kept now comes at the rate of what was dropped before, so that nothing is seen until the next look.
    foundWithin: 125,
    hatch() {
      const cache = new Map<number, unknown>();
      return {
        record(record) {
          cache.set(record.offset, record.value);
          const [oldest] = cache.keys();
          if (cache.size > 500 && oldest !== undefined && record.offset < 300 * 20) cache.delete(oldest);
        },
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
    name: 'the batch of every tenth invocation',
    hatch() {
      const kept: string[] = [];
      let invocation = 0;
      return {
        record: oncePer20(() => {
          if (++invocation % 10 === 0) kept.push(piece(204_800));
        }),
      };
    },
  },
  {
    name: 'one invocation in three, at random',
    // Clients that are made when they are needed come like this as well, until there are no more of them.
    foundWithin: 200,
    hatch() {
      const random = createRandom(3);
      const kept: string[] = [];
      return {
        record: oncePer20(() => {
          if (random() < 1 / 3) kept.push(piece(61_440));
        }),
      };
    },
  },
  {
    name: 'a record of each event, of 1 record or 3,000',
    diet: { records: 1, otherRecords: 3000, recordBytes: 1200 },
    hatch() {
      const kept: string[] = [];
      return {
        record(record) {
          if (record.offset % 3001 <= 1) kept.push(piece(20_480));
        },
      };
    },
  },
  {
    name: 'failures, of half of the records',
    fails: true,
    diet: { records: 40 },
    hatch() {
      const random = createRandom(8);
      const failures: Error[] = [];
      return {
        record(record) {
          for (let i = 0; i < 6; i++) failures.push(new Error('late', { cause: record.value }));
          if (random() < 0.5) throw new Error('late');
        },
      };
    },
  },
];
