// A month's bill, against sums made by hand and by AWS.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toLoad } from '../../../../tools/plan/capacity.ts';
import { toCosts, toTotal } from '../../../../tools/plan/cost/cost.ts';
import { charge, priceList, priceOf, type PriceKey } from '../../../../tools/plan/cost/prices.ts';
import { defaultWorkload, type Workload } from '../../../../tools/plan/workload.ts';
import prices from '../../../../tools/plan/cost/prices.json' with { type: 'json' };

function bill(changes: Partial<Workload>): Readonly<Record<string, number>> {
  const workload = { ...defaultWorkload, ...changes };
  const rate = workload.recordsPerSecond;
  const costs = toCosts(workload, toLoad(workload, rate), rate);
  return Object.fromEntries(costs.map(({ part, dollars }) => [part, Number(dollars.toFixed(4))]));
}

test("agrees with the examples of AWS's pricing page", () => {
  assert.equal(charge('eventPollerUnitHour', 800).toFixed(2), '148.00');
  assert.equal(charge('eventPollerUnitHour', 720).toFixed(2), '133.20');
  assert.equal(charge('lambdaRequest', 60e6).toFixed(2), '12.00');
});

test('bills what the pollers take of a rate that they cannot keep up with, and no more', () => {
  const limits = { partitions: 1, minPollers: 1, maxPollers: 1, msk: 'serverless' } as const;
  const { recordsPerSecond: most, keepsUp } = toLoad({ ...defaultWorkload, ...limits }, 1e9);
  assert.ok(!keepsUp && most > 0 && most < 1e6);
  const { ['MSK Serverless, data in']: written, ...over } = bill({ ...limits, recordsPerSecond: 1e9 });
  const { ['MSK Serverless, data in']: atMost, ...full } = bill({ ...limits, recordsPerSecond: most });
  const ofStorage = 'MSK Serverless, storage';
  assert.deepEqual({ ...over, [ofStorage]: 0 }, { ...full, [ofStorage]: 0 });
  // What is produced is paid for all the same.
  assert.ok((written ?? 0) > (atMost ?? 0));
});

test('charges each tier at its own price', () => {
  assert.equal(charge('customMetricMonth', 10_000), 3000);
  assert.equal(charge('customMetricMonth', 20_000), 4000); // 10,000 at 0.30, 10,000 at 0.10
  const billions = charge('lambdaArmGbSecond', 20e9);
  assert.equal(
    Math.round(billions),
    Math.round(7.5e9 * 0.0000133334 + 11.25e9 * 0.0000120001 + 1.25e9 * 0.0000106667),
  );
  assert.equal(charge('lambdaArmGbSecond', 0), 0);
});

test('adds up a month of 0.3 records a second, by hand', () => {
  const parts = bill({ recordsPerSecond: 0.3, valueBytes: 800, ratio: 1.5, handlerMs: 5, memoryMb: 256 });
  // 0.3 * 2,628,000 s = 788,400 invocations of one record; 5 + (0.5 + 0.02472) / 0.1447 = 8.63 ms, billed as 9.
  const invocations = 788_400;
  assert.equal(parts['pollers'], 135.05);
  assert.equal(parts['Lambda, requests'], Number((invocations * 2e-7).toFixed(4)));
  assert.equal(parts['Lambda, duration'], Number((invocations * 0.009 * 0.25 * 0.0000133334).toFixed(4)));
  assert.equal(parts['S3, requests'], Number((788.4 * 0.000005).toFixed(4)));
  assert.equal(
    parts['CloudWatch, logs'],
    Number((((invocations * 2750 + 788.4 * 1500) / 2 ** 30) * 0.5).toFixed(4)),
  );
  assert.equal(parts['CloudWatch, metrics'], 6.3);
  assert.equal(parts['CloudWatch, alarms'], 1.7);
  assert.equal(parts['SQS, requests'], undefined);
});

test('adds what the consumer writes, and the cluster when asked', () => {
  const parts = bill({
    recordsPerSecond: 1,
    valueBytes: 984,
    partitions: 10,
    deadLetterPercent: 0,
    s3PutsPerThousand: 10,
    sqsRequestsPerThousand: 100,
    dynamodbUnitsPerThousand: 1000,
    msk: 'serverless',
    retentionHours: 24,
  });
  const records = 2_628_000;
  const gb = (records * 1000) / 2 ** 30;
  assert.equal(parts['S3, requests'], Number((records * 0.01 * 0.000005).toFixed(4)));
  assert.equal(parts['SQS, requests'], Number((records * 0.1 * 5e-7).toFixed(4)));
  assert.equal(parts['DynamoDB, writes'], Number((records * 0.625e-6).toFixed(4)));
  assert.equal(parts['MSK Serverless, cluster'], 547.5);
  assert.equal(parts['MSK Serverless, partitions'], 10.95);
  assert.equal(parts['MSK Serverless, data in'], Number((gb * 0.1).toFixed(4)));
  assert.equal(parts['MSK Serverless, data out'], Number((gb * 0.05).toFixed(4)));
  assert.equal(parts['MSK Serverless, storage'], Number(((gb / 730) * 24 * 0.1).toFixed(4)));
});

test('is the sum of its parts', () => {
  const load = toLoad(defaultWorkload, 100);
  const costs = toCosts(defaultWorkload, load, 100);
  assert.equal(
    toTotal(costs),
    costs.reduce((sum, { dollars }) => sum + dollars, 0),
  );
});

test('names for every price its unit, its source and how it was read, and the day', () => {
  assert.match(priceList.readOn, /^\d{4}-\d{2}-\d{2}$/);
  for (const key of Object.keys(prices.rows) as PriceKey[]) {
    const { unit, tiers, basis, source } = priceOf(key);
    assert.ok(unit.length > 0, key);
    assert.match(source, /^https:\/\/(?:docs\.)?aws\.amazon\.com\//, key);
    assert.ok(['aws', 'quoted'].includes(basis), key);
    const ends = tiers.map(({ upTo }) => upTo ?? Infinity);
    assert.deepEqual(
      ends,
      ends.toSorted((a, b) => a - b),
      key,
    );
    assert.equal(ends.at(-1), Infinity, key);
  }
});
