import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureLambdaAddon } from '../../../tools/setup/addon.mjs';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
const addonModule = new URL('../../../tools/setup/addon.mjs', import.meta.url).href;
const addonInside = 'node_modules/@antoniomuso/lz4-napi-linux-arm64-gnu/lz4-napi.linux-arm64-gnu.node';
let folder = '';

before(async () => {
  await ensureLambdaAddon(projectRoot);
  folder = await mkdtemp(join(tmpdir(), 'tailrace-addon-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A project that has the addon already, as the project itself has after its install step. */
async function makeProject(name: string): Promise<string> {
  const root = join(folder, name);
  await cp(join(projectRoot, '.cache', 'lambda-arm64'), join(root, '.cache', 'lambda-arm64'), {
    recursive: true,
  });
  await copyFile(join(projectRoot, 'package-lock.json'), join(root, 'package-lock.json'));
  return root;
}

/** Runs ensureLambdaAddon in a process that reaches no registry and has nothing cached. */
async function ensureOffline(root: string): Promise<{ readonly code: unknown; readonly message: string }> {
  const script = `
    const { ensureLambdaAddon } = await import(${JSON.stringify(addonModule)});
    const result = await ensureLambdaAddon(${JSON.stringify(root)}).catch(({ code, message }) => ({ code, message }));
    console.log(JSON.stringify(result));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      npm_config_registry: 'http://127.0.0.1:1/',
      npm_config_cache: join(folder, 'empty-cache'),
      npm_config_fetch_retries: '0',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(output) as { code: unknown; message: string };
}

test('leaves an addon alone that is the right one', async () => {
  const root = await makeProject('right');
  const messages: string[] = [];
  const { addonPath, fetched } = await ensureLambdaAddon(root, {
    onFetch: (message) => messages.push(message),
  });
  assert.equal(fetched, false);
  assert.equal(addonPath, join(root, '.cache', 'lambda-arm64', addonInside));
  assert.deepEqual(messages, []);
});

test('refuses without a network, in words, and leaves nothing half done', async () => {
  const root = join(folder, 'nothing');
  await cp(join(projectRoot, 'package-lock.json'), join(root, 'package-lock.json'));
  const { code, message } = await ensureOffline(root);
  assert.equal(code, 'LAMBDA_ADDON_UNAVAILABLE');
  assert.match(message, /check the network connection/);
  assert.deepEqual(await readdir(join(root, '.cache')), []);
});

test('fetches again when the lock file names another content', async () => {
  const root = await makeProject('other-content');
  const lockPath = join(root, 'package-lock.json');
  const lock = JSON.parse(await readFile(lockPath, 'utf8')) as {
    packages: Record<string, { integrity: string }>;
  };
  const entry = lock.packages['node_modules/@antoniomuso/lz4-napi-linux-arm64-gnu'];
  assert.ok(entry);
  entry.integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  await writeFile(lockPath, JSON.stringify(lock));
  assert.equal((await ensureOffline(root)).code, 'LAMBDA_ADDON_UNAVAILABLE');
});

test('fetches again when the addon is for another CPU', async () => {
  const root = await makeProject('other-cpu');
  const addonPath = join(root, '.cache', 'lambda-arm64', addonInside);
  const bytes = await readFile(addonPath);
  bytes.writeUInt16LE(62, 18); // x86-64
  await writeFile(addonPath, bytes);
  assert.equal((await ensureOffline(root)).code, 'LAMBDA_ADDON_UNAVAILABLE');
});

test('refuses a lock file that does not name the addon', async () => {
  const root = join(folder, 'no-entry');
  await mkdir(root);
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: {} }));
  await assert.rejects(ensureLambdaAddon(root), { code: 'LAMBDA_ADDON_UNAVAILABLE' });
});
