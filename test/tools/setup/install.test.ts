// The installer, with the real npm and a registry of the test's own: it fills this folder and touches no other.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { startNpmRegistry } from '../../support/npm-registry.ts';

const installer = new URL('../../../tools/setup/install.mjs', import.meta.url).href;
const version = '24.0.0';

/** Somebody's workspaces, with packages installed in their root, and a project as ours in one of them. */
async function makeWorkspaces(t: TestContext, integrity: string | undefined): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tailrace-install-'));
  t.after(async () => await rm(root, { recursive: true, force: true }));
  const dependencies = { node: version };
  const ours = { name: 'ours', version: '1.0.0', dependencies, allowScripts: { node: true } };
  const entry = { version, integrity, hasInstallScript: true };
  const files = {
    'package.json': JSON.stringify({ name: 'theirs', version: '1.0.0', private: true, workspaces: ['ours'] }),
    'node_modules/left/package.json': '{"name":"left","version":"1.0.0"}',
    'node_modules/right/package.json': '{"name":"right","version":"1.0.0"}',
    'ours/package.json': JSON.stringify(ours),
    'ours/package-lock.json': JSON.stringify({
      ...ours,
      lockfileVersion: 3,
      requires: true,
      packages: { '': ours, 'node_modules/node': entry },
    }),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

async function install(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly said: string }> {
  const script = `const { ensureInstalled } = await import(${JSON.stringify(installer)});
    const onProgress = (message) => console.error('progress: ' + message);
    await ensureInstalled(${JSON.stringify(folder)}, { onProgress }).catch((error) => { console.error(error.message); process.exit(3); });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number]>]);
  return { code, said };
}

test('installs into its own folder, in the middle of workspaces and against settings that lead elsewhere', async (t) => {
  const { env, requests, integrity } = await startNpmRegistry(t, {
    node: {
      versions: [version],
      code: '',
      manifest: { scripts: { postinstall: `node -e "require('fs').writeFileSync('ran','')"` } },
      // Asked to fetch the addon, it makes its folder.
      files: { 'bin/node': '#!/bin/sh\nmkdir -p node_modules/.cache/tailrace/lambda-arm64\n' },
    },
  });
  const root = await makeWorkspaces(t, integrity.get(`node@${version}`));
  const ours = join(root, 'ours');
  const settings = { ...env, npm_config_ignore_scripts: 'true', npm_config_workspace: 'ours' };
  const first = await install(ours, settings);
  assert.equal(first.code, 0, first.said);
  assert.match(first.said, /progress: installing 1 packages with npm ci \(node\)/);
  await stat(join(ours, 'node_modules', 'node', 'bin', 'node'));
  await stat(join(ours, 'node_modules', 'node', 'ran'));
  assert.deepEqual((await readdir(join(root, 'node_modules'))).toSorted(), ['left', 'right']);
  assert.deepEqual((await readdir(root)).toSorted(), ['node_modules', 'ours', 'package.json']);
  const asked = requests.length;
  assert.deepEqual(await install(ours, settings), { code: 0, said: '' });
  assert.equal(requests.length, asked);
});

test('says that npm ci failed', async (t) => {
  const { env } = await startNpmRegistry(t, {});
  const root = await makeWorkspaces(t, undefined);
  const { code, said } = await install(join(root, 'ours'), env);
  assert.equal(code, 3);
  assert.match(said, /npm ci failed with exit code \d+, expected 0; its message is above/);
  assert.deepEqual((await readdir(join(root, 'node_modules'))).toSorted(), ['left', 'right']);
});
