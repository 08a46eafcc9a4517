import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isSource, watch } from '../../../tools/dev/watch.ts';
import { until } from '../../support/until.ts';

test('knows what a person edits from what is made', () => {
  for (const path of ['src/a.ts', 'handlers/b/consumer.ts', 'cdk.json', 'lib/dist-b/x.ts'])
    assert.equal(isSource('/p', `/p/${path}`), true, path);
  for (const path of [
    'node_modules/x/index.js',
    'src/node_modules/y.js',
    'cdk.out/x.json',
    '.git/HEAD',
    'dist/a.js',
    'src/a.ts~',
    'src/.a.ts.swp',
  ])
    assert.equal(isSource('/p', `/p/${path}`), false, path);
});

test('takes what a compiler wrote beside its source for made', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'a.ts'), '');
  await writeFile(join(folder, 'b.mts'), '');
  for (const [name, expected] of [
    ['a.ts', true],
    ['a.js', false],
    ['a.js.map', false],
    ['a.d.ts', false],
    ['b.mjs', false],
    ['c.js', true],
    ['c.d.ts', true],
  ] as const)
    assert.equal(isSource(folder, join(folder, name)), expected, name);
});

test('says nothing of a file that is written anew as it was', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const told: string[] = [];
  const watching = await watch(folder, (paths) => told.push(...paths));
  t.after(() => watching.close());
  const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await save('same.json', '1');
  await until(() => told.length === 1);
  await save('same.json', '1');
  await save('other.json', '1');
  await until(() => told.length > 1);
  assert.deepEqual(
    told.map((path) => path.slice(folder.length + 1)),
    ['same.json', 'other.json'],
  );
});

test('tells saved files, those of new folders too, and nothing of what is made', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'a.ts'), '1');
  const told = new Set<string>();
  const watching = await watch(folder, (paths) => paths.forEach((path) => told.add(path)));
  t.after(() => watching.close());
  await writeFile(join(folder, 'node_modules', 'x.js'), '2');
  await mkdir(join(folder, 'new'));
  await writeFile(join(folder, 'new', 'b.ts'), '2');
  await writeFile(join(folder, 'a.ts'), '2');
  await until(() => told.size === 2);
  assert.deepEqual([...told].toSorted(), [join(folder, 'a.ts'), join(folder, 'new', 'b.ts')]);
});

test('tells files that are added, outside of the folder too, and no others beside them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const project = join(folder, 'app');
  const shared = join(folder, 'shared.ts');
  await mkdir(project);
  await writeFile(shared, '');
  const told: string[] = [];
  const watching = await watch(project, (paths) => told.push(...paths));
  t.after(() => watching.close());
  watching.add([shared, join(project, 'dist', 'made.js')]);
  await writeFile(join(folder, 'other.ts'), '1');
  let turns = 0;
  await until(() => {
    // Again and again, until the watch of it is up; far enough apart to be told.
    if (turns++ % 50 === 0) writeFileSync(shared, String(turns));
    return told.length > 0;
  });
  assert.deepEqual([...new Set(told)], [shared]);
});
