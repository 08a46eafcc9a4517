import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('the lock file names the packages of every platform, so that npm ci takes it on each', () => {
  const { status, stdout } = spawnSync(process.execPath, ['tools/setup/complete-lock.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});

test('the lock file holds no download address', () => {
  assert.doesNotMatch(
    readFileSync(`${root}/package-lock.json`, 'utf8'),
    /"resolved"|https?:\/\/[^"]*registry/,
  );
});
