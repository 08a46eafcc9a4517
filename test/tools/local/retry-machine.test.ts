import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginAttempts,
  settleAttempt,
  type AttemptAction,
  type AttemptCall,
  type AttemptRecord,
  type AttemptStep,
  type RetryPolicy,
} from '../../../tools/local/retry-machine.ts';
import type { BatchResult } from '../../../tools/local/batch-result.ts';

const policy: RetryPolicy = {
  maximumRetryAttempts: 2,
  maximumRecordAgeSeconds: -1,
  bisect: false,
  hasDestination: true,
  backoffMs: 0,
};
const failed: BatchResult<AttemptRecord> = { kind: 'failed', reason: 'Error', functionError: true };
const success: BatchResult<AttemptRecord> = { kind: 'success', warning: undefined };

/** A call that ended at this moment. */
function at(
  nowMs: number = 0,
  requestId: string = 'a',
): { readonly nowMs: number; readonly call: AttemptCall } {
  return { nowMs, call: { requestId, errorType: undefined } };
}

function records(count: number, partition: number = 0): readonly AttemptRecord[] {
  return Array.from({ length: count }, (_, i) => ({ partition, offset: 100 + i, timestampMs: 0 }));
}

/** Calls of a batch as lists of offsets, and everything else that was asked for, until it is done. */
function play(
  first: AttemptStep<AttemptRecord>,
  answer: (records: readonly AttemptRecord[], call: number) => BatchResult<AttemptRecord>,
): {
  readonly calls: readonly (readonly number[])[];
  readonly rest: readonly AttemptAction<AttemptRecord>[];
} {
  const calls: (readonly number[])[] = [];
  const rest: AttemptAction<AttemptRecord>[] = [];
  for (let step = first; ;) {
    const call = step.actions.find((action) => action.kind === 'invoke');
    rest.push(...step.actions.filter((action) => action.kind !== 'invoke'));
    if (call === undefined) return { calls, rest };
    calls.push(call.records.map(({ offset }) => offset));
    step = settleAttempt(step.state, answer(call.records, calls.length), at());
  }
}

const commits = (actions: readonly AttemptAction<AttemptRecord>[]): readonly (readonly [number, number])[] =>
  actions.flatMap((action) => (action.kind === 'commit' ? [[action.partition, action.offset] as const] : []));

test('commits last offset + 1 of every partition after a success', () => {
  const { calls, rest } = play(
    beginAttempts([...records(2), ...records(3, 1)], policy, { nowMs: 0 }),
    () => success,
  );
  assert.equal(calls.length, 1);
  assert.deepEqual(commits(rest), [
    [0, 102],
    [1, 103],
  ]);
});

test('calls a failing batch 1 + MaximumRetryAttempts times, then discards and commits it', () => {
  const { calls, rest } = play(beginAttempts(records(2), policy, { nowMs: 0 }), () => failed);
  assert.equal(calls.length, 3);
  assert.deepEqual(
    rest.map(({ kind }) => kind),
    ['discard', 'commit'],
  );
  const [discard] = rest;
  assert.ok(discard?.kind === 'discard');
  assert.equal(discard.condition, 'RetryAttemptsExhausted');
  assert.equal(discard.invokeCount, 3);
  assert.equal(discard.functionError, true);
});

test('does not retry at all when MaximumRetryAttempts is 0', () => {
  const { calls } = play(
    beginAttempts(records(1), { ...policy, maximumRetryAttempts: 0 }, { nowMs: 0 }),
    () => failed,
  );
  assert.equal(calls.length, 1);
});

test('caps endless retries at 10 where there is a destination, and nowhere else', () => {
  const endless = { ...policy, maximumRetryAttempts: -1 };
  assert.equal(play(beginAttempts(records(1), endless, { nowMs: 0 }), () => failed).calls.length, 11);
  const patient = { ...endless, hasDestination: false };
  const { calls, rest } = play(beginAttempts(records(1), patient, { nowMs: 0 }), (_, call) =>
    call < 500 ? failed : success,
  );
  assert.equal(calls.length, 500);
  assert.deepEqual(commits(rest), [[0, 101]]);
});

test('sends only the listed records again, and commits a partition once all of its records are resolved', () => {
  const [a, b, c] = records(3);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const other = records(1, 1);
  const first = beginAttempts([a, b, c, ...other], policy, { nowMs: 0 });
  const second = settleAttempt(first.state, { kind: 'partial', failed: [b] }, at());
  assert.deepEqual(second.actions, [
    { kind: 'commit', partition: 1, offset: 101 },
    { kind: 'invoke', records: [b], delayMs: 0 },
  ]);
  const third = settleAttempt(second.state, success, at());
  assert.deepEqual(third.actions, [{ kind: 'commit', partition: 0, offset: 103 }]);
});

