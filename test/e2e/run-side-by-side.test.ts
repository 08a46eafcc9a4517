// Commands in one checkout do not disturb each other, and leave nothing of their own in it.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, startCli, type RunningCli } from '../support/cli.ts';

/** Folders that a process of `cli` has made. */
async function foldersOf({ child }: RunningCli): Promise<readonly string[]> {
  const parents = [tmpdir(), join(root, '.tailrace', 'synth')];
  const names = await Promise.all(parents.map((parent) => readdir(parent)));
  return names.flat().filter((name) => name.startsWith('tailrace-') && name.includes(`-${child.pid}-`));
}

test('three commands at once in one checkout all run', async () => {
  const runs = ['archive', 'materialize', 'relay'].map((consumer) =>
    startCli(['run', '--records', '40', '--consumer', consumer]),
  );
  for (const run of runs) {
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await foldersOf(run), []);
  }
});

test('what a run leaves behind when it is killed, the next one removes', async () => {
  const killed = startCli(['run', '--watch', '--consumer', 'archive']);
  await killed.printed('embedded Kafka at');
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.notDeepEqual(await foldersOf(killed), []);
  const next = startCli(['run', '--records', '40', '--consumer', 'archive']);
  const { code, stdout, stderr } = await next.ended;
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await foldersOf(killed), []);
});
