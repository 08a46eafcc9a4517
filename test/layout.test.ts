// The tree's shape: folders that can be taken in at one glance, and tests where their sources are.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('{lib,handlers,infra,tools}/**/*.*', {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:built|\.cache|node_modules)(?:\/|$)/.test(path),
});
const folders = Map.groupBy(sources, dirname);

test('no folder of sources has more than twelve files', () => {
  assert.ok(folders.size > 60, `${folders.size}`);
  const crowded = [...folders].filter(([, files]) => files.length > 12);
  assert.deepEqual(
    crowded.map(([folder, files]) => `${folder}: ${files.length}`),
    [],
  );
});

test('every test of a source stands in the folder that mirrors its own', () => {
  const tests = globSync('test/{lib,handlers,infra,tools}/**/*.test.ts', { cwd: root });
  const misplaced = tests.filter((path) => {
    const folder = dirname(relative('test', path));
    return ![...folders.keys()].some((each) => each === folder || each.startsWith(`${folder}/`));
  });
  assert.deepEqual(misplaced, []);
});