test('bisects down to the one poisoned record and discards it alone', () => {
  const poison = 105;
  const { calls, rest } = play(
    beginAttempts(records(8), { ...policy, bisect: true }, { nowMs: 0 }),
    (batch) => (batch.some(({ offset }) => offset === poison) ? failed : success),
  );
  const discards = rest.filter((action) => action.kind === 'discard');
  assert.deepEqual(
    discards.map((action) => action.records.map(({ offset }) => offset)),
    [[poison]],
  );
  assert.deepEqual(calls, [
    [100, 101, 102, 103, 104, 105, 106, 107],
    [100, 101, 102, 103],
    [104, 105, 106, 107],
    [104, 105],
    [104],
    [105],
    [105],
    [105],
    [106, 107],
  ]);
  assert.deepEqual(commits(rest), [[0, 108]]);
});

test('discards what is older than the record age before it is called', () => {
  const [old, young] = [
    { partition: 0, offset: 1, timestampMs: 0 },
    { partition: 0, offset: 2, timestampMs: 1 },
  ];
  const aged = { ...policy, maximumRecordAgeSeconds: 60 };
  const step = beginAttempts([old, young], aged, { nowMs: 60_001 });
  assert.deepEqual(step.actions, [
    {
      kind: 'discard',
      records: [old],
      condition: 'RecordAgeExceeded',
      invokeCount: 0,
      functionError: false,
      lastCall: undefined,
    },
    { kind: 'invoke', records: [young], delayMs: 0 },
  ]);
  const next = settleAttempt(step.state, failed, at(60_002));
  assert.deepEqual(
    next.actions.map(({ kind }) => kind),
    ['discard', 'commit'],
  );
});

test('judges the age at the moment of the coming call, its pause included', () => {
  const ageing = { ...policy, maximumRecordAgeSeconds: 60, backoffMs: 1000 };
  const at59 = settleAttempt(beginAttempts(records(1), ageing, { nowMs: 0 }).state, failed, at(59_000));
  assert.deepEqual(at59.actions.at(-1), { kind: 'invoke', records: records(1), delayMs: 1000 });
  const later = settleAttempt(beginAttempts(records(1), ageing, { nowMs: 0 }).state, failed, at(59_001));
  assert.equal(later.actions[0]?.kind === 'discard' && later.actions[0].condition, 'RecordAgeExceeded');
});

test('does not count a call that never ran', () => {
  const { calls, rest } = play(beginAttempts(records(1), policy, { nowMs: 0 }), (_, call) =>
    call <= 50 ? { kind: 'notRun', reason: 'throttled' } : failed,
  );
  assert.equal(calls.length, 53);
  assert.equal(rest.find((action) => action.kind === 'discard')?.invokeCount, 3);
});

test('discards a record that fits in no event without calling the function', () => {
  const { calls, rest } = play(
    beginAttempts(records(1), policy, { nowMs: 0, oversize: true }),
    () => success,
  );
  assert.equal(calls.length, 0);
  assert.ok(rest[0]?.kind === 'discard' && rest[0].condition === 'MaximumPayloadSizeExceeded');
  assert.deepEqual(commits(rest), [[0, 101]]);
});

test('commits offset-only records without calling, and discards what cannot be read with no call behind it', () => {
  const [a, b, c, d] = records(4) as [AttemptRecord, AttemptRecord, AttemptRecord, AttemptRecord];
  const admitted: readonly AttemptRecord[] = [
    { ...a, admission: 'offset-only' },
    b,
    { ...c, admission: 'DESERIALIZATION_ERROR' },
    { ...d, admission: 'SCHEMA_NOT_FOUND' },
    { ...a, partition: 1, admission: 'offset-only' },
  ];
  const first = beginAttempts(admitted, policy, { nowMs: 0 });
  assert.deepEqual(commits(first.actions), [[1, 101]]);
  const { calls, rest } = play(first, () => success);
  assert.deepEqual(calls, [[b.offset]]);
  const discards = rest.filter((action) => action.kind === 'discard');
  assert.deepEqual(
    discards.map(({ condition, records: [record], invokeCount }) => [condition, record?.offset, invokeCount]),
    [
      ['SCHEMA_NOT_FOUND', d.offset, 0],
      ['DESERIALIZATION_ERROR', c.offset, 0],
    ],
  );
  assert.deepEqual(commits(rest), [
    [1, 101],
    [0, 104],
  ]);
});

test('doubles the pause between retries up to 30 s', () => {
  const delays: number[] = [];
  let step = beginAttempts(records(1), { ...policy, maximumRetryAttempts: 10, backoffMs: 100 }, { nowMs: 0 });
  for (let call = 0; call < 11; call++) {
    for (const action of step.actions) if (action.kind === 'invoke') delays.push(action.delayMs);
    step = settleAttempt(step.state, failed, at());
  }
  assert.deepEqual(delays, [0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
});

test('waits for no half of a batch, but for what is sent again as it was', () => {
  const delays: number[] = [];
  const bisecting = { ...policy, maximumRetryAttempts: 1, bisect: true, backoffMs: 100 };
  let step = beginAttempts(records(2), bisecting, { nowMs: 0 });
  for (let call = 0; call < 5; call++) {
    for (const action of step.actions) if (action.kind === 'invoke') delays.push(action.delayMs);
    step = settleAttempt(step.state, failed, at());
  }
  assert.deepEqual(delays, [0, 0, 100, 0, 100]);
});
