// Which call a destination is told of: the last one that the records themselves were in, whatever was called since.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginAttempts,
  settleAttempt,
  type AttemptAction,
  type AttemptCall,
  type AttemptRecord,
  type RetryPolicy,
} from '../../../tools/local/retry-machine.ts';
import type { BatchResult } from '../../../tools/local/batch-result.ts';

const policy: RetryPolicy = {
  maximumRetryAttempts: 0,
  maximumRecordAgeSeconds: 60,
  bisect: true,
  hasDestination: true,
  backoffMs: 0,
};
const whole: AttemptCall = { requestId: 'whole', errorType: 'WholeError' };
const front: AttemptCall = { requestId: 'front', errorType: 'FrontError' };
const failed: BatchResult<AttemptRecord> = { kind: 'failed', reason: 'Error', functionError: true };
const batch: readonly AttemptRecord[] = [0, 1].map((offset) => ({ partition: 0, offset, timestampMs: 0 }));

const discards = (
  actions: readonly AttemptAction<AttemptRecord>[],
): readonly (readonly [
  offsets: readonly number[],
  condition: string,
  call: string | undefined,
  calls: number,
])[] =>
  actions.flatMap((action) =>
    action.kind === 'discard'
      ? [
          [
            action.records.map(({ offset }) => offset),
            action.condition,
            action.lastCall?.requestId,
            action.invokeCount,
          ] as const,
        ]
      : [],
  );

test('names the call of the whole for a half that grew too old while the other half was called', () => {
  const halved = settleAttempt(beginAttempts(batch, policy, { nowMs: 0 }).state, failed, {
    nowMs: 1,
    call: whole,
  });
  const { actions } = settleAttempt(halved.state, failed, { nowMs: 60_001, call: front });
  assert.deepEqual(discards(actions), [
    [[0], 'RetryAttemptsExhausted', 'front', 2],
    [[1], 'RecordAgeExceeded', 'whole', 1],
  ]);
});

test('names the last call that ran when later ones were throttled', () => {
  const patient = { ...policy, bisect: false, maximumRetryAttempts: 5 };
  const first = settleAttempt(beginAttempts(batch, patient, { nowMs: 0 }).state, failed, {
    nowMs: 1,
    call: whole,
  });
  const throttled: AttemptCall = { requestId: 'throttled', errorType: undefined };
  const { actions } = settleAttempt(
    first.state,
    { kind: 'notRun', reason: 'throttled' },
    { nowMs: 60_001, call: throttled },
  );
  assert.deepEqual(discards(actions), [[[0, 1], 'RecordAgeExceeded', 'whole', 1]]);
});

test('names no call for what no function saw', () => {
  const { actions } = beginAttempts(batch, policy, { nowMs: 60_001 });
  assert.deepEqual(discards(actions), [[[0, 1], 'RecordAgeExceeded', undefined, 0]]);
});
