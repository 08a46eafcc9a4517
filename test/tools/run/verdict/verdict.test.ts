// What a run comes out at, and its exit code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../../../../tools/proof/reconciliation.ts';
import {
  findMissedFaults,
  toConsumerVerdict,
  toExitCode,
  toRunVerdict,
  type Verdict,
} from '../../../../tools/run/verdict/verdict.ts';

const account = (given: Partial<Account>): Account =>
  ({ produced: 0, seen: 0, processed: 0, ...given }) as Account;
const verdictOf = (...verdicts: readonly Verdict[]): Verdict =>
  toRunVerdict(verdicts.map((verdict) => ({ verdict })));

test('a consumer comes out as its account does', () => {
  for (const verdict of ['proven', 'disproved', 'undecided'] as const)
    assert.equal(toConsumerVerdict(account({ produced: 9, verdict }), undefined, 0.9), verdict);
});

test('a consumer that was stopped has no verdict, whatever its account says', () => {
  assert.equal(
    toConsumerVerdict(account({ produced: 9, verdict: 'disproved' }), 'every call fails', 0.9),
    'undecided',
  );
});

test('a consumer that was sent nothing is idle, or undecided when it does not process what others send', () => {
  assert.equal(toConsumerVerdict(account({ verdict: 'proven' }), undefined, 0.9), 'idle');
  assert.equal(
    toConsumerVerdict(account({ verdict: 'proven', seen: 10, processed: 9 }), undefined, 0.9),
    'idle',
  );
  assert.equal(
    toConsumerVerdict(account({ verdict: 'proven', seen: 10, processed: 8 }), undefined, 0.9),
    'undecided',
  );
});

test('a run comes out as the worst of its consumers', () => {
  assert.equal(verdictOf('proven', 'undecided', 'disproved'), 'disproved');
  assert.equal(verdictOf('proven', 'undecided', 'idle'), 'undecided');
  assert.equal(verdictOf('idle', 'proven'), 'proven');
  assert.equal(verdictOf('idle'), 'idle');
});

test('only what is proven, or has nothing to prove, exits with 0', () => {
  const codes = (['proven', 'idle', 'disproved', 'undecided'] as const).map((verdict) =>
    toExitCode(verdict, []),
  );
  assert.deepEqual(codes, [0, 0, 1, 4]);
  assert.deepEqual([toExitCode('proven', ['kill']), toExitCode('undecided', ['kill'])], [1, 1]);
});

test('a fault that was asked for and did not happen is missed, for each consumer that it was meant for', () => {
  const statuses = [
    { consumer: 'archive', invocations: 1 },
    { consumer: 'relay', invocations: 5 },
  ];
  const faults = [
    { kind: 'kill', atInvocation: 2 },
    { kind: 'throw', consumer: 'relay', atInvocation: 2 },
  ] as const;
  const missed = findMissedFaults(faults, statuses, new Set(['kill:relay', 'throw:relay']));
  assert.equal(missed.length, 1);
  assert.match(missed[0] ?? '', /^kill of archive: it hits invocation 2, and there were 1/);
});
