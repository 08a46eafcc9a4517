import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, recommend, type Candidate, type Judged } from '../../../../tools/tune/sweep/candidate.ts';

const requirements = { rate: undefined, slots: 10, headroom: 0.85, coldStartShare: 0, timeoutMs: 60_000 };

function setting(memoryMb: number, durationMs: number, more: Partial<Candidate> = {}): Judged {
  const measured: Candidate = {
    memoryMb,
    maxRecords: 500,
    records: 500,
    typicalPeakMb: 90,
    heaviestPeakMb: 100,
    typicalOutcome: 'survived',
    heaviestOutcome: 'survived',
    heaviestMs: 3 * durationMs,
    durationMs,
    samplesMs: [durationMs],
    initMs: 200,
  };
  return judge({ ...measured, ...more }, requirements);
}

test('charges duration by the gigabyte-second, requests, and the stated share of cold starts', () => {
  // 2,000 invocations of 100 ms at 1 GB: 200 GB-seconds at 0.0000133334, and 2,000 requests at 0.0000002.
  const plain = setting(1024, 100);
  assert.ok(Math.abs(plain.dollarsPerMillion - (200 * 0.0000133334 + 2000 * 0.0000002)) < 1e-12);
  const { dollarsPerMillion } = judge(plain, { ...requirements, coldStartShare: 0.5 });
  assert.ok(Math.abs(dollarsPerMillion - (400 * 0.0000133334 + 2000 * 0.0000002)) < 1e-12);
  assert.equal(plain.recordsPerSecond, 50_000);
});

test('leaves out what is killed, what leaves too little, and what cannot keep up, each with its reason', () => {
  assert.equal(setting(128, 10, { heaviestOutcome: 'declined' }).excluded, 'heaviest event declined');
  assert.equal(setting(128, 10, { typicalOutcome: 'killed' }).excluded, 'typical event killed');
  assert.equal(setting(128, 10, { heaviestMs: 60_000 }).excluded, undefined);
  assert.equal(setting(128, 10, { heaviestMs: 60_001 }).excluded, 'heaviest event times out');
  assert.equal(setting(128, 10, { heaviestPeakMb: 108 }).excluded, undefined);
  assert.equal(setting(128, 10, { heaviestPeakMb: 109 }).excluded, 'peak 109 MB leaves under 15 %');
  assert.equal(setting(128, 10, { typicalPeakMb: 109 }).excluded, 'peak 109 MB leaves under 15 %');
  const slow = judge(setting(256, 1000), { ...requirements, rate: 5001 });
  assert.equal(slow.excluded, 'takes 5000 records/s');
  assert.equal(judge(setting(256, 1000), { ...requirements, rate: 5000 }).excluded, undefined);
});

test('takes the smallest size among equally cheap ones, and the fastest for a little more', () => {
  const all = [setting(256, 400), setting(512, 170), setting(1024, 90), setting(1769, 100)];
  const found = recommend(all, 'cost');
  assert.equal(found?.choice.memoryMb, 256);
  assert.equal(found?.fastest.memoryMb, 1024);
  assert.equal(recommend(all, 'latency')?.choice.memoryMb, 1024);
});

test('takes a larger size only where it costs less than half', () => {
  // 2,000 invocations of 400 ms at 256 MB are 200 GB-seconds, 0.0031 dollars with their requests; half of that are 85 GB-seconds.
  assert.equal(recommend([setting(256, 400), setting(512, 86)], 'cost')?.choice.memoryMb, 256);
  assert.equal(recommend([setting(256, 400), setting(512, 84)], 'cost')?.choice.memoryMb, 512);
});

test('asks for 30 % of the memory where safety is the goal, and takes the cheapest where nothing has them', () => {
  const tight = setting(128, 200, { heaviestPeakMb: 100 });
  const wide = setting(256, 200, { heaviestPeakMb: 110 });
  assert.equal(recommend([tight, wide], 'cost')?.choice.memoryMb, 128);
  assert.equal(recommend([tight, wide], 'safety')?.choice.memoryMb, 256);
  const unsafe = recommend([tight], 'safety');
  assert.equal(unsafe?.choice.memoryMb, 128);
  assert.match(unsafe.reason, /none leaves 30 %/);
  const usual = setting(256, 200, { typicalPeakMb: 200 });
  assert.match(recommend([usual], 'safety')?.reason ?? '', /none leaves 30 %/);
});

test('finds the knee where more memory stops paying', () => {
  const all = [
    setting(128, 1000),
    setting(256, 480),
    setting(512, 300),
    setting(1024, 290),
    setting(1769, 285),
  ];
  assert.equal(recommend(all, 'cost')?.knee.memoryMb, 512);
});

test('recommends nothing when nothing may be taken', () => {
  assert.equal(recommend([setting(128, 10, { heaviestOutcome: 'killed' })], 'cost'), undefined);
  assert.equal(recommend([], 'cost'), undefined);
});
