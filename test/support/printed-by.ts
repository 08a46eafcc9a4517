// What a consumer prints: log lines and metrics, of records that hold the marker.

import assert from 'node:assert/strict';
import { Metrics } from '@aws-lambda-powertools/metrics';

import {
  createConsumer,
  defineConsumer,
  type BatchFunction,
  type ConsumerConfig,
  type ConsumerOptions,
  type RecordFunction,
} from '../../lib/index.ts';
import { toContext, toEvent, type TestRecord } from './events.ts';
import { KeptLogger } from './log.ts';
import { formsIn, marker } from './marker.ts';

type Definition = Omit<ConsumerConfig<unknown, unknown>, 'name' | 'topic'>;
type Fn = RecordFunction<unknown, unknown> | BatchFunction<unknown, unknown>;

class KeptMetrics extends Metrics {
  readonly lines: string[] = [];
  override publishStoredMetrics(): this {
    this.lines.push(JSON.stringify(this.serializeMetrics()));
    this.clearMetrics();
    return this;
  }
}

/** A record that holds the marker wherever a record holds bytes. */
export const planted: TestRecord = {
  offset: 0,
  key: marker,
  value: JSON.stringify({ text: marker, [marker]: 1 }),
  headers: [
    ['trace', marker],
    [marker, 'name'],
  ],
};

/** All that a consumer of these records prints. */
export async function printedBy(
  definition: Definition,
  fn: Fn,
  records: readonly TestRecord[],
  options: ConsumerOptions = {},
): Promise<string> {
  const logger = new KeptLogger({ serviceName: 'test' });
  const metrics = new KeptMetrics({ namespace: 'Test', serviceName: 'test' });
  const deadLetters = { store: () => Promise.resolve('memory://') };
  const config = defineConsumer({ name: 'test', topic: 'orders', ...definition });
  const handler = createConsumer(config, fn, { deadLetters, logger, metrics, retention: false, ...options });
  await handler(toEvent(records), toContext());
  assert.equal(metrics.lines.length, 1);
  return [...logger.lines.map((line) => JSON.stringify(line)), ...metrics.lines].join('\n');
}

/** Asserts that a text says that something failed, and nothing of the record. */
export function assertClean(printed: string, what: string): void {
  assert.deepEqual(formsIn(printed), [], `${what}: ${printed}`);
  assert.match(printed, /"error":\{/, `${what} logs no failure`);
}
