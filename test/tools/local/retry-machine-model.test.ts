// Random verdicts against a model: a set of records that are not resolved yet. It knows nothing of chunks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../support/property.ts';
import {
  beginAttempts,
  settleAttempt,
  type AttemptCall,
  type AttemptRecord,
} from '../../../tools/local/retry-machine.ts';
import type { BatchResult } from '../../../tools/local/batch-result.ts';

const failed: BatchResult<AttemptRecord> = { kind: 'failed', reason: 'Error', functionError: true };
const success: BatchResult<AttemptRecord> = { kind: 'success', warning: undefined };
const lastCall: AttemptCall = { requestId: 'a', errorType: undefined };

function records(count: number, partition: number): readonly AttemptRecord[] {
  return Array.from({ length: count }, (_, i) => ({ partition, offset: 100 + i, timestampMs: 0 }));
}

test('loses nothing, commits nothing early, keeps order and bounds its calls under any verdicts', () => {
  const settings = fc.record({
    maximumRetryAttempts: fc.constantFrom(0, 1, 3),
    maximumRecordAgeSeconds: fc.constantFrom(-1, 60),
    bisect: fc.boolean(),
    hasDestination: fc.boolean(),
    backoffMs: fc.constantFrom(0, 1000),
  });
  const answers = fc.infiniteStream(
    fc.record({ pick: fc.nat(9), mask: fc.nat(0xff_ff), elapsedMs: fc.nat(9000) }),
  );
  const sizes = fc.array(fc.nat(12), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(settings, sizes, answers, (setting, partitionSizes, stream) => {
      const batch = partitionSizes.flatMap((size, partition) => records(size, partition));
      const unresolved = new Set(batch);
      const committed = new Map<number, number>();
      let nowMs = 0;
      let calls = 0;
      let step = beginAttempts(batch, setting, { nowMs });
      for (;;) {
        const call = step.actions.at(-1);
        for (const action of step.actions) {
          if (action.kind === 'discard') {
            for (const record of action.records) assert.ok(unresolved.delete(record), 'discarded once');
          } else if (action.kind === 'commit') {
            const mine = batch.filter(({ partition }) => partition === action.partition);
            assert.ok(
              mine.every((record) => !unresolved.has(record)),
              'resolved before it is committed',
            );
            assert.equal(action.offset, 100 + mine.length);
            assert.equal(committed.has(action.partition), false, 'committed once');
            committed.set(action.partition, action.offset);
          } else assert.equal(action, call, 'a call is the last action');
        }
        if (call?.kind !== 'invoke') break;
        assert.ok(call.records.length > 0);
        for (const record of call.records) {
          assert.ok(unresolved.has(record), 'only unresolved records are called');
          const earlier = batch.filter(
            ({ partition, offset }) => partition === record.partition && offset < record.offset,
          );
          const inCall = new Set(call.records);
          assert.ok(
            earlier.every((other) => !unresolved.has(other) || inCall.has(other)),
            'in order',
          );
        }
        calls++;
        assert.ok(calls <= 2 * batch.length * (setting.maximumRetryAttempts + 2), 'bounded');
        const { pick, mask, elapsedMs } = stream.next().value;
        nowMs += call.delayMs + elapsedMs;
        const listed = call.records.filter((_, i) => (mask >> (i % 16)) % 2 === 1);
        if (pick >= 7) {
          for (const record of call.records) unresolved.delete(record);
          step = settleAttempt(step.state, success, { nowMs, call: lastCall });
        } else if (pick >= 4 && listed.length > 0) {
          for (const record of call.records) if (!listed.includes(record)) unresolved.delete(record);
          step = settleAttempt(step.state, { kind: 'partial', failed: listed }, { nowMs, call: lastCall });
        } else step = settleAttempt(step.state, failed, { nowMs, call: lastCall });
      }
      assert.equal(unresolved.size, 0, 'nothing is lost');
      assert.deepEqual(new Set(committed.keys()), new Set(batch.map(({ partition }) => partition)));
    }),
    { numRuns: 500 },
  );
});
