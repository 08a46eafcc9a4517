// The command as a person runs it, on a local AWS that is really there: first all of it, then its ends before the end.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeployResult } from '../../../tools/deploy/run.ts';
import { hasLeftovers, runCli, startCli } from '../../support/cli.ts';
import { findPythonTool } from '../../support/python-tool.ts';

const { skip } = await findPythonTool('ministack');

/** A folder for all that the command writes; on Linux its processes are known by standing in it. */
async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What the command has left behind: files in its folder, and processes that stand there. */
async function findRest(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  const pids =
    process.platform === 'linux' ? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)) : [];
  const places = pids.map(async (pid) => {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => ''); // it has ended meanwhile
    return place.startsWith(folder) ? `process ${pid} in ${place}` : undefined;
  });
  const processes = (await Promise.all(places)).filter((each) => each !== undefined);
  return [...files, ...processes];
}

test(
  'deploys, uses, updates and destroys the app, and finds every record',
  { skip, timeout: 900_000 },
  async (t) => {
    const folder = await makeFolder(t);
    const { code, stdout, stderr } = await runCli(['deploy-local', '--json'], { TMPDIR: folder });
    assert.equal(code, 0, stdout + stderr);
    const { isProven, steps, leftOut, traffic } = JSON.parse(stdout) as DeployResult;
    assert.equal(isProven, true);
    const names = ['bootstrap', 'deploy', 'invoke', 'update', 'no change', 'traffic', 'destroy'];
    assert.deepEqual(
      steps.map(({ name, isOk }) => [name, isOk]),
      names.map((name) => [name, true]),
    );

    const settings = steps
      .filter(({ name }) => ['deploy', 'update'].includes(name))
      .map(({ detail }) => detail);
    assert.notEqual(settings[0], settings[1], 'the update has other memory and batch sizes');
    assert.equal(traffic.produced, 5000);
    const accounts = traffic.consumers.map(({ account, status }) => {
      assert.equal(account.processed + account.deadLettered, 5000, account.consumer);
      assert.ok(account.isReadBack, account.consumer);
      assert.ok(status.peakMemoryMb > 0, `${account.consumer} reports its memory`);
      return account.consumer;
    });
    assert.deepEqual(accounts.toSorted(), ['archive', 'materialize', 'relay']);
    for (const type of [
      'AWS::Lambda::Function',
      'AWS::Lambda::EventSourceMapping',
      'AWS::IAM::Role',
      'AWS::S3::Bucket',
    ])
      assert.equal(leftOut[type], undefined, `${type} is deployed`);
    assert.deepEqual(await findRest(folder), []);
  },
);

test(
  'leaves nothing behind after Ctrl-C in the middle of a deployment',
  { skip, timeout: 300_000 },
  async (t) => {
    const folder = await makeFolder(t);
    const running = startCli(['deploy-local'], { TMPDIR: folder });
    await running.printed('MiniStack at');
    assert.notDeepEqual(await findRest(folder), [], 'what runs is seen');
    process.kill(-(running.child.pid ?? 0), 'SIGINT');
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 130, stdout + stderr);
    assert.equal(await hasLeftovers(running), false);
    assert.deepEqual(await findRest(folder), []);
  },
);

test('leaves nothing behind when it is killed', { skip, timeout: 300_000 }, async (t) => {
  const folder = await makeFolder(t);
  const running = startCli(['deploy-local'], { TMPDIR: folder });
  await running.printed('MiniStack at');
  running.child.kill('SIGKILL');
  await running.ended;
  const deadline = Date.now() + 60_000; // a command of the CDK ends by itself, once its AWS is gone
  while ((await findRest(folder)).length > 0) {
    assert.ok(Date.now() < deadline, (await findRest(folder)).join(', '));
    await delay(50);
  }
});
