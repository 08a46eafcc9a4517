// How far ahead the producer may be: counted per partition, against the slowest of all groups.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAhead } from '../../../tools/traffic/producer-lead.ts';
import { createBacklog } from '../../../tools/traffic/backpressure.ts';

test('takes the slowest group for what is consumed', () => {
  const backlog = createBacklog({ groups: ['a', 'b'], maxBytes: 10 });
  backlog.committed('a', 0, 7);
  assert.equal(backlog.consumed(0), 0);
  backlog.committed('b', 0, 5);
  assert.equal(backlog.consumed(0), 5);
  assert.equal(backlog.consumed(1), 0);
  backlog.committed('b', 0, 9);
  assert.equal(backlog.consumed(0), 7);
});

test('does not go back, and ignores groups that it was not told of', () => {
  const backlog = createBacklog({ groups: ['a'] });
  backlog.committed('a', 0, 7);
  backlog.committed('a', 0, 3);
  backlog.committed('stranger', 0, 1);
  assert.equal(backlog.consumed(0), 7);
});

test('wakes its waiters when a group commits and when they are aborted', async () => {
  const backlog = createBacklog({ groups: ['a'] });
  const controller = new AbortController();
  const woken = backlog.changed(controller.signal);
  backlog.committed('a', 0, 1);
  await woken;
  const aborted = backlog.changed(controller.signal);
  controller.abort();
  await aborted;
  await backlog.changed(controller.signal);
});

test('waits for nobody who has left', async () => {
  const backlog = createBacklog({ groups: ['a', 'b'] });
  backlog.committed('b', 0, 5);
  const woken = backlog.changed(new AbortController().signal);
  backlog.leave('a');
  await woken;
  assert.equal(backlog.consumed(0), 5);
  backlog.leave('b');
  assert.equal(backlog.consumed(0), Infinity);
});

test('counts what waits and what is stored until it is consumed', () => {
  const ahead = createAhead();
  assert.equal(ahead.exceeds(-1, 0), false); // nothing ahead: the largest record may pass
  ahead.waits(60);
  assert.equal(ahead.exceeds(60, 0), false);
  assert.equal(ahead.exceeds(59, 0), true);
  ahead.landed(60, 1);
  ahead.waits(40);
  ahead.landed(40, 2);
  assert.equal(ahead.exceeds(99, 0), true);
  assert.equal(ahead.exceeds(99, 1), false);
  assert.equal(ahead.exceeds(39, 1), true);
  assert.equal(ahead.exceeds(39, 2), false);
  assert.equal(ahead.exceeds(-1, 2), false);
});

test('counts right over many records', () => {
  const ahead = createAhead();
  for (let end = 1; end <= 10_000; end += 1) {
    ahead.waits(10);
    ahead.landed(10, end);
    const consumed = Math.max(0, end - 3);
    assert.equal(ahead.exceeds(9, consumed), true);
    assert.equal(ahead.exceeds(30, consumed), false);
  }
  assert.equal(ahead.exceeds(0, 10_000), false);
});
