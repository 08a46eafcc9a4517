// The tree that a batch's invocations make, for every way in which a mapping calls again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginAttempts, settleAttempt } from '../../../../../tools/local/retry-machine.ts';
import { toTree, type BatchNode } from '../../../../../tools/console/page/charts/batch-tree.ts';
import type { Call, CallStatus } from '../../../../../tools/console/wire.ts';

function call(from: number, to: number, status: CallStatus): Call {
  return {
    requestId: `${from}-${to}-${status}`,
    status,
    startedAt: 0,
    durationMs: 1,
    initMs: null,
    records: to - from,
    failed: 0,
    delivered: [{ partition: 0, from, to }],
    unresolved: [],
    memoryMb: 1,
    environment: 1,
    errorType: null,
  };
}

/** `what from-to xCalls (children)`. */
function toText(node: BatchNode | undefined): string {
  if (node === undefined) return '';
  const [{ from, to } = { from: 0, to: 0 }] = node.spans;
  const children = node.children.map(toText).join(' ');
  return `${node.what} ${from}-${to} x${node.calls.length}${children === '' ? '' : ` (${children})`}`;
}

test('puts retries beside each other, and halves and rests below', () => {
  assert.equal(toText(toTree({ calls: [] })), '');
  assert.equal(toText(toTree({ calls: [call(0, 4, 'error'), call(0, 4, 'ok')] })), 'batch 0-4 x2');
  assert.equal(
    toText(toTree({ calls: [call(0, 4, 'partial'), call(2, 4, 'ok')] })),
    'batch 0-4 x1 (rest 2-4 x1)',
  );
});

test('is the search of a bisection for its poison record, as the retry machine makes it', () => {
  const poison = 5;
  const policy = {
    maximumRetryAttempts: 1,
    maximumRecordAgeSeconds: -1,
    bisect: true,
    hasDestination: true,
    backoffMs: 0,
  };
  const records = Array.from({ length: 8 }, (_, offset) => ({ partition: 0, offset, timestampMs: 0 }));
  const calls: Call[] = [];
  let step = beginAttempts(records, policy, { nowMs: 0 });
  for (;;) {
    const action = step.actions.at(-1);
    if (action?.kind !== 'invoke') break;
    const [first, last] = [action.records[0]?.offset ?? 0, action.records.at(-1)?.offset ?? 0];
    const isPoisoned = first <= poison && last >= poison;
    calls.push(call(first, last + 1, isPoisoned ? 'crash' : 'ok'));
    step = settleAttempt(
      step.state,
      isPoisoned
        ? { kind: 'failed', reason: 'crash', functionError: true }
        : { kind: 'success', warning: undefined },
      { nowMs: 0, call: { requestId: 'r', errorType: undefined } },
    );
  }
  assert.equal(
    toText(toTree({ calls })),
    'batch 0-8 x1 (half 0-4 x1 half 4-8 x1 (half 4-6 x1 (half 4-5 x1 half 5-6 x2) half 6-8 x1))',
  );
});
