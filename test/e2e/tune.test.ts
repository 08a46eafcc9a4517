// The tuner on functions whose memory is known, through its command line.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TuneReport } from '../../tools/tune/report/report.ts';
import { startCli } from '../support/cli.ts';

async function tune(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly report: TuneReport; readonly stderr: string }> {
  const { code, stdout, stderr } = await startCli(['tune', ...args, '--json']).ended;
  assert.notEqual(stdout, '', stderr);
  return { code, report: JSON.parse(stdout) as TuneReport, stderr };
}

const raw = ['--traffic', 'test/e2e/tune/events.ndjson', '--events', '3'];

suite('tailrace tune', { concurrency: 1 }, () => {
  test('finds that a handler needs more memory for more records, and that a step less is killed', async () => {
    const entry = ['mine', '--entry', 'test/e2e/tune/handler.ts', ...raw];
    const { code, report } = await tune([...entry, '--max-records', '100,1000']);
    assert.equal(code, 0);
    const found = report.smallest.map(({ maxRecords, memoryMb }) => [maxRecords, memoryMb]);
    assert.deepEqual(found, [
      [100, 128],
      [1000, 256],
    ]);
    const [few, many] = [100, 1000].map((records) => {
      const usable = report.settings.filter(
        ({ maxRecords, excluded }) => maxRecords === records && excluded === undefined,
      );
      return usable.toSorted((a, b) => a.memoryMb - b.memoryMb)[0];
    });
    assert.ok(few !== undefined && many !== undefined);
    assert.deepEqual([few.memoryMb, many.memoryMb], [128, 256]);
    const peaks = [few.heaviestPeakMb, many.heaviestPeakMb] as const;
    assert.ok(peaks[0] >= 75 && peaks[0] <= 102, `${peaks[0]} MB for 100 records`);
    assert.ok(peaks[1] > 192 * 0.85 && peaks[1] <= 256 * 0.85, `${peaks[1]} MB for 1,000 records`);
    const less = await tune([...entry, '--max-records', '1000', '--sizes', '192']);
    assert.equal(less.code, 1);
    assert.equal(less.report.choice, null);
    assert.equal(less.report.settings[0]?.heaviestOutcome, 'killed');
  });

  test('says what a handler would need that is killed at every memory size', async () => {
    const { code, stdout, stderr } = await startCli([
      'tune',
      'mine',
      '--entry',
      'test/e2e/tune/hopeless.ts',
      '--max-records',
      '100',
      ...raw,
    ]).ended;
    assert.equal(code, 1, stdout);
    assert.match(
      stderr,
      /^tailrace: mine is killed at every memory size, got kills up to 10240 MB with 100 records in an event, expected a size that survives; 25 of them take \d+ MB, so that all would need about \d+ MB; try --max-records 25, /m,
    );
  });

  test('shows what is known so far when it is interrupted', { timeout: 120_000 }, async () => {
    const running = startCli(['tune', 'mine', '--entry', 'test/e2e/tune/handler.ts', ...raw, '--json']);
    // Progress is told every two seconds, so that a short trial may go untold: any size behind the first will do.
    const isPastFirst = (): boolean => /\b(?:192|320|1769) MB, 100 records/.test(running.output());
    while (!isPastFirst()) await new Promise((resolve) => setTimeout(resolve, 50));
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    const report = JSON.parse(stdout) as TuneReport;
    assert.equal(code, 130);
    assert.equal(report.isComplete, false);
    assert.deepEqual(report.smallest, [{ maxRecords: 100, memoryMb: 128 }]);
    assert.equal(report.settings[0]?.memoryMb, 128);
  });

  test('shows that lanes pay for a function that waits, and what they cost', async () => {
    const { report } = await tune([
      'waiting',
      '--entry',
      'test/e2e/tune/waiting.ts',
      '--max-records',
      '40',
      '--sizes',
      '512',
      '--concurrency',
      '1,8',
      '--handler-latency',
      '20ms',
      ...raw,
    ]);
    const [one, eight] = [1, 8].map((lanes) =>
      report.settings.find(({ concurrency }) => concurrency === lanes),
    );
    assert.ok(one !== undefined && eight !== undefined);
    // Forty records that wait 20 ms each, one after another, or eight side by side.
    assert.ok(one.durationMs >= 40 * 20, `${one.durationMs} ms`);
    assert.ok(eight.durationMs < one.durationMs / 2, `${eight.durationMs} ms of ${one.durationMs} ms`);
  });

  test('refuses a handler whose memory grows, and points to the soak', async () => {
    const { code, stdout } = await startCli([
      'tune',
      'mine',
      '--entry',
      'test/e2e/tune/leaking.ts',
      '--max-records',
      '100',
      ...raw,
    ]).ended;
    assert.equal(code, 1);
    assert.match(stdout, /^recommended: nothing; no memory size is enough for long$/m);
    assert.match(stdout, /^memory grows: grows by \d.*; run\s+tailrace\s+soak\s+mine\s+to\s+find/m);
  });

  test('compares memory.json with a measurement, and exits with 1 where they differ', async () => {
    const check = async (...args: readonly string[]): Promise<readonly [number | null, string]> => {
      const { code, stdout } = await startCli(['tune', 'relay', '--check', '--events', '3', ...args]).ended;
      return [code, stdout];
    };
    const [held, said] = await check();
    assert.equal(held, 0, said);
    assert.match(said, /^ok  relay: peak \d+ MB of \d+ MB, as memory\.json says$/m);
    const [failed, why] = await check('--max-peak-percent', '10');
    assert.equal(failed, 1, why);
    assert.match(why, /^no  relay: peak \d+ MB, expected at most \d+ of \d+ MB$/m);
  });

  test('recommends a size for a consumer of the app at which 20,000 records pass a soak', async () => {
    const { code, report } = await tune([
      'relay',
      '--max-records',
      '500',
      '--sizes',
      '256,384',
      '--events',
      '3',
    ]);
    assert.equal(code, 0);
    assert.ok(report.choice !== null);
    const soak = await startCli([
      'soak',
      'relay',
      '--records',
      '20000',
      '--memory-mb',
      String(report.choice.memoryMb),
      '--no-holder',
      '--json',
    ]).ended;
    assert.equal(soak.code, 0, soak.stderr);
    const { declinedRecords, end } = JSON.parse(soak.stdout) as {
      declinedRecords: number;
      end: { kind: string };
    };
    assert.deepEqual([declinedRecords, end.kind], [0, 'done']);
  });
});
