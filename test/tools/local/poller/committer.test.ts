import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommitter } from '../../../../tools/local/poller/committer.ts';

function toCommitter() {
  const sent: {
    readonly offsets: Readonly<Record<number, number>>;
    readonly answer: PromiseWithResolvers<boolean>;
  }[] = [];
  const committed: (readonly [number, number])[] = [];
  const refused: unknown[] = [];
  const committer = createCommitter({
    async commit(offsets) {
      const answer = Promise.withResolvers<boolean>();
      sent.push({ offsets: Object.fromEntries(offsets), answer });
      return await answer.promise;
    },
    onCommitted: (...commit) => committed.push(commit),
    onRefused: (error) => refused.push(error),
  });
  const answer = async (index: number, isOurs = true): Promise<void> => {
    sent[index]?.answer.resolve(isOurs);
    // As many turns as an answer may take to be seen.
    await new Promise(setImmediate);
  };
  return { committer, sent, committed, refused, answer };
}

test('sends one commit at a time, and what was done meanwhile together in the next one', async () => {
  const { committer, sent, committed, answer } = toCommitter();
  committer.add(0, 5);
  committer.add(1, 7);
  committer.add(0, 8);
  committer.add(0, 9);
  assert.deepEqual(
    sent.map(({ offsets }) => offsets),
    [{ 0: 5 }],
  );
  assert.deepEqual(committed, []);
  await answer(0);
  assert.deepEqual(
    sent.map(({ offsets }) => offsets),
    [{ 0: 5 }, { 0: 9, 1: 7 }],
  );
  const idle = committer.idle();
  await answer(1);
  await idle;
  assert.deepEqual(
    new Map(committed),
    new Map([
      [0, 9],
      [1, 7],
    ]),
  );
  committer.add(2, 1);
  assert.deepEqual(sent.at(-1)?.offsets, { 2: 1 });
  await answer(2);
  assert.deepEqual(committed.at(-1), [2, 1]);
});

test('tells of no commit for partitions that were given up, and forgets what waited for it', async () => {
  const { committer, sent, committed, answer } = toCommitter();
  committer.add(0, 5);
  committer.add(1, 5);
  committer.clear();
  await answer(0, false);
  await committer.idle();
  assert.equal(sent.length, 1);
  assert.deepEqual(committed, []);
});

test('hands on a refusal once, and commits again afterwards', async () => {
  const { committer, sent, committed, refused, answer } = toCommitter();
  committer.add(0, 5);
  committer.add(1, 5);
  const error = new Error('coordinator gone');
  sent[0]?.answer.reject(error);
  await committer.idle();
  assert.deepEqual([refused, sent.length], [[error], 1]);
  committer.add(0, 6);
  await answer(1);
  assert.deepEqual(committed, [[0, 6]]);
});
