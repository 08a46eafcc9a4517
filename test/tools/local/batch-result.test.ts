import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBatchResult, type BatchResult } from '../../../tools/local/batch-result.ts';

const records = [
  { partition: 0, offset: 10 },
  { partition: 0, offset: 11 },
  { partition: 1, offset: 10 },
];

function judge(
  body: unknown,
  reportBatchItemFailures: boolean = true,
): BatchResult<(typeof records)[number]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return toBatchResult(
    { kind: 'response', body: text },
    { topic: 'orders-v1', records, reportBatchItemFailures },
  );
}

const item = (partition: unknown, offset: unknown): unknown => ({ itemIdentifier: { partition, offset } });

test('takes null, an empty object, an empty list and a null list for success', () => {
  for (const body of [null, {}, { batchItemFailures: [] }, { batchItemFailures: null }]) {
    assert.equal(judge(body).kind, 'success', JSON.stringify(body));
  }
});

test('lets an answer that is no object pass with a warning', () => {
  const verdict = judge('"OK"');
  assert.ok(verdict.kind === 'success' && verdict.warning !== undefined);
});

test('retries exactly the listed records, in batch order, each once', () => {
  const verdict = judge({
    batchItemFailures: [item('orders-v1-1', 10), item('orders-v1-0', 11), item('orders-v1-0', 11)],
  });
  assert.deepEqual(verdict, { kind: 'partial', failed: [records[1], records[2]] });
});

test('fails the whole batch for an identifier that was not in it or is malformed', () => {
  const bad: readonly unknown[] = [
    [item('orders-v1-0', 12)],
    [item('orders-v1-2', 10)],
    [item('orders-v1-0', 11), item('other-0', 11)],
    [item('orders-v1-0', '11')],
    [item(0, 11)],
    [item('orders-v1-0', null)],
    [{ itemIdentifier: 'orders-v1-0-11' }],
    [{ itemIdentifier: { 'topic-partition': 'orders-v1-0', offset: 11 } }],
    [{ itemIdentifier: null }],
    [{}],
    [null],
    'orders-v1-0-11',
    { 0: item('orders-v1-0', 11) },
  ];
  for (const batchItemFailures of bad) {
    assert.equal(judge({ batchItemFailures }).kind, 'failed', JSON.stringify(batchItemFailures));
  }
});

test('ignores the response when the mapping does not report item failures', () => {
  assert.equal(judge({ batchItemFailures: [item('orders-v1-0', 10)] }, false).kind, 'success');
});

test('fails the whole batch for an error, a timeout and a crash', () => {
  for (const kind of ['error', 'timeout', 'crash'] as const) {
    const verdict = toBatchResult(
      { kind, errorType: 'Some.Type', errorMessage: 'said so' },
      { topic: 'orders-v1', records, reportBatchItemFailures: true },
    );
    assert.deepEqual(verdict, { kind: 'failed', reason: 'Some.Type', functionError: true });
  }
});

test('counts nothing when the function never ran', () => {
  const verdict = toBatchResult(
    { kind: 'unavailable', errorMessage: 'no process' },
    { topic: 'orders-v1', records, reportBatchItemFailures: true },
  );
  assert.equal(verdict.kind, 'notRun');
});
