// What a call that hangs, or several invocations at once, mean for the handler and for the other messages.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import type { SQSEvent } from 'aws-lambda';
import {
  createConsumer,
  defineConsumer,
  fromSqs,
  text,
  type LambdaContext,
  type SqsHandler,
} from '../../../lib/index.ts';
import { runConsumer } from '../../../lib/testing/index.ts';

/** A consumer that gives its handler one message at a time, though all records may run at once. */
function toConsumer(answer: (event: SQSEvent, context: LambdaContext) => unknown) {
  const definition = defineConsumer({
    name: 'orders',
    topic: 'orders',
    value: text(),
    order: 'none',
    timeoutSeconds: 2,
  });
  return createConsumer(definition, fromSqs(answer as SqsHandler, { maxMessages: 1 }));
}

const soonOver = { remainingMs: 1000 };

test('leaves nothing of a call that hangs to the next invocation', async () => {
  const slow = Promise.withResolvers<void>();
  const calls: (readonly [requestId: string, ids: readonly string[]])[] = [];
  const consumer = toConsumer(({ Records }, { awsRequestId }) => {
    calls.push([awsRequestId, Records.map(({ messageId }) => messageId)]);
    return calls.length === 1 ? slow.promise : undefined;
  });
  const outcomes = async (awsRequestId: string) => {
    const run = await runConsumer(consumer, [{ value: 'a' }, { value: 'b' }], {
      awsRequestId,
      ...soonOver,
    });
    return run.outcomes.map(({ outcome }) => outcome);
  };
  const first: typeof calls = [['first', ['orders-0@0']]];
  const second: typeof calls = [
    ['second', ['orders-0@0']],
    ['second', ['orders-0@1']],
  ];
  assert.deepEqual(await outcomes('first'), ['retried', 'retried']);
  assert.deepEqual(calls, first);
  assert.deepEqual(await outcomes('second'), ['processed', 'processed']);
  assert.deepEqual(calls, [...first, ...second]);
  // It was only slow: what waited behind it runs neither now nor later.
  slow.resolve();
  await setImmediate();
  assert.deepEqual(calls, [...first, ...second]);
});

test('starts no call once the signal has aborted', async () => {
  const calls: string[] = [];
  const consumer = toConsumer(async ({ Records }, context) => {
    calls.push(...Records.map(({ body }) => body));
    // The signal aborts when half of the margin of 500 ms is left, and the answer is made at a quarter.
    while (context.getRemainingTimeInMillis() > 230) await setImmediate();
  });
  const { outcomes } = await runConsumer(consumer, [{ value: 'a' }, { value: 'b' }], soonOver);
  assert.deepEqual(calls, ['a']);
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['processed', 'retried'],
  );
});

test('starts no call for messages that came in the very turn in which their signal aborts', async () => {
  let calls = 0;
  const sqs = fromSqs(() => void calls++);
  const definition = defineConsumer({ name: 'orders', topic: 'orders', value: text() });
  const consumer = createConsumer(definition, {
    async record(record, context) {
      const invocation = new AbortController();
      void sqs.record(record, { ...context, signal: invocation.signal });
      invocation.abort();
      await setImmediate();
      await setImmediate();
    },
  });
  await runConsumer(consumer, [{ value: 'a' }]);
  assert.equal(calls, 0);
});

test('calls the handler for each of several invocations at once, with the messages of that one', async () => {
  const calls: (readonly [requestId: string, ids: readonly string[]])[] = [];
  const both = Promise.withResolvers<void>();
  const consumer = toConsumer(async ({ Records }, { awsRequestId }) => {
    calls.push([awsRequestId, Records.map(({ messageId }) => messageId)]);
    if (calls.length === 2) both.resolve();
    await both.promise;
  });
  const runs = [0, 1].map((partition) =>
    runConsumer(consumer, [{ value: 'a', partition }], { awsRequestId: `of ${partition}`, ...soonOver }),
  );
  const outcomes = (await Promise.all(runs)).flatMap((run) => run.outcomes);
  assert.deepEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(['processed']));
  assert.deepEqual(calls, [
    ['of 0', ['orders-0@0']],
    ['of 1', ['orders-1@0']],
  ]);
});
