// The folder of --keep: one run at a time, and nothing that is not ours.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKeptFolder } from '../../../../tools/run/session/kept-folder.ts';
import { toRunOptions } from '../../../../tools/run/options.ts';
import { createTemporaryFolder } from '../../../../tools/temporary-folder.ts';

test('takes a folder that is new, empty or its own, and refuses one that is held', async () => {
  const { path, remove } = await createTemporaryFolder('test');
  try {
    const folder = join(path, 'new', 'kept');
    const kept = openKeptFolder(folder);
    assert.throws(() => openKeptFolder(folder), { code: 'KEEP_IN_USE' });
    await kept.close();
    await openKeptFolder(folder).close();
  } finally {
    await remove();
  }
});

test('refuses what is not its own, and leaves it as it is', async () => {
  const { path, remove } = await createTemporaryFolder('test');
  try {
    const file = join(path, 'precious');
    await writeFile(file, 'theirs');
    assert.throws(() => openKeptFolder(path), { code: 'KEEP_NOT_OURS' });
    assert.throws(() => openKeptFolder(file), { code: 'KEEP_NOT_OURS' });
    assert.equal(await readFile(file, 'utf8'), 'theirs');
    const stamp = join(path, 'tailrace-kept.json');
    await writeFile(stamp, 'null');
    assert.throws(() => openKeptFolder(path), { code: 'KEEP_NOT_OURS' });
    await writeFile(stamp, '{"version":2}');
    assert.throws(() => openKeptFolder(path), { code: 'KEEP_VERSION' });
  } finally {
    await remove();
  }
});

test('takes Apache Kafka by itself, and no embedded broker', () => {
  assert.equal(toRunOptions({ keep: 'folder' }).broker, 'apache');
  assert.equal(toRunOptions({}).broker, 'embedded');
  assert.throws(() => toRunOptions({ keep: 'folder', broker: 'embedded' }), { code: 'USAGE' });
});
