// Several consumers read one topic, and each has dead letters of its own for the same record: what is done for one is not done for another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadLettersError } from '../../../../tools/dead-letters/error.ts';
import type { FailedRecord, Place } from '../../../../tools/dead-letters/failed-record.ts';
import { findDone } from '../../../../tools/dead-letters/redrive/done.ts';
import { toPlan, type PlanOptions } from '../../../../tools/dead-letters/redrive/plan.ts';
import type { RedriveContext } from '../../../../tools/dead-letters/redrive/reports.ts';
import { toTargetName } from '../../../../tools/dead-letters/redrive/send/find-target.ts';
import { failedRecord } from '../failed-records.ts';

/** The letter of a consumer for one record. */
function letterOf(consumer: string, offset: number): FailedRecord {
  const key = `dead-letter/${consumer}/t/0/${offset}.json`;
  return failedRecord({ offset }, { consumer, place: { kind: 'letter', bucket: 'b', key, etag: '"1"' } });
}

function batchOf(name: string, offset: number): FailedRecord {
  const place: Place = { kind: 'batch', bucket: 'b', key: `aws/lambda/${name}` };
  return failedRecord({ offset }, { consumer: name, namedAs: 'function', place });
}

const account = (target: string, ...succeeded: readonly FailedRecord[]) => ({
  run: 'run-1',
  target,
  outcomes: new Map(succeeded.map(({ id }) => [id, 'succeeded' as const])),
});

const options: PlanOptions = {
  maxRedrives: 3,
  overtaken: 'skip',
  most: undefined,
  succeeded: new Set(),
  target: { kind: 'function' },
};
const none = { ids: new Set<string>(), unknown: undefined };
const sent = (all: readonly FailedRecord[], more: Partial<PlanOptions> = {}): readonly string[] =>
  toPlan(
    all.map((failed) => ({ failed, lost: undefined, deletedAtMs: undefined })),
    none,
    { ...options, ...more },
  ).flatMap(({ failed, skip }) => (skip === undefined ? failed.id : []));

const [a, b, batch] = [letterOf('a', 7), letterOf('b', 7), batchOf('fn-a', 7)] as const;
const all = [a, b, batch];

test('takes a record that one function was sent for done in the places of its own consumer alone', () => {
  assert.deepEqual(findDone(all, all, [account('function fn-a', a)]), new Set([a.id, batch.id]));
  assert.deepEqual(findDone(all, [a, b], [account('function fn-b', b)]), new Set([b.id]));
});

test('takes a record that was sent to a topic for done everywhere', () => {
  assert.deepEqual(
    findDone(all, all, [account("each record's own topic", a)]),
    new Set(all.map(({ id }) => id)),
  );
});

test('sends a topic one record for all consumers, and plans for each consumer its own', () => {
  assert.deepEqual(sent([a, b], { target: { kind: 'topic' } }), [a.id]);
  assert.deepEqual(sent([a, b]), [a.id, b.id]);
  assert.deepEqual(sent([a, batch]), [a.id]);
});

test('leaves no record out because another consumer is done with it', () => {
  const succeeded = new Set([a.id]);
  assert.deepEqual(sent([a, b], { succeeded }), [b.id]);
  assert.deepEqual(sent([a, b], { succeeded, target: { kind: 'topic' } }), [b.id]);
});

test('sends to no function what failed for several consumers, named or not', () => {
  const toName = (name: string | undefined, records: readonly FailedRecord[]): string =>
    toTargetName({ options: { target: { kind: 'function', name } }, view: {} } as RedriveContext, records);
  for (const name of [undefined, 'fn-a'])
    for (const records of [
      [a, b],
      [batch, batchOf('fn-b', 7)],
    ])
      assert.throws(
        () => toName(name, records),
        (error) => error instanceof DeadLettersError && error.code === 'NO_TARGET',
      );
  assert.equal(toName('fn-a', [a, batch]), 'function fn-a');
});
