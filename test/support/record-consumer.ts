// A consumer with a store and a logger that tests can read. Own file: what its tests say takes several files.

import {
  createConsumer,
  defineConsumer,
  type ConsumerConfig,
  type ConsumerFunction,
  type ConsumerHandler,
  type ConsumerOptions,
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

type Definition<V> = Omit<ConsumerConfig<V, string>, 'name' | 'topic'>;

/** Makes a consumer of `orders` that runs this function for each record. */
export function setUp<V>(
  definition: Definition<V>,
  record: RecordFunction<V, string>['record'],
  now?: () => number,
): Setup {
  return setUpWith(definition, { record }, {}, now);
}

/** Makes a consumer of `orders` of these functions. */
export function setUpWith<V>(
  definition: Definition<V>,
  fn: ConsumerFunction<V, string>,
  options: ConsumerOptions = {},
  now?: () => number,
): Setup {
  const store = createMemoryStore();
  const logger = new KeptLogger({ serviceName: 'test' });
  const config = defineConsumer({ name: 'test', topic: 'orders', ...definition });
  const all = { deadLetters: store, logger, retention: false, ...options } as const;
  return { handler: createConsumer(config, fn, all, now && { now }), store, logger };
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

/** The lines about failures: message, offset and the error's code or name. */
export const failuresOf = (logger: KeptLogger): readonly unknown[] =>
  logger.lines
    .filter((line) => line['message'] !== 'batch')
    .map((line) => {
      const error = line['error'] as { readonly code?: string; readonly name?: string } | undefined;
      return [line['message'], line['offset'], error?.code ?? error?.name];
    });
