import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Floor } from '../../../../tools/soak/sandbox/floor.ts';
import type { SoakRecord } from '../../../../tools/soak/soak.ts';
import { judgeSoak } from '../../../../tools/soak/trend/verdict.ts';

const megabyte = 1_048_576;
const noBudgets = { maxPeakMb: undefined, maxGrowthKb: undefined };

/** A soak of 100 invocations, whose floor and what is resident beside it (MB) are these functions of the invocation. */
function toRecord(
  floorMb: (invocation: number) => number,
  besideMb: (invocation: number) => number,
  changes: Partial<SoakRecord> = {},
): SoakRecord {
  const floors = Array.from({ length: 25 }, (_, index): Floor => {
    const invocation = 4 * (index + 1);
    const floorBytes = floorMb(invocation) * megabyte;
    const rssBytes = floorBytes + besideMb(invocation) * megabyte;
    return {
      invocation,
      floorBytes,
      heapBytes: floorBytes,
      codeBytes: 0,
      externalBytes: 0,
      arrayBufferBytes: 0,
      rssBytes,
    };
  });
  return {
    floors,
    invocations: 100,
    records: 1000,
    failedInvocations: 0,
    failedRecords: 0,
    firstFailures: [],
    reportedRecords: 0,
    declinedRecords: 0,
    decliningInvocations: 0,
    peakMb: 90,
    end: { kind: 'done' },
    ...changes,
  };
}

test('judges the floors before a consumer declined its records, and counts that as a failure', () => {
  const floorMb = (invocation: number): number => 20 + 0.5 * Math.min(60, invocation);
  const asIfDone = judgeSoak(
    toRecord(floorMb, () => 50),
    128,
    noBudgets,
  );
  assert.equal(asIfDone.trend?.kind, 'levelling');
  const declined = judgeSoak(
    toRecord(floorMb, () => 50, { end: { kind: 'declined', atInvocation: 60 } }),
    128,
    noBudgets,
  );
  assert.equal(declined.trend?.kind, 'growing');
  assert.equal(Math.round(declined.trend.slope), megabyte / 2);
  assert.deepEqual(declined.failures, [
    'declines most of its records from invocation 60 on, because its memory is full',
    'grows by 512.0 KB per invocation',
  ]);
});

test('tells how long the memory size lasts while there is some left', () => {
  const growing = (end: SoakRecord['end']): number | undefined =>
    judgeSoak(
      toRecord(
        (invocation) => 20 + invocation / 2,
        () => 50,
        { end },
      ),
      128,
      noBudgets,
    ).invocationsLeft;
  // 128 MB less the 70 and 50 of the last floor, at half of one each.
  assert.equal(growing({ kind: 'done' }), 16);
  assert.equal(growing({ kind: 'killed', atInvocation: 101 }), undefined);
});

test('doubts a flat floor beside which resident memory grows, unless by little or not any more', () => {
  const flat = (): number => 10;
  const growing = judgeSoak(
    toRecord(flat, (invocation) => 50 + 0.3 * invocation),
    128,
    noBudgets,
  );
  assert.equal(growing.trend?.kind, 'flat');
  assert.deepEqual(growing.failures, []);
  assert.match(
    growing.doubts.join(),
    /^resident memory grows by 307\.2 KB per invocation outside of the live set/,
  );
  for (const besideMb of [
    (invocation: number): number => 50 + 0.1 * invocation,
    (invocation: number): number => 50 + Math.min(20, invocation),
  ]) {
    const { outside, doubts, isSuspect } = judgeSoak(toRecord(flat, besideMb), 128, noBudgets);
    assert.deepEqual([outside, doubts, isSuspect], [undefined, [], false]);
  }
});

test('has no doubts about resident memory that grows with its floor', () => {
  const { trend, outside } = judgeSoak(
    toRecord(
      (invocation) => 10 + 0.3 * invocation,
      (invocation) => 50 + 0.3 * invocation,
    ),
    128,
    noBudgets,
  );
  assert.equal(trend?.kind, 'growing');
  assert.equal(outside, undefined);
});

test('holds peak and growth to their budgets', () => {
  const record = toRecord(
    (invocation) => 10 + 0.004 * invocation,
    () => 50,
  );
  assert.deepEqual(judgeSoak(record, 128, { maxPeakMb: 90, maxGrowthKb: 5 }).failures, []);
  assert.deepEqual(judgeSoak(record, 128, { maxPeakMb: 89, maxGrowthKb: 4 }).failures, [
    'peak of 90 MB, more than --max-peak-mb 89',
    'growth of 4.1 KB per invocation, more than --max-growth-kb 4',
  ]);
});

test('gives no verdict on a function that did not process nine tenths of its records, unless it was full', () => {
  const growing = (invocation: number): number => 20 + invocation / 2;
  const idle = { reportedRecords: 60, failedRecords: 41, firstFailures: ['TypeError: E_FIRST'] };
  const { trend, failures, doubts } = judgeSoak(
    toRecord(growing, () => 50, idle),
    128,
    noBudgets,
  );
  assert.deepEqual([trend, failures], [undefined, []]);
  assert.match(
    doubts.join(),
    /got 899 of 1000 records processed, expected 90 % at least.*TypeError: E_FIRST/,
  );
  const working = judgeSoak(
    toRecord(growing, () => 50, { ...idle, failedRecords: 40 }),
    128,
    noBudgets,
  );
  assert.equal(working.trend?.kind, 'growing');
  const killed = judgeSoak(
    toRecord(growing, () => 50, { ...idle, end: { kind: 'killed', atInvocation: 101 } }),
    128,
    noBudgets,
  );
  assert.equal(killed.trend?.kind, 'growing');
});
