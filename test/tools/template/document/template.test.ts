// What an assembly's files lead to, wherever they and the runner stand.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { readStacks } from '../../../../tools/template/document/template.ts';
import { fn, writeAssembly } from '../../../support/assembly.ts';

test('finds assets and templates by relative and by absolute paths', async (t) => {
  const cdkOut = await writeAssembly(t, { App: { Resources: { Fn: fn() } } });
  const code = join(cdkOut, 'code');
  const read = (folder: string): unknown => {
    const [stack] = readStacks(folder);
    return [stack?.assets.get('code.zip'), Object.keys(stack?.template.Resources ?? {})];
  };
  assert.deepEqual(read(cdkOut), [code, ['Fn']]);
  assert.deepEqual(read(relative(process.cwd(), cdkOut)), [code, ['Fn']]);
  for (const file of ['assets.json', 'manifest.json']) {
    const path = join(cdkOut, file);
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text
        .replace('"path":"code"', `"path":${JSON.stringify(code)}`)
        .replace('"App.template.json"', JSON.stringify(join(cdkOut, 'App.template.json'))),
    );
  }
  assert.deepEqual(read(cdkOut), [code, ['Fn']]);
  assert.deepEqual(read(relative(process.cwd(), cdkOut)), [code, ['Fn']]);
});

test('passes over what is no resource', async (t) => {
  const Resources = { Empty: null, Text: 'text', Typeless: {}, Fn: fn() };
  const [stack] = readStacks(await writeAssembly(t, { App: { Resources }, None: {} }));
  assert.deepEqual(Object.keys(stack?.template.Resources ?? {}), ['Fn']);
});
