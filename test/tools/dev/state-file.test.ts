// Which `dev` of a project `send` reaches.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readDevState, writeDevState, type DevState } from '../../../tools/dev/state-file.ts';

async function createProject(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-state-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function toState(pid: number): DevState {
  return {
    pid,
    bootstrapServers: `127.0.0.1:${pid}`,
    environment: {},
    consumers: [],
    deadLetters: { buckets: [], queueUrls: [], topics: [] },
  };
}

test('leads to the later of two, and to the earlier one again when the later has ended', async (t) => {
  const project = await createProject(t);
  const endEarlier = await writeDevState(project, toState(process.ppid));
  const endLater = await writeDevState(project, toState(process.pid));
  assert.equal((await readDevState(project))?.pid, process.pid);
  await endLater();
  assert.deepEqual(await readDevState(project), toState(process.ppid));
  await endEarlier();
  assert.equal(await readDevState(project), undefined);
});

test('leads to the later of two when the earlier one ends first, and then to none', async (t) => {
  const project = await createProject(t);
  const child = spawn('cat');
  const endEarlier = await writeDevState(project, toState(child.pid ?? 0));
  const endLater = await writeDevState(project, toState(process.pid));
  await endEarlier();
  assert.equal((await readDevState(project))?.pid, process.pid);
  child.kill();
  await once(child, 'close');
  await endLater();
  assert.equal(await readDevState(project), undefined);
});

test('leads to none that was killed', async (t) => {
  const project = await createProject(t);
  const child = spawn('cat');
  await writeDevState(project, toState(child.pid ?? 0));
  child.kill();
  await once(child, 'close');
  assert.equal(await readDevState(project), undefined);
});
