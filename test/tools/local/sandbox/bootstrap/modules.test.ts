// Assets of all kinds below projects of all kinds: each loads as it would from /var/task, with nothing above it.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { createFunctionHost } from '../../../../../tools/local/sandbox/host/function-host.ts';
import type { InvocationResult } from '../../../../../tools/local/batch-result.ts';
import { account, bodyOf, startProbe } from '../../../../support/function-probe.ts';

const probe = await startProbe({ source: 'export const handler = 1;' });
after(probe.close);

const projects = [{ type: 'module' }, { type: 'commonjs' }, {}].map((own) =>
  JSON.stringify({ name: 'project', exports: './lib.js', imports: { '#lib': './lib.js' }, ...own }),
);

/** Runs the asset of these files, `asset/` below a project with this package.json. */
async function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  project = projects[0] ?? '',
): Promise<InvocationResult> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-modules-')));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  const all = {
    'package.json': project,
    'lib.js': '',
    'node_modules/above/index.js': '',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`cdk.out/asset/${path}`, text])),
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const fn = { ...probe.fn, assetPath: join(folder, 'cdk.out', 'asset') };
  const host = createFunctionHost({ ...account, fn, endpoints: {}, onLog: () => {} });
  t.after(host.close);
  return (await host.invoke({ event: '{}' })).result;
}

const assets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'CommonJS in several files': {
    'index.js': `const { value } = require('./lib/value'); exports.handler = async () => [value, __dirname === process.cwd()];`,
    'lib/value.js': `module.exports = { value: 'right' };`,
  },
  'CommonJS as bundlers write it': {
    'index.js': `"use strict"; var t = {}; Object.defineProperty(t, 'handler', { enumerable: true, get: () => h }); module.exports = t;
      var h = async () => ['right', typeof require === 'function'];`,
  },
  'a module told by its import': {
    'index.js': `import { value } from './value.js'; export const handler = async () => [value, import.meta.url.endsWith('/index.js')];`,
    'value.js': `exports.value = 'right';`,
  },
  'a module told by its await': {
    'index.js': `const value = await Promise.resolve('right'); exports_: { } export const handler = async () => [value, true];`,
  },
  'a module that takes CommonJS by its default and its names': {
    'index.mjs': `import all, { value } from './value.js'; export const handler = async () => [value, all.value === value];`,
    'value.js': `exports.value = 'right'; exports.default = 'no';`,
  },
  'CommonJS that takes a module': {
    'index.js': `const { value } = require('./value'); exports.handler = async () => [value, true];`,
    'value.js': `export const value = 'right';`,
  },
  'a package.json of its own': {
    'package.json': '{"type":"module"}',
    'index.js': `export const handler = async () => ['right', typeof module === 'undefined'];`,
  },
  'a package.json of a folder': {
    'index.js': `exports.handler = async () => [(await import('./esm/value.js')).value, true];`,
    'esm/package.json': '{"type":"module"}',
    'esm/value.js': `export const value = 'right';`,
  },
  'packages in it': {
    'index.js': `exports.handler = async () => [require('inside').value, require('lib/local').value === 1];`,
    'node_modules/inside/package.json': '{"main":"main.js"}',
    'node_modules/inside/main.js': `exports.value = 'right';`,
    // NODE_PATH names the asset, too.
    'lib/local.js': 'exports.value = 1;',
  },
};

for (const [name, files] of Object.entries(assets)) {
  test(`loads ${name}, below a project of any kind`, async (t) => {
    for (const project of projects)
      assert.deepEqual(bodyOf(await run(t, files, project)), ['right', true], project);
  });
}

test('finds nothing of what lies around the asset', async (t) => {
  const specifiers = ['above', 'project', '#lib', '../../lib.js', '../other.js'];
  const list = JSON.stringify(specifiers);
  const byImport = `const codes = []; for (const name of ${list}) codes.push(await import(name).then(() => 'found', (error) => error.code));`;
  const byRequire = `const codes = ${list}.map((name) => { try { require(name); return 'found'; } catch (error) { return error.code; } });`;
  const of = async (files: Readonly<Record<string, string>>): Promise<unknown> => bodyOf(await run(t, files));
  const imported = (await of({
    'index.mjs': `export const handler = async () => { ${byImport} return codes; };`,
  })) as string[];
  assert.deepEqual(imported, [
    'ERR_MODULE_NOT_FOUND',
    'ERR_MODULE_NOT_FOUND',
    'ERR_MODULE_NOT_FOUND',
    'ERR_MODULE_NOT_FOUND',
    'ERR_MODULE_NOT_FOUND',
  ]);
  assert.deepEqual(
    await of({ 'index.cjs': `exports.handler = async () => { ${byRequire} return codes; };` }),
    specifiers.map(() => 'MODULE_NOT_FOUND'),
  );
});

test('tells a mistake in the code by its name', async (t) => {
  const result = await run(t, { 'index.js': 'exports.handler = async () => { return ]; };' });
  assert.ok(result.kind === 'error' && result.errorType === 'Runtime.UserCodeSyntaxError');
});
