// Batches of the local runner as they are cut.

import type { MutantArea } from '../mutant.ts';

/** In the order of the files. */
export const cuttingMutants: MutantArea = {
  area: 'batches of the runner',
  mutants: [
    {
      fault: 'cuts one record more than the batch size',
      file: 'tools/local/batch-builder.ts',
      find: '      if (next === undefined || count === limits.maxRecords) return close(false);',
      replace: '      if (next === undefined || count > limits.maxRecords) return close(false);',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'cuts a second batch of a partition that is in flight',
      file: 'tools/local/batch-builder.ts',
      find: '      for (const record of batch.records) busy.add(record.partition);',
      replace: '',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'frees no partition of a batch that has ended',
      file: 'tools/local/batch-builder.ts',
      find: '      for (const partition of partitions) busy.delete(partition);',
      replace: '      void partitions;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'cuts events that are too large',
      file: 'tools/local/batch-builder.ts',
      find: '      const fits = isOffsetOnly || size.bytesWith(next) <= limits.maxBytes;',
      replace: '      const fits = isOffsetOnly || size.bytesWith(next) <= limits.maxBytes + 1;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'drops a record when it cuts a full event',
      file: 'tools/local/batch-builder.ts',
      find: '      if (!fits && records.length > 0) return close(false);',
      replace: `      if (!fits && records.length > 0) {
        drop(queue, next);
        return close(false);
      }`,
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'keeps what was polled before a rebalance',
      file: 'tools/local/batch-builder.ts',
      find: `      queues.clear();
      windowStartMs = undefined;`,
      replace: '      windowStartMs = undefined;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'forgets that a partition is in flight at a rebalance',
      file: 'tools/local/batch-builder.ts',
      find: `      queues.clear();
      windowStartMs = undefined;`,
      replace: `      queues.clear();
      busy.clear();
      windowStartMs = undefined;`,
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'waits for its window although the batch is full',
      file: 'tools/local/batch-builder.ts',
      find: '      if (count > 0 && !isFull(available) && nowMs < windowStartMs + options.windowMs) return undefined;',
      replace: '      if (count > 0 && nowMs < windowStartMs + options.windowMs) return undefined;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'takes the latest arrival first',
      file: 'tools/local/batch-builder.ts',
      find: '    if (order < (found?.arrivals[0]?.order ?? Infinity)) found = queue;',
      replace: '    if (order > (found?.arrivals[0]?.order ?? -1)) found = queue;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
    {
      fault: 'keeps the records of a batch until its queue is trimmed',
      file: 'tools/local/batch-builder.ts',
      find: '  queue.items[queue.head++] = undefined;',
      replace: '  queue.head++;',
      caughtBy: ['test/tools/local/batch-builder.test.ts'],
    },
  ],
};
