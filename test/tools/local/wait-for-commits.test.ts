import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createDrain, type Drained } from '../../../tools/local/wait-for-commits.ts';

function mapping(topic: string): Drained & { readonly committed: Map<number, number> } {
  const committed = new Map<number, number>();
  return {
    mapping: { topic },
    status: { committedAt: (partition) => committed.get(partition) ?? 0 },
    committed,
  };
}

test('waits until every mapping has committed every partition of its topic up to its end', async () => {
  const running = [mapping('a'), mapping('a'), mapping('other')];
  const drain = createDrain();
  let isDrained = false;
  const wait = (async (): Promise<void> => {
    await drain.wait(running, { a: { 0: 5, 3: 2 } });
    isDrained = true;
  })();
  running[0]?.committed.set(0, 5).set(3, 2);
  running[1]?.committed.set(0, 5).set(3, 1);
  drain.check();
  // Whatever would have been resolved by now has been heard of.
  await nextTurn();
  assert.equal(isDrained, false);
  running[1]?.committed.set(3, 2);
  drain.check();
  await wait;
  assert.equal(isDrained, true);
});

test('has nothing to wait for where everything is committed already, and gives up those who wait', async () => {
  const drain = createDrain();
  await drain.wait([mapping('a')], { a: { 0: 0 } });
  const wait = drain.wait([mapping('a')], { a: { 0: 1 } });
  drain.giveUp();
  await assert.rejects(wait, { code: 'CLOSED' });
});
