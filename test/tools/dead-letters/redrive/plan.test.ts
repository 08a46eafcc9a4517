import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countPlan, toPlan, type PlanOptions } from '../../../../tools/dead-letters/redrive/plan.ts';
import { readResponse, toRedriveEvent } from '../../../../tools/dead-letters/redrive/send/target.ts';
import { isTooMany, rateAt } from '../../../../tools/dead-letters/redrive/send/pace.ts';
import type { FailedRecord } from '../../../../tools/dead-letters/failed-record.ts';
import type { Lost } from '../../../../tools/dead-letters/originals.ts';
import { failedRecord } from '../failed-records.ts';

const base: PlanOptions = {
  maxRedrives: 3,
  overtaken: 'skip',
  most: undefined,
  succeeded: new Set(),
  target: { kind: 'function' },
};
const none = { ids: new Set<string>(), unknown: undefined };
const at = (failed: FailedRecord, lost?: Lost) => ({ failed, lost, deletedAtMs: undefined });
const reasons = (plan: ReturnType<typeof toPlan>): readonly (string | undefined)[] =>
  plan.map(({ skip }) => skip);

test('goes by partition and offset, whatever order the places gave', () => {
  const records = [
    failedRecord({ partition: 1, offset: 2 }),
    failedRecord({ offset: 9 }),
    failedRecord({ offset: 10 }),
    failedRecord({ offset: 1 }),
  ];
  const plan = toPlan(
    records.map((each) => at(each)),
    none,
    base,
  );
  assert.deepEqual(
    plan.map(({ failed }) => [failed.partition, failed.offset]),
    [
      [0, 1],
      [0, 9],
      [0, 10],
      [1, 2],
    ],
  );
});

test('leaves out what is gone, what was sent too often, what was overtaken, what is done, and what is over the number', () => {
  const [gone, often, old, done, first, second] = [
    failedRecord({ offset: 0 }, { record: undefined }),
    failedRecord({ offset: 1, redrives: 3 }),
    failedRecord({ offset: 2 }),
    failedRecord({ offset: 3 }),
    failedRecord({ offset: 4, redrives: 2 }),
    failedRecord({ offset: 5 }),
  ] as const;
  const located = [at(gone, 'retention'), ...[often, old, done, first, second].map((each) => at(each))];
  const overtaken = { ids: new Set([old.id]), unknown: undefined };
  const options = { ...base, most: 1, succeeded: new Set([done.id]) };
  const plan = toPlan(located, overtaken, options);
  assert.deepEqual(reasons(plan), [
    'retention',
    'redriven too often',
    'a later record of its key was processed',
    'done before',
    undefined,
    'over --max',
  ]);
  assert.equal(countPlan(plan).send, 1);
  assert.equal(
    reasons(toPlan(located, overtaken, { ...options, overtaken: 'send', most: undefined }))[2],
    undefined,
  );
});

test('plans a record once that is kept in two places, by the place that has its bytes', () => {
  const letter = failedRecord({ offset: 7 });
  const batch = failedRecord({ offset: 7 }, { place: { kind: 'batch', bucket: 'b', key: 'aws/lambda/x' } });
  assert.equal(toPlan([at(letter), at(batch)], none, base).length, 1);
});

test('keeps the place of a record, and counts in its headers how often it was sent', () => {
  const event = JSON.parse(
    toRedriveEvent([failedRecord({ partition: 3, offset: 12, redrives: 1 })], 'run-1'),
  ) as {
    readonly records: Readonly<
      Record<string, readonly { offset: number; headers: Record<string, number[]>[] }[]>
    >;
  };
  const [record] = event.records['t-3'] ?? [];
  assert.equal(record?.offset, 12);
  const headers = Object.fromEntries(
    (record?.headers ?? [])
      .flatMap((each) => Object.entries(each))
      .map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  );
  assert.deepEqual(headers, {
    'tailrace-redrive-count': '2',
    'tailrace-redrive-origin': 't-3@12',
    'tailrace-redrive-run': 'run-1',
  });
});

test('reads a partial response record by record', () => {
  const batch = [failedRecord({ offset: 1 }), failedRecord({ offset: 2 })];
  const body = JSON.stringify({ batchItemFailures: [{ itemIdentifier: { partition: 't-0', offset: 2 } }] });
  const failed = [...readResponse(batch, body)].map(([, why]) => why !== undefined);
  assert.deepEqual(failed, [false, true]);
  for (const all of ['', 'null', '{}', '{"batchItemFailures":[]}'])
    assert.ok([...readResponse(batch, all).values()].every((why) => why === undefined));
});

test('starts at a tenth of its rate, doubles, and never exceeds it', () => {
  assert.deepEqual(
    [0, 4999, 5000, 10_000, 15_000, 20_000, 1e9].map((ms) => rateAt(100, ms)),
    [10, 10, 20, 40, 80, 100, 100],
  );
});

test('does not judge by a handful of records', () => {
  assert.equal(isTooMany(19, 19, 0.2), false);
  assert.equal(isTooMany(4, 20, 0.2), false);
  assert.equal(isTooMany(5, 20, 0.2), true);
});
