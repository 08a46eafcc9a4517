import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createCommitWaits, type Committing } from '../../../tools/local/wait-for-commits.ts';

function mapping(
  topic: string,
): Committing & { readonly committed: Map<number, number>; readonly stop: () => void } {
  const committed = new Map<number, number>();
  let reason: string | undefined;
  return {
    mapping: { topic, consumer: `reader-of-${topic}` },
    status: { committedAt: (partition) => committed.get(partition) ?? 0, stopped: () => reason },
    hasCommitted: async () => await Promise.resolve(true),
    committed,
    stop: () => (reason = 'its topic is gone'),
  };
}

test('waits until every mapping has committed every partition of its topic up to its end', async () => {
  const running = [mapping('a'), mapping('a'), mapping('other')];
  const waits = createCommitWaits();
  let isDrained = false;
  const wait = (async (): Promise<void> => {
    await waits.wait(running, { a: { 0: 5, 3: 2 } });
    isDrained = true;
  })();
  running[0]?.committed.set(0, 5).set(3, 2);
  running[1]?.committed.set(0, 5).set(3, 1);
  waits.check();
  // Whatever would have been resolved by now has been heard of.
  await nextTurn();
  assert.equal(isDrained, false);
  running[1]?.committed.set(3, 2);
  waits.check();
  await wait;
  assert.equal(isDrained, true);
});

test('has nothing to wait for where everything is committed already, and rejects those who wait when it is closed', async () => {
  const waits = createCommitWaits();
  await waits.wait([mapping('a')], { a: { 0: 0 } });
  const wait = waits.wait([mapping('a')], { a: { 0: 1 } });
  waits.close();
  await assert.rejects(wait, { code: 'CLOSED' });
});

test('rejects those who wait for a mapping that has stopped, and nobody else', async () => {
  const waits = createCommitWaits();
  const [gone, other] = [mapping('a'), mapping('b')];
  const ends = { a: { 0: 1 }, b: { 0: 1 } };
  const wait = waits.wait([gone, other], ends);
  const waitForOther = waits.wait([other], ends);
  gone.stop();
  waits.check();
  await assert.rejects(wait, { code: 'MAPPING_STOPPED', message: /reader-of-a .* its topic is gone/ });
  other.committed.set(0, 1);
  waits.check();
  await waitForOther;
  gone.committed.set(0, 1);
  await waits.wait([gone, other], ends);
});

test('does not take for committed what the broker does not have so', async () => {
  const waits = createCommitWaits();
  const old = mapping('a');
  let asked = 0;
  // It knows the commits of a topic that was deleted and made again.
  old.committed.set(0, 500);
  await waits.wait([{ ...old, hasCommitted: async () => await Promise.resolve(++asked > 2) }], {
    a: { 0: 1 },
  });
  assert.equal(asked, 3);
  const wait = waits.wait([{ ...old, hasCommitted: async () => await Promise.resolve(false) }], {
    a: { 0: 1 },
  });
  old.stop();
  await assert.rejects(wait, { code: 'MAPPING_STOPPED' });
});
