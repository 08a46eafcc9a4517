// What the console keeps of a run, what it drops first, and that it says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistory, type History } from '../../../../tools/console/history/history.ts';
import type { LocalEvent } from '../../../../tools/local/events.ts';
import { invocationEvent } from '../../../support/invocation-event.ts';

let calls = 0;

/** A batch of one call; `failed` records of two failed. */
function noteBatch(history: History, batch: number, failed = 0): string {
  const requestId = `call-${++calls}`;
  history.note(invocationEvent({ requestId, batch, failed }));
  return requestId;
}

function numbers(history: History): readonly number[] {
  return history.batches().map(({ number }) => number);
}

test('drops what went well before what had trouble, and counts it', () => {
  const history = createHistory({ maxGood: 2, maxTroubled: 2 });
  for (const batch of [1, 2, 3, 4, 5, 6]) noteBatch(history, batch, batch === 1 || batch === 2 ? 1 : 0);
  assert.deepEqual(numbers(history), [6, 5, 2, 1]);
  noteBatch(history, 7, 2);
  noteBatch(history, 8);
  assert.deepEqual(numbers(history), [8, 7, 6, 2]);
  const { batches, droppedBatches, newest } = history.state();
  assert.deepEqual({ batches, droppedBatches, newest }, { batches: 4, droppedBatches: 4, newest: 8 });
});

test('forgets calls with their batch', () => {
  const history = createHistory({ maxGood: 1 });
  const first = noteBatch(history, 1);
  assert.equal(history.find(first)?.batch.number, 1);
  const second = noteBatch(history, 2);
  assert.equal(history.find(first), undefined);
  assert.equal(history.find(second)?.batch.number, 2);
});

test('stays within its bytes and its time', () => {
  let now = 1_000_000;
  const history = createHistory({ maxBytes: 20_000, maxAgeMs: 60_000 }, () => now);
  for (let batch = 1; batch <= 50; batch++) {
    history.note(line(`call-${calls + 1}`, 'x'.repeat(1000)));
    noteBatch(history, batch);
  }
  const { bytes, batches } = history.state();
  assert.ok(bytes <= 20_000 && batches >= 5, `${bytes} bytes, ${batches} batches`);
  now += 61_000;
  noteBatch(history, 51);
  assert.deepEqual(numbers(history), [51]);
  assert.equal(history.state().droppedBatches, 50);
});

test('keeps the first and the last calls of a batch that never ends', () => {
  const history = createHistory({ maxCalls: 4 });
  const ids = [1, 2, 3, 4, 5, 6].map(() => noteBatch(history, 1, 2));
  const [batch] = history.batches();
  assert.deepEqual(
    batch?.calls.map(({ call }) => call.requestId),
    [ids[0], ids[1], ids[4], ids[5]],
  );
  assert.equal(batch?.droppedCalls, 2);
  assert.equal(history.find(ids[2] ?? ''), undefined);
});

test('gives a call its own lines, bounded, and the line of the call before in its environment', () => {
  const history = createHistory();
  const own = (id: string): string => `{"message":"batch","tailrace":{"rssBytes":${id.length}}}`;
  for (const id of ['a', 'bb']) {
    for (let index = 0; index < 150; index++) history.note(line(id, `${id} ${index}`));
    history.note({ ...line(id, 'REPORT'), stream: 'platform' });
    history.note(line('other', own(id)));
    history.note(invocationEvent({ requestId: id, batch: 1, environment: 7 }));
  }
  const found = history.find('bb')?.call;
  assert.equal(found?.logs.length, 101);
  assert.ok(found?.logs.every(({ line }) => line === 'REPORT' || line.startsWith('bb ')));
  assert.equal(found?.droppedLogs, 50);
  assert.equal(found?.lineBefore, undefined);
  history.note(line('c', own('c')));
  history.note(invocationEvent({ requestId: 'c', batch: 2, environment: 7 }));
  history.note(invocationEvent({ requestId: 'd', batch: 3, environment: 7 }));
  history.note(invocationEvent({ requestId: 'e', batch: 4, environment: 8 }));
  assert.equal(history.find('d')?.call.lineBefore, own('c'));
  assert.equal(history.find('e')?.call.lineBefore, undefined);
});

test('judges a batch by its last call and its discards', () => {
  const history = createHistory();
  const outcome = (): string | undefined => history.batches()[0]?.outcome;
  noteBatch(history, 1, 1);
  assert.equal(outcome(), 'failing');
  noteBatch(history, 1);
  assert.equal(outcome(), 'retried');
  history.note({
    kind: 'destination',
    consumer: 'orders',
    condition: 'RetryAttemptsExhausted',
    records: 1,
    places: ['orders-0@0'],
    errorType: undefined,
    target: undefined,
    error: undefined,
    batch: 1,
    ranges: [{ partition: 0, from: 0, to: 1 }],
  });
  assert.equal(outcome(), 'discarded');
});

function line(requestId: string, text: string): Extract<LocalEvent, { readonly kind: 'log' }> {
  return { kind: 'log', consumer: 'orders', stream: 'stdout', line: text, requestId };
}
