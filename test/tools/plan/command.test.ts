// `tailrace plan` as a person runs it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archive } from '../../../handlers/archive/consumer.ts';
import type { Plan } from '../../../tools/plan/plan.ts';
import { runCli } from '../../support/cli.ts';

test('plans a consumer of the app from its definition, as one JSON document', async () => {
  const { code, stdout } = await runCli(['plan', '--consumer', 'archive', '--rate', '0.3', '--json']);
  const plan = JSON.parse(stdout) as Plan;
  assert.equal(code, 0);
  assert.deepEqual(
    [plan.workload.consumer, plan.workload.maxRecords, plan.workload.memoryMb, plan.workload.peakPerSecond],
    ['archive', 500, archive.memory.sizeMb, 0.3],
  );
  assert.deepEqual(plan.warnings, []);
  assert.equal(plan.growth.at(-1)?.recordsPerSecond, 1_000_000);
});

test('prints load, ceilings, cost and growth for a person', async () => {
  const { code, stdout } = await runCli(['plan', '--rate', '200', '--partitions', '24'], { NO_COLOR: '1' });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /Load[^]*Limits, the nearest first[^]*partitions[^]*Cost per month[^]*pollers +135\.05/,
  );
  assert.match(stdout, /Growth[^]*1,000,000[^]*us-east-1/);
});

test('ends with 1 and says what to lift when the traffic is too much', async () => {
  const { code, stdout } = await runCli(['plan', '--rate', '10', '--peak', '5000', '--partitions', '2']);
  assert.equal(code, 1);
  assert.match(stdout, /! lag grows at the peak: 2 partitions.*; lift it by more partitions/);
});

test('says that a record is too large for an event, and plans no further', async () => {
  const { code, stdout } = await runCli(['plan', '--bytes', '5000000']);
  assert.equal(code, 1);
  assert.match(stdout, /6 MB: AWS never calls the function/);
  assert.doesNotMatch(stdout, /Cost per month/);
});

for (const [what, args, message] of [
  ['a rate that is no number', ['--rate', 'many'], /--rate is not a number, got "many", expected a number/],
  [
    'a rate over what is planned',
    ['--rate', '2e9'],
    /--rate is out of range, got "2e9", expected .*\.\.1000000000/,
  ],
  ['a rate below nothing', ['--rate', '-1'], /--rate is out of range, got "-1", expected/],
  ['a fraction of a partition', ['--partitions', '1.5'], /--partitions .* expected an integer 1\.\./],
  ['a peak below the rate', ['--rate', '10', '--peak', '5'], /--peak is below --rate/],
  ['more pollers at least than at most', ['--min-pollers', '9'], /--min-pollers is above --max-pollers/],
  [
    'a consumer that there is not',
    ['--consumer', 'billing'],
    /"billing", expected one of archive, materialize, relay; /,
  ],
] as const) {
  test(`refuses ${what}`, async () => {
    const { code, stderr } = await runCli(['plan', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  });
}

test('takes a number as people write it', async () => {
  const { stdout } = await runCli(['plan', '--rate', '1e3', '--json']);
  const { workload } = JSON.parse(stdout) as { readonly workload: { readonly recordsPerSecond: number } };
  assert.equal(workload.recordsPerSecond, 1000);
});
