// Several invocations at once, in the worker threads of AWS's own runtime client: the live set of all threads is judged, and a holder in a
// thread is named.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { SoakReport } from '../../../tools/soak/report/report.ts';
import { hasLeftovers, startCli } from '../../support/cli.ts';
import { findRic } from '../../support/ric.ts';

const { skip } = await findRic();
const folder = await mkdtemp(join(tmpdir(), 'tailrace-soak-concurrency-'));
after(async () => await rm(folder, { recursive: true }));

async function soak(
  behaviour: string,
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly report: SoakReport; readonly stderr: string }> {
  const cli = startCli([
    'soak',
    'm',
    '--entry=test/tools/soak/misbehaving.ts',
    `--env=BEHAVIOUR=${behaviour}`,
    '--concurrency=4',
    '--records=1200',
    '--records-per-batch=10',
    '--json',
    `--report=${join(folder, behaviour)}`,
    ...args,
  ]);
  const { code, stdout, stderr } = await cli.ended;
  assert.equal(await hasLeftovers(cli), false);
  return { code, report: JSON.parse(stdout === '' ? '{}' : stdout) as SoakReport, stderr };
}

describe('soak --concurrency', { skip }, () => {
  test('finds what grows in all threads together, and names who holds it in one', async () => {
    const { code, report } = await soak('leaks');
    assert.equal(code, 1, report.doubts.join());
    assert.deepEqual(
      [report.concurrency, report.memoryMb, report.invocations, report.verdict],
      [4, 2048, 120, 'growing'],
    );
    // Each invocation keeps 1 MB in its own thread: three threads out of four unseen would be a quarter of it.
    const growth = report.growthBytesPerInvocation ?? 0;
    assert.ok(growth > 950_000 && growth < 1_100_000, `${growth} bytes per invocation`);
    const [holder] = report.holders;
    assert.equal(holder?.expression, 'held');
    assert.equal(holder.place?.file, 'test/tools/soak/misbehaving.ts');
  });

  test('passes what keeps nothing', async () => {
    const { code, report } = await soak('none', ['--no-holder']);
    assert.equal(code, 0, [...report.failures, ...report.doubts].join());
    assert.equal(report.verdict, 'flat');
    assert.equal(report.failedInvocations + report.reportedRecords, 0);
  });

  test('has as many under way at once as it is asked for', async () => {
    const meeting = await mkdtemp(join(folder, 'meeting-'));
    const { code, report } = await soak('waits for three others', ['--no-holder', `--env=FOLDER=${meeting}`]);
    assert.equal(code, 0, [...report.failures, ...report.doubts].join());
    assert.equal(report.floors[0]?.invocation, 4, 'it measures between two rounds');
  });

  test('says that a function does not start', async () => {
    const { code, stderr } = await soak('does not start');
    assert.equal(code, 3);
    assert.match(stderr, /function m does not start: .*told not to start/);
  });

  test('says when several at once took more than there is', async () => {
    const { code, report } = await soak('takes 400 MB', ['--no-holder']);
    assert.equal(code, 1);
    assert.match(report.failures.join(), /killed for its memory in invocation [1-8]\b/);
  });
});
