// Pollers on demand, and the topic of another definition: what AWS and the log are told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineConsumer } from '../../../../lib/definition/define-consumer.ts';
import { createConsumer, type ConsumerHandler } from '../../../../lib/runtime/consumer.ts';
import { createTopicCheck } from '../../../../lib/runtime/event/foreign-topic.ts';
import { toContext, toEvent } from '../../../support/events.ts';

function makeConsumer(provisionedPollers: false | { readonly min: number }): ConsumerHandler {
  const definition = defineConsumer({ name: 'orders', topic: 'orders', provisionedPollers });
  const deadLetters = { store: () => Promise.resolve('there') };
  const record = ({ offset }: { readonly offset: number }): Promise<void> =>
    offset === 1 ? Promise.reject(new Error('not now')) : Promise.resolve();
  return createConsumer(definition, { record }, { deadLetters, metrics: false, retention: false });
}

const event = (offsets: readonly number[]): ReturnType<typeof toEvent> =>
  toEvent(offsets.map((offset) => ({ offset })));

test('fails an invocation as a whole where its mapping reads no partial response', async () => {
  const handler = makeConsumer(false);
  await assert.rejects(handler(event([0, 1, 2]), toContext()), { code: 'BATCH_FAILED', failedRecords: 2 });
  await assert.rejects(handler(event([0, 1]), toContext()), { code: 'BATCH_FAILED', failedRecords: 1 });
  assert.deepEqual(await handler(event([0, 2]), toContext()), { batchItemFailures: [] });
});

test('reports single records where there are pollers of its own', async () => {
  const { batchItemFailures } = await makeConsumer({ min: 1 })(event([0, 1, 2]), toContext());
  assert.deepEqual(
    batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset),
    [1, 2],
  );
});

test('warns once of records of another topic', () => {
  const lines: unknown[] = [];
  const check = createTopicCheck('orders', {
    warn: (_message: unknown, ...more: unknown[]) => lines.push(more[0]),
  });
  for (const topic of ['orders', undefined, 'orders.v1', 'orders.v1', 'others']) check(topic);
  assert.deepEqual(lines, [{ topic: 'orders.v1', expectedTopic: 'orders' }]);
});
