import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tryLock, withLock } from '../../tools/lock-file.ts';
import { isRunning } from '../../tools/running-process.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../tools/temporary-folder.ts';

let folder: TemporaryFolder;
before(async () => (folder = await createTemporaryFolder('lock-test')));
after(async () => await folder.remove());

const { pid: ended } = spawnSync(process.execPath, ['--version']);

test('is had by one at a time, and free again once it is given back', async () => {
  const file = join(folder.path, 'one');
  const release = await tryLock(file);
  assert.equal(await readFile(file, 'utf8'), String(process.pid));
  assert.equal(await tryLock(file), undefined);
  await release?.();
  assert.equal(existsSync(file), false);
  assert.notEqual(await tryLock(file), undefined);
});

test('is free when its process has ended, and held by whoever has just made it', async () => {
  const [dead, empty] = [join(folder.path, 'dead'), join(folder.path, 'empty')];
  await writeFile(dead, String(ended));
  await writeFile(empty, '');
  assert.notEqual(await tryLock(dead), undefined);
  assert.equal(await tryLock(empty), undefined);
});

test('is waited for, one after another, and given back by work that fails', async () => {
  const file = join(folder.path, 'waited');
  const steps: string[] = [];
  const work = (name: string) =>
    withLock(file, undefined, async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${name} ends`);
      throw new Error(name);
    });
  const results = await Promise.allSettled([work('a'), work('b')]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  const [first = ''] = steps;
  const other = first.startsWith('a') ? 'b' : 'a';
  assert.deepEqual(steps, [first, first.replace('begins', 'ends'), `${other} begins`, `${other} ends`]);
  const aborted = AbortSignal.abort(new Error('stop'));
  const release = await tryLock(file);
  await assert.rejects(withLock(file, aborted, async () => await Promise.resolve()));
  await release?.();
});

test('a process runs until it has ended, whoever has it; groups and what is no number do not', () => {
  assert.deepEqual([process.pid, 1, ended, 0, -process.pid, Number.NaN].map(isRunning), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
