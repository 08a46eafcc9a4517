// A consumer with a store and a logger that tests can read. Own file: what its tests say takes several files.

import {
  createConsumer,
  defineConsumer,
  type ConsumerConfig,
  type ConsumerHandler,
  type RecordFunction,
} from '../../lib/index.ts';
import { createMemoryStore } from './dead-letters.ts';
import { toContext, toEvent, type TestRecord } from './events.ts';
import { KeptLogger } from './log.ts';

/** A consumer, and what it stores and logs. */
export interface Setup {
  readonly handler: ConsumerHandler;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly logger: KeptLogger;
}

/** Makes a consumer of `orders` that runs this function. */
export function setUp<V>(
  definition: Omit<ConsumerConfig<V, string>, 'name' | 'topic'>,
  record: RecordFunction<V, string>['record'],
  now?: () => number,
): Setup {
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', ...definition });
  return {
    handler: createConsumer(config, { record }, { deadLetters: store, logger }, now && { now }),
    store,
    logger,
  };
}

/** Invokes a handler with these records. */
export const run = (
  handler: ConsumerHandler,
  records: readonly TestRecord[],
  remainingMs?: number,
): ReturnType<ConsumerHandler> => handler(toEvent(records), toContext(remainingMs));

/** A value. */
export const order = { id: 'a-1', total: 12 };

/** The counts of the first invocation that was logged. */
export const summaryOf = (logger: KeptLogger): Record<string, unknown> =>
  logger.lines.find((line) => line['message'] === 'batch')?.['tailrace'] as Record<string, unknown>;
