// Consumers that make things when they are first needed, up to a number.

import type { Animal, Order } from '../animal.ts';
import { createRandom } from '../events.ts';

/** Clients, connections, compiled code. */
export const lazy: readonly Animal[] = [
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
    name: 'formatters by locale, up to 60',
    hatch() {
      const formatters = new Map<number, Intl.NumberFormat>();
      const random = createRandom(16);
      const locales = ['de', 'en', 'fr', 'ja', 'pt-BR', 'sv'];
      return {
        record() {
          const key = Math.floor(60 * random());
          let formatter = formatters.get(key);
          if (!formatter) {
            const options = { minimumFractionDigits: Math.floor(key / 6) };
            formatters.set(key, (formatter = new Intl.NumberFormat(locales[key % 6], options)));
          }
          return formatter.format(1234.5);
        },
      };
    },
  },
  {
    name: 'regular expressions by customer, up to 600',
    hatch() {
      const patterns = new Map<number, RegExp>();
      return {
        record(record) {
          const key = record.offset % 600;
          let pattern = patterns.get(key);
          if (!pattern) patterns.set(key, (pattern = new RegExp(`^(?:a${key}|b+c*)[x-z]{1,9}${key}$`, 'u')));
          return pattern.test((record.value as Order).note);
        },
      };
    },
  },
  {
    name: 'buffers on demand, up to 40',
    hatch() {
      const random = createRandom(17);
      const free: Buffer[] = [];
      let made = 0;
      return {
        record() {
          const wanted = Math.floor(40 * random() ** 6);
          const taken = free.splice(0, wanted);
          while (taken.length < wanted && made++ < 40) taken.push(Buffer.alloc(65_536));
          free.push(...taken);
        },
      };
    },
  },
];
