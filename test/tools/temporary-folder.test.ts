// What a process leaves behind is removed by the next one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { createTemporaryFolder, removeLeftovers } from '../../tools/temporary-folder.ts';

const parent = await mkdtemp(join(tmpdir(), 'tailrace-parent-'));
after(() => rm(parent, { recursive: true }));
const module = new URL('../../tools/temporary-folder.ts', import.meta.url).href;

/** A folder with a file in it, of a process that was killed. */
function leaveFolder(): void {
  const script = `
    const { createTemporaryFolder } = await import(${JSON.stringify(module)});
    const { path } = await createTemporaryFolder('test', ${JSON.stringify(parent)});
    (await import('node:fs')).writeFileSync(path + '/file', '');
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', script]);
  assert.equal(signal, 'SIGKILL');
}

test('removes what a killed process has left, and nothing of a living one', async () => {
  const mine = await createTemporaryFolder('test', parent);
  await writeFile(join(mine.path, 'file'), '');
  leaveFolder();
  assert.equal((await readdir(parent)).length, 2);
  await removeLeftovers(parent);
  assert.deepEqual(await readdir(parent), [basename(mine.path)]);
  leaveFolder();
  const other = await createTemporaryFolder('other', parent);
  assert.deepEqual((await readdir(parent)).toSorted(), [basename(other.path), basename(mine.path)]);
  await other.remove();
  await mine.remove();
  assert.deepEqual(await readdir(parent), []);
});

test('leaves alone what it did not make: other names, and folders of another machine', async () => {
  const others = ['tailrace-notes', 'tailrace-test-ffffff-999999-abcdef', 'other-1-abcdef'];
  for (const name of others) await mkdir(join(parent, name));
  await removeLeftovers(parent);
  assert.deepEqual((await readdir(parent)).toSorted(), others.toSorted());
});

test('makes the parent where it is missing', async () => {
  const { path, remove } = await createTemporaryFolder('test', join(parent, 'deep', 'er'));
  assert.deepEqual(await readdir(join(parent, 'deep', 'er')), [basename(path)]);
  await remove();
});
