import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findCgroupPlaces } from '../../../tools/local/sandbox/memory/cgroup.ts';
import type { SoakReport } from '../../../tools/soak/report/report.ts';
import { hasLeftovers, runCli, startCli } from '../../support/cli.ts';

const folder = await mkdtemp(join(tmpdir(), 'tailrace-soak-run-'));
after(async () => await rm(folder, { recursive: true }));
// What the program puts into the temporary folder can be seen in one of its own.
const environment = { TMPDIR: folder };
const entry = 'test/e2e/seed-858/a/handler.ts';
const report = join(folder, 'report');

for (const [moment, text] of [
  ['in the middle', 'peak '],
  ['while its holder is looked for', 'looking for the holder: heap snapshot'],
] as const) {
  test(`leaves nothing behind when it is stopped ${moment}`, async () => {
    const cli = startCli([...soakArgs('leaks'), '--records=800'], environment);
    await cli.printed(text);
    process.kill(-(cli.child.pid ?? 0), 'SIGINT');
    const { code, stdout } = await cli.ended;
    assert.equal(code, 130);
    assert.doesNotMatch(stdout, /growing/);
    assert.equal(await hasLeftovers(cli), false);
    assert.deepEqual(groupsOf(cli.child.pid), []);
    assert.deepEqual(await readdir(folder), []);
  });
}

/** Control groups that a process has made and not removed. */
function groupsOf(pid: number | undefined): readonly string[] {
  const { memory } = findCgroupPlaces();
  const groups = memory === undefined ? [] : readdirSync(memory.folder);
  return groups.filter((name) => name.startsWith(`tailrace-${pid}-`));
}

/** A soak of misbehaving.ts, which does as it is told. */
function soakArgs(behaviour: string): readonly string[] {
  return [
    'soak',
    'm',
    '--entry=test/tools/soak/misbehaving.ts',
    `--env=BEHAVIOUR=${behaviour}`,
    '--records-per-batch=10',
    `--report=${join(folder, behaviour)}`,
  ];
}

async function soakOne(
  behaviour: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly report: SoakReport; readonly stderr: string }> {
  const { code, stdout, stderr } = await runCli([...soakArgs(behaviour), '--json', ...args], environment);
  return { code, report: JSON.parse(stdout === '' ? '{}' : stdout) as SoakReport, stderr };
}

test('exits with 4 when the soak was too short for an answer', async () => {
  const { code, report } = await soakOne('none', ['--records', '40', '--every', '1']);
  assert.equal(code, 4);
  assert.equal(report.verdict, null);
  assert.match(
    report.doubts.join(),
    /too few measurements of the live set for a verdict, got 4, expected 10/,
  );
});

test('exits with 4, without a verdict, when a tenth of the records was not processed, and says why', async () => {
  const failed = await soakOne('fails later', ['--records', '200']);
  assert.equal(failed.code, 4);
  assert.equal(failed.report.verdict, null);
  assert.match(
    failed.report.doubts.join(),
    /got 20 of 200 records processed, expected 90 % at least.*RangeError: told to fail/,
  );
  const reported = await soakOne('reports', ['--records', '200']);
  assert.equal(reported.code, 4);
  assert.match(reported.report.doubts.join(), /got 0 of 200 records processed/);
});

test('exits with 3 and shows the way to the log when the function never works', async () => {
  const { code, stderr } = await soakOne('fails', ['--records', '200', '--logs']);
  assert.equal(code, 3);
  assert.match(stderr, /every invocation fails, got RangeError; correct it first, --logs shows why/);
  assert.match(stderr, /"errorMessage":"told to fail"/);
  const start = await soakOne('does not start', ['--records', '200']);
  assert.equal(start.code, 3);
  assert.match(start.stderr, /function m does not start: told not to start; --logs shows more\n$/);
});

test('exits with 1 when the function is killed at once or ends itself, and says which', async () => {
  const killed = await soakOne('takes 400 MB', ['--records', '200']);
  assert.equal(killed.code, 1);
  assert.deepEqual(killed.report.end, { kind: 'killed', atInvocation: 1 });
  assert.match(
    killed.report.holderProblem ?? '',
    /the holder was not found: the function ended in invocation/,
  );
  const ended = await soakOne('exits', ['--records', '200']);
  assert.equal(ended.code, 1);
  assert.equal(ended.report.end.kind, 'crashed');
});

test('exits with 0 on a flat one and with 1 when it is above its budget', async () => {
  const { code, report } = await soakOne('none', ['--records', '300']);
  assert.deepEqual([code, report.exitCode, report.failures, report.doubts], [0, 0, [], []]);
  const above = await soakOne('none', ['--records', '300', '--max-peak-mb', '20']);
  assert.equal(above.code, 1);
  assert.match(above.report.failures.join(), /peak of \d+ MB, more than --max-peak-mb 20/);
});

test('takes no code for a leak that a healthy function compiles in every invocation', async () => {
  const args = ['soak', 'compiling', '--entry=test/tools/soak/compiling.ts', '--records-per-batch=10'];
  const { stdout, code } = await runCli(
    [...args, '--records=1200', `--report=${report}`, '--json'],
    environment,
  );
  const { failures, doubts, verdict } = JSON.parse(stdout) as SoakReport;
  assert.deepEqual([code, failures, doubts], [0, [], []]);
  assert.notEqual(verdict, 'growing');
});

test('gives no verdict on a consumer whose records are dead-lettered before they reach it, and says with what', async () => {
  const args = [
    'soak',
    'other',
    '--entry=test/tools/soak/other-format.ts',
    '--records=2000',
    `--report=${report}`,
    '--json',
  ];
  const { code, stdout } = await runCli(args, environment);
  assert.equal(code, 4);
  const { doubts } = JSON.parse(stdout) as SoakReport;
  assert.match(doubts.join(), /got \d+ of 2000 records processed, expected 90 % at least.*CORRUPT/);
});

test('says what is wrong with the command line, the entry and the traffic, by exit code', async () => {
  const both = await runCli(['soak', 'a', '--entry', entry, '--cdk-out', 'cdk.out']);
  assert.equal(both.code, 2);
  const path = await runCli(['soak', '../a', '--entry', entry]);
  assert.equal(path.code, 2);
  assert.match(path.stderr, /<consumer> is not a valid name, got "\.\.\/a"/);
  const traffic = join(folder, 'none.ndjson');
  await writeFile(traffic, 'no event\n');
  const wrong = await runCli(
    ['soak', 'a', '--entry', entry, '--traffic', traffic, '--report', report],
    environment,
  );
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /no Kafka event at .*none\.ndjson:1/);
  const missing = await runCli(['soak', 'a', '--entry', 'none.ts', '--report', report], environment);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /none\.ts cannot be bundled/);
});
