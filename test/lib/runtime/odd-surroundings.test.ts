// Whatever a consumer's surroundings throw, its hooks, formats and store among them, and however odd its events are: the
// answer names every record once, and nothing runs on behind it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';

import type { Format } from '../../../lib/index.ts';
import { toContext, toEvent } from '../../support/events.ts';
import { oddThrowables } from '../../support/odd-throwables.ts';
import { setUpWith, summaryOf } from '../../support/record-consumer.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

/** Something that a consumer is given: it waits for turns of the event loop, and may throw. */
const step = fc.record({ turns: fc.nat(2), toThrow: fc.option(oddThrowables('odd')) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const fields = fc.record(
  {
    headers: fc.oneof(fc.constant([]), fc.array(fc.jsonValue(), { maxLength: 3 }), fc.jsonValue()),
    key: fc.oneof(fc.constantFrom('aw==', 'bA==', null), fc.jsonValue()),
    value: fc.oneof(fc.constant('MQ=='), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

const consumers = fc.record({
  order: fc.constantFrom('partition', 'key', 'none'),
  concurrency: fc.constantFrom(1, 3),
  isBatch: fc.boolean(),
  isLate: fc.boolean(),
  format: step,
  record: fc.array(step, { minLength: 1, maxLength: 5 }),
  onError: fc.option(fc.record({ toThrow: fc.option(oddThrowables('odd')), gives: fc.anything() })),
  store: step,
  before: fc.option(step),
  after: fc.option(step),
});

test('an invocation whose hooks, formats, store or records throw or are anything answers for each record, and is over then', async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', listen);
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fields), { maxLength: 10 }),
        consumers,
        async (list, consumer) => {
          let [running, calls, isAnswered] = [0, 0, false];
          const take = async ({ turns, toThrow }: Step): Promise<void> => {
            assert.ok(!isAnswered, 'something was called after the answer');
            running++;
            calls++;
            try {
              for (let each = 0; each < turns; each++) await turn();
              if (toThrow) throw toThrow();
            } finally {
              running--;
            }
          };
          const taken = (offset: number): Promise<void> =>
            take(consumer.record[offset % consumer.record.length]!);
          const { format, onError, store, before, after, isLate, isBatch, order, concurrency } = consumer;
          const value: Format<unknown> = {
            name: 'odd',
            decode(bytes) {
              const text = bytes.toString();
              if (isLate) return take(format).then(() => text);
              if (format.toThrow && text.length % 2 === 0) throw format.toThrow();
              return text;
            },
          };
          const fn = {
            ...(isBatch
              ? {
                  async batch(records: AsyncIterable<{ readonly offset: number }>) {
                    for await (const { offset } of records) await taken(offset);
                  },
                }
              : { record: ({ offset }: { readonly offset: number }) => taken(offset) }),
            ...(onError && {
              onError() {
                if (onError.toThrow) throw onError.toThrow();
                return onError.gives;
              },
            }),
            ...(before && { beforeInvocation: () => take(before) }),
            ...(after && { afterInvocation: () => take(after) }),
          };
          const deadLetters = { store: async () => await take(store).then(() => 'there') };
          const { handler, logger } = setUpWith({ value, order, concurrency }, fn as never, { deadLetters });
          const records: Record<string, unknown[]> = {};
          for (const [offset, [partition, odd]] of list.entries()) {
            const [sound] = Object.values(toEvent([{ partition, offset }]).records).flat();
            (records[`orders-${partition}`] ??= []).push({ ...sound, ...odd });
          }
          const response = await handler({ eventSource: 'aws:kafka', records }, toContext());
          isAnswered = true;
          assert.equal(running, 0);
          const callsThen = calls;
          for (let each = 0; each < 4; each++) await turn();
          assert.equal(calls, callsThen);
          const { done, skipped, deadLettered, retried } = summaryOf(logger) as Record<string, number>;
          assert.equal(done! + skipped! + deadLettered! + retried!, list.length);
          const named = response.batchItemFailures.map(
            ({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`,
          );
          assert.equal(named.length, retried);
          assert.equal(new Set(named).size, named.length);
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', listen);
  }
});
