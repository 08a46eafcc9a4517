// What counts as delivered and answered for, and what in the deliveries is the runner's own fault.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalEvent, OffsetRange } from '../../../tools/local/events.ts';
import { createDeliveries, type Deliveries } from '../../../tools/proof/deliveries.ts';
import { invocationEvent } from '../../support/invocation-event.ts';

const range = (from: number, to: number, partition = 0): OffsetRange => ({ partition, from, to });
const assigned: LocalEvent = { kind: 'assigned', consumer: 'orders', partitions: [0, 1] };

/** An invocation of these ranges, of which the second ones have failed. */
function invocation(delivered: readonly OffsetRange[], unresolved: readonly OffsetRange[] = []): LocalEvent {
  const size = (ranges: readonly OffsetRange[]): number =>
    ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return invocationEvent({ records: size(delivered), failed: size(unresolved), delivered, unresolved });
}

function deliveriesOf(events: readonly LocalEvent[]): Deliveries {
  const deliveries = createDeliveries('orders');
  for (const event of events) deliveries.note(event);
  return deliveries;
}

test('counts each record by how often it was delivered and how often it was answered for', () => {
  const { delivered, resolved, totals, faults } = deliveriesOf([
    assigned,
    invocation([range(0, 3), range(7, 9, 1)], [range(1, 3)]),
    invocation([range(1, 3)]),
    { ...invocation([range(3, 5)]), kind: 'invocation', status: 'crash' } as LocalEvent,
    { ...invocation([range(0, 9)]), consumer: 'refunds' },
  ]);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((offset) => delivered(0, offset)),
    [1, 2, 2, 1, 1, 0],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((offset) => resolved(0, offset)),
    [1, 1, 1, 0, 0, 0],
  );
  assert.deepEqual(
    [6, 7, 8, 9].map((offset) => resolved(1, offset)),
    [0, 1, 1, 0],
  );
  assert.equal(delivered(9, 0), 0);
  assert.deepEqual(totals(), { delivered: 7, resolved: 5 });
  assert.deepEqual(faults.texts(), []);
});

test('takes offsets that begin anywhere, and earlier ones after later ones', () => {
  const far = 2 ** 40;
  const { delivered } = deliveriesOf([
    invocation([range(far, far + 2)]),
    invocation([range(far - 3000, far - 2999)]),
  ]);
  assert.deepEqual(
    [far - 3000, far - 2999, far, far + 1].map((offset) => delivered(0, offset)),
    [1, 0, 1, 1],
  );
});

for (const [fault, events, says] of [
  [
    'a record twice in one event',
    [invocation([range(0, 3), range(2, 4)])],
    '0@2 stands in one event behind 0@2',
  ],
  [
    'records in reverse in one event',
    [invocation([range(1, 2), range(0, 1)])],
    '0@0 stands in one event behind 0@1',
  ],
  [
    'an earlier record for the first time after a later one',
    [invocation([range(2, 4)]), invocation([range(0, 2)])],
    '0@0 was delivered for the first time after 0@3',
  ],
  [
    'a record again that has been processed',
    [assigned, invocation([range(0, 2)]), invocation([range(1, 3)])],
    '0@1 was delivered again after it had been processed',
  ],
] as const) {
  test(`finds ${fault}`, () => {
    assert.equal(deliveriesOf(events).faults.texts()[0], says);
  });
}

test('takes a record again that has failed, or whose partition was given to a poller anew', () => {
  const again = [
    invocation([range(0, 3)], [range(1, 3)]),
    invocation([range(1, 2)], [range(1, 2)]),
    invocation([range(1, 3)]),
  ];
  assert.equal(deliveriesOf([assigned, ...again]).faults.count(), 0);
  const afterRestart = [assigned, invocation([range(0, 3)]), assigned, invocation([range(0, 3)])];
  assert.equal(deliveriesOf(afterRestart).faults.count(), 0);
});

test("compares an event with the function's own account of it", () => {
  const summary = (counts: object): LocalEvent => ({
    kind: 'summary',
    consumer: 'orders',
    requestId: 'r',
    summary: { records: 3, done: 2, skipped: 0, deadLettered: 1, retried: 0, ...counts },
  });
  const faultsOf = (counts: object, unresolved: readonly OffsetRange[] = []): readonly string[] =>
    deliveriesOf([summary(counts), invocation([range(0, 3)], unresolved)]).faults.texts();
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf({ done: 1, retried: 1 }, [range(2, 3)]), []);
  assert.match(faultsOf({ records: 2, done: 1 })[0] ?? '', /an event of 3 records, .* counted 2/);
  assert.match(faultsOf({ done: 1 })[0] ?? '', /settled 2/);
  assert.match(faultsOf({ done: 1, retried: 1 })[0] ?? '', /0 failed records, .* named 1/);
  assert.match(faultsOf({}, [range(2, 3)])[0] ?? '', /1 failed records, .* named 0/);
});
