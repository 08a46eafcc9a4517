// One batch from its cut to its last commit: what is done in which order, and what is not done any more.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runBatch, type BatchRun } from '../../../tools/local/batch-runner.ts';
import type { BatchResult } from '../../../tools/local/batch-result.ts';
import type { PolledRecord } from '../../../tools/local/event.ts';
import type { Mapping } from '../../../tools/local/mapping/mapping.ts';
import { createStatusCounter } from '../../../tools/local/mapping/mapping-status.ts';
import { toPolledRecord } from '../../support/polled-record.ts';

const records = [0, 1].flatMap((partition) =>
  [4, 5].map((offset) => toPolledRecord({ partition, offset, timestampMs: Date.now() }, 10)),
);
const success: BatchResult<PolledRecord> = { kind: 'success', warning: undefined };
const failure: BatchResult<PolledRecord> = { kind: 'failed', reason: 'Error', functionError: true };
const invocation = {
  requestId: 'r',
  result: { kind: 'error', errorType: 'Error', errorMessage: '' },
  durationMs: 1,
  initMs: undefined,
  memoryMb: 50,
} as const;

interface Ran {
  /** What happened, in turn. */
  readonly steps: readonly string[];
  readonly status: ReturnType<typeof createStatusCounter>;
}

/** Runs a batch of these results, one for each call. */
async function run(
  results: readonly BatchResult<PolledRecord>[],
  change: Partial<BatchRun> & { readonly settings?: Partial<Mapping>; readonly onCall?: () => void } = {},
): Promise<Ran> {
  const steps: string[] = [];
  const status = createStatusCounter('orders', 'orders');
  const left = [...results];
  const { settings, onCall, ...rest } = change;
  await runBatch(
    { records, eventBytes: 40, oversize: false },
    {
      mapping: {
        consumer: 'orders',
        topic: 'orders',
        maximumRetryAttempts: 0,
        maximumRecordAgeSeconds: -1,
        bisect: false,
        onFailure: { type: 'sns', arn: 'arn:aws:sns:x:1:t' },
        ...settings,
      } as Mapping,
      backoffMs: 0,
      status,
      signal: new AbortController().signal,
      commit: (partition, offset) => void steps.push(`commit ${partition}@${offset}`),
      restartPoller: async () => {},
      async deliver({ records: discarded }) {
        await new Promise(setImmediate);
        steps.push(`deliver ${discarded.length}`);
        return 'somewhere';
      },
      onEvent() {},
      async invoke(called) {
        steps.push(`invoke ${called.length}`);
        await new Promise(setImmediate);
        onCall?.();
        return { invocation, result: left.shift() ?? success };
      },
      ...rest,
    },
  );
  return { steps, status };
}

describe('a batch', () => {
  test('is committed, each of its partitions, once its function has succeeded', async () => {
    const { steps } = await run([success]);
    assert.deepEqual(steps, ['invoke 4', 'commit 0@6', 'commit 1@6']);
  });

  test('that failed is delivered to the destination, and committed after that', async () => {
    const { steps, status } = await run([failure]);
    assert.deepEqual(steps, ['invoke 4', 'deliver 4', 'commit 0@6', 'commit 1@6']);
    assert.equal(status.read().kept, 4);
  });

  test('that failed is sent again as often as its mapping says', async () => {
    const { steps } = await run([failure, failure], { settings: { maximumRetryAttempts: 2 } });
    assert.deepEqual(steps, ['invoke 4', 'invoke 4', 'invoke 4', 'commit 0@6', 'commit 1@6']);
  });

  test('goes on, and counts as dropped, where the destination refuses it', async () => {
    const { steps, status } = await run([failure], {
      deliver: async () => await Promise.reject(new Error('no such bucket')),
    });
    assert.deepEqual(steps, ['invoke 4', 'commit 0@6', 'commit 1@6']);
    const { discarded, dropped, kept } = status.read();
    assert.deepEqual([discarded, dropped, kept], [4, 4, 0]);
  });

  for (const [what, result] of [
    ['has succeeded', success],
    ['has failed', failure],
  ] as const)
    test(`is neither committed nor delivered once its partitions are revoked, though its function ${what}`, async () => {
      const lease = new AbortController();
      const { steps } = await run([result], { signal: lease.signal, onCall: () => lease.abort() });
      assert.deepEqual(steps, ['invoke 4']);
    });

  test('is not called once its partitions are revoked', async () => {
    const lease = new AbortController();
    const { steps } = await run([failure], {
      settings: { maximumRetryAttempts: 5 },
      backoffMs: 10,
      signal: lease.signal,
      onCall: () => lease.abort(),
    });
    assert.deepEqual(steps, ['invoke 4']);
  });
});

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
  const [record] = records;
  assert.ok(record !== undefined);
  await runBatch({ records: [record], eventBytes: record.bytes, oversize: false }, run);
  assert.deepEqual(commits, [record.offset + 1]);
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
