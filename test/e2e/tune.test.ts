// The tuner on functions whose memory is known, through its command line.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TuneReport } from '../../tools/tune/report.ts';
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
    const { report } = await tune([
      'mine',
      '--entry',
      'test/e2e/tune/handler.ts',
      '--max-records',
      '100,1000',
      ...raw,
    ]);
    const [few, many] = report.smallest.map(({ memoryMb }) => memoryMb ?? Number.NaN);
    // Nothing else differs: 900 more records of 128 KiB.
    assert.ok(
      few !== undefined && many !== undefined && many - few >= 128 && many - few <= 512,
      `${few}, ${many}`,
    );
    assert.ok(
      report.settings.every(({ memoryMb, maxRecords }) => memoryMb >= (maxRecords === 100 ? few : many)),
    );
    const less = await tune([
      'mine',
      '--entry',
      'test/e2e/tune/handler.ts',
      '--max-records',
      '1000',
      '--sizes',
      String(Math.max(128, many - 128)),
      ...raw,
    ]);
    assert.equal(less.code, 1);
    assert.equal(less.report.choice, null);
    assert.equal(less.report.settings[0]?.survives, false);
  });

  test('refuses a handler whose memory grows, and points to the soak', async () => {
    const { code, report } = await tune([
      'mine',
      '--entry',
      'test/e2e/tune/leaking.ts',
      '--max-records',
      '100',
      ...raw,
    ]);
    assert.equal(code, 1);
    assert.equal(report.choice, null);
    assert.match(report.growth ?? '', /grows by \d/);
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
