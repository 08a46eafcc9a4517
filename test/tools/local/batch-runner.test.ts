import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBatch, type BatchRun } from '../../../tools/local/batch-runner.ts';
import type { PolledRecord } from '../../../tools/local/event.ts';
import type { Mapping } from '../../../tools/local/mapping/mapping.ts';
import { createStatusCounter } from '../../../tools/local/mapping/mapping-status.ts';
import { encodeRecord } from '../../../tools/local/poller/record-encoder.ts';

const record: PolledRecord = encodeRecord('orders', 0, {
  key: null,
  value: Buffer.from('x'),
  timestamp: String(Date.now()),
  attributes: 0,
  offset: '7',
  headers: {},
});
const invocation = {
  requestId: 'r',
  result: { kind: 'error', errorType: 'Error', errorMessage: '' },
  durationMs: 1,
  initMs: undefined,
  memoryMb: 50,
} as const;

/** The warnings about a batch that fails `failures` times. */
async function warningsOf(failures: number, settings: Partial<Mapping> = {}): Promise<readonly string[]> {
  const mapping = {
    consumer: 'orders',
    topic: 'orders',
    maximumRetryAttempts: -1,
    maximumRecordAgeSeconds: -1,
    bisect: false,
    onFailure: undefined,
    ...settings,
  } as Mapping;
  const warnings: string[] = [];
  const commits: number[] = [];
  let calls = 0;
  const run: BatchRun = {
    mapping,
    backoffMs: 0,
    status: createStatusCounter('orders', 'orders'),
    signal: new AbortController().signal,
    commit: (_partition, offset) => commits.push(offset),
    restartPoller: async () => {},
    deliver: async () => undefined,
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.message);
    },
    async invoke() {
      calls++;
      return calls > failures
        ? { invocation, result: { kind: 'success', warning: undefined } }
        : { invocation, result: { kind: 'failed', reason: 'Error', functionError: true } };
    },
  };
  await runBatch({ records: [record], eventBytes: record.bytes, oversize: false }, run);
  assert.deepEqual(commits, [8]);
  return warnings;
}

test('says once of a batch that it is sent until it succeeds', async () => {
  assert.deepEqual(await warningsOf(4), []);
  const warnings = await warningsOf(50);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /MaximumRetryAttempts/);
});

test('says nothing of it where retries end', async () => {
  assert.deepEqual(await warningsOf(50, { maximumRetryAttempts: 20 }), []);
  assert.deepEqual(await warningsOf(50, { maximumRecordAgeSeconds: 604_800 }), []);
  assert.deepEqual(await warningsOf(50, { onFailure: { type: 'sns', arn: 'arn:aws:sns:x:1:t' } }), []);
});
