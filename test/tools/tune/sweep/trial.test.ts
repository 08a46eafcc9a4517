import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { canCapCpu } from '../../../../tools/local/sandbox/memory/memory-cap.ts';
import { findCgroupPlaces } from '../../../../tools/local/sandbox/memory/cgroup.ts';
import { toCpus } from '../../../../tools/local/sandbox/cpu-share.ts';
import { runTrial, type Trial, type TrialOptions } from '../../../../tools/tune/sweep/trial.ts';
import { skipUnless } from '../../../support/control-groups.ts';
import { account, startProbe } from '../../../support/function-probe.ts';

const endpoints = {
  ...account,
  environment: { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' },
  close: async () => {},
};

/** Plays one event again and again, at most twenty times a phase. */
async function tryOut(source: string, options: Partial<TrialOptions> = {}): Promise<Trial> {
  const { fn, close } = await startProbe({ source });
  try {
    return await runTrial({
      fn,
      endpoints,
      events: [{ event: '{}', records: 3 }],
      cpuShare: false,
      enoughMs: Infinity,
      warmUpMs: 60_000,
      signal: AbortSignal.timeout(60_000),
      ...options,
    });
  } finally {
    await close();
  }
}

test('counts no duration of warming up, but its records, peak and failures', async () => {
  const trial = await tryOut(`let calls = 0;
    export const handler = async () => { if (++calls === 1) throw new Error('the first fails'); };`);
  assert.equal(trial.outcome, 'survived');
  assert.deepEqual([trial.invocations, trial.records, trial.failedRecords], [40, 120, 3]);
  assert.equal(trial.durationsMs.length, 20);
  const cold = await tryOut(`export const handler = async () => {};`, { warmUpMs: 0 });
  assert.deepEqual([cold.invocations, cold.durationsMs.length], [20, 20]);
});

test('ends with the event that kills it, also while it warms up', async () => {
  const trial = await tryOut(`let calls = 0; const kept = [];
    export const handler = async () => {
      if (++calls === 3) while (kept.length < 100) kept.push(Buffer.alloc(4 << 20, 1));
    };`);
  assert.deepEqual([trial.outcome, trial.invocations, trial.peakMb], ['killed', 3, 128]);
});

test('refuses a function that does not do its work, and says what it saw first', async () => {
  const reports = `export const handler = async () => ({ batchItemFailures: [1, 2, 3] });`;
  await assert.rejects(tryOut(reports), {
    code: 'FUNCTION',
    message: /got 0 of 120 records processed, expected 90 % at least/,
  });
  const fails = `let calls = 0;
    export const handler = async () => { if (++calls % 2 === 1) throw new TypeError('not today'); };`;
  await assert.rejects(tryOut(fails), {
    message: /got 60 of 120 .* The first failures: TypeError: not today/,
  });
});

test(
  'warms up on one CPU, and measures with the share of the memory size',
  { skip: skipUnless(canCapCpu(), 'no control groups that bound the CPU can be made here') },
  async () => {
    const place = findCgroupPlaces().cpu;
    assert.ok(place !== undefined);
    const before = new Set(readdirSync(place.folder));
    const quotas: number[] = [];
    const read = (): number => {
      const name = readdirSync(place.folder).find(
        (each) => each.startsWith(`tailrace-${process.pid}-`) && !before.has(each),
      );
      const file = place.version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us';
      return Number.parseInt(readFileSync(join(place.folder, name ?? '', file), 'utf8'), 10);
    };
    await tryOut(`export const handler = async () => console.log('at work');`, {
      cpuShare: true,
      onLog: (line) => void (line.includes('at work') && quotas.push(read())),
    });
    const shareUs = Math.round(toCpus({ memoryMb: 128 }) * 20_000);
    assert.deepEqual(quotas, [...Array(20).fill(20_000), ...Array(20).fill(shareUs)]);
  },
);
