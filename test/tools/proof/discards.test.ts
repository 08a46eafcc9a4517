// Which records a document without records is about.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalEvent, OffsetRange } from '../../../tools/local/events.ts';
import { createDiscards, type Discards } from '../../../tools/proof/discards.ts';

type DestinationEvent = Extract<LocalEvent, { readonly kind: 'destination' }>;

const range = (from: number, to: number, partition = 0): OffsetRange => ({ partition, from, to });
const condition = 'RetryAttemptsExhausted';

function discard(...ranges: readonly OffsetRange[]): DestinationEvent {
  const records = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const about = { places: [], errorType: undefined, target: 'arn:aws:sqs:x:1:q', error: undefined };
  return { kind: 'destination', consumer: 'orders', condition, records, ranges, ...about };
}

function discardsOf(...events: readonly DestinationEvent[]): Discards {
  const discards = createDiscards();
  for (const event of events) discards.note(event);
  return discards;
}

test('believes a document that leaves out none between its first and last', () => {
  const ranges = [range(3, 5), range(7, 8, 1)];
  assert.deepEqual(createDiscards().take({ condition, records: 3, ranges }), ranges);
});

test('asks the discard where a document leaves some out, in whichever order it names partitions', () => {
  const places = [range(0, 1), range(7, 9, 1), range(2, 3)];
  const document = { condition, records: 4, ranges: [range(7, 9, 1), range(0, 3)] };
  assert.deepEqual(discardsOf(discard(...places)).take(document), places);
});

test('finds no records where no discard has the condition, the number and the bounds of the document', () => {
  const document = { condition, records: 2, ranges: [range(0, 3)] };
  for (const other of [
    { ...document, condition: 'RecordAgeExceeded' },
    { ...document, records: 1 },
    { ...document, ranges: [range(0, 4)] },
    { ...document, ranges: [range(0, 3, 1)] },
  ])
    assert.deepEqual(discardsOf(discard(range(0, 1), range(2, 3))).take(other), []);
});

test('explains one document by each discard', () => {
  const [once, again] = [
    [range(0, 2), range(3, 4)],
    [range(0, 1), range(2, 4)],
  ] as const;
  const discards = discardsOf(discard(...once), discard(...again));
  const document = { condition, records: 3, ranges: [range(0, 4)] };
  const taken = [1, 2, 3].map(() => discards.take(document));
  assert.deepEqual(taken, [once, again, []]);
});
