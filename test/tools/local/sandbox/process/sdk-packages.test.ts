// The AWS SDK that an asset leaves out: found around it, among the tools' own packages, or fetched once.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createFunctionHost } from '../../../../../tools/local/sandbox/host/function-host.ts';
import { findSdkImports, provideSdk } from '../../../../../tools/local/sandbox/process/sdk-packages.ts';
import { account, bodyOf, startProbe } from '../../../../support/function-probe.ts';
import { startNpmRegistry } from '../../../../support/npm-registry.ts';

async function writeFiles(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-sdk-')));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

test('sees what code imports, however it is written, and nothing that it only mentions', async (t) => {
  const folder = await writeFiles(t, {
    'a.mjs': `import { A } from '@aws-sdk/client-a'; import"@aws-sdk/client-b";export*from"@aws-sdk/client-c/deep";`,
    'b.js':
      'const d = require("@aws-sdk/client-d"), e = (await import(`@aws-sdk/client-e`)), f = r.resolve(\'@aws-sdk/client-x\');',
    'c.cjs': `var g=__require("@smithy/node-http-handler");require.resolve('@aws-sdk/lib-f')`,
    'node_modules/thing/index.js': `module.exports = require('@aws-sdk/client-g');`,
    'd.js': `const own = { name: "@aws-sdk/client-own" }; // not "@aws-sdk/client-no"`,
    'e.json': `{ "a": require("@aws-sdk/client-no") }`,
  });
  assert.deepEqual(await findSdkImports([folder]), [
    ...['a', 'b', 'c', 'd', 'e', 'g'].map((name) => `@aws-sdk/client-${name}`),
    '@aws-sdk/lib-f',
    '@smithy/node-http-handler',
  ]);
});

test('takes the packages around the asset first, then its own, and fetches none of those', async (t) => {
  const folder = await writeFiles(t, {
    'cdk.out/asset/index.mjs': `import * as made from '@aws-sdk/client-made-up'; import { S3Client } from '@aws-sdk/client-s3';
      export const handler = async () => [made.default, typeof S3Client];`,
    'node_modules/@aws-sdk/client-made-up/package.json': '{}',
    'node_modules/@aws-sdk/client-made-up/index.js': `module.exports = 'of the app';`,
  });
  const probe = await startProbe({ source: 'export const handler = 1;' });
  t.after(probe.close);
  const notices: string[] = [];
  const host = createFunctionHost({
    ...account,
    fn: { ...probe.fn, assetPath: join(folder, 'cdk.out', 'asset') },
    endpoints: {},
    onLog: () => {},
    onNotice: (message) => notices.push(message),
  });
  t.after(host.close);
  assert.deepEqual(bodyOf((await host.invoke({ event: '{}' })).result), ['of the app', 'function']);
  assert.deepEqual(notices, []);
});

test('fetches once what is nowhere, of a version not newer than its own, and says so in one line', async (t) => {
  const { env, requests } = await startNpmRegistry(t, {
    '@aws-sdk/client-made-up': {
      versions: ['3.1.0', '3.2.0', '3.999999.0'],
      code: `exports.made = 'fetched';`,
    },
  });
  const folder = await writeFiles(t, {
    'asset/index.js': `const { made } = require('@aws-sdk/client-made-up'); exports.handler = async () => made;`,
  });
  const notices: string[] = [];
  const provide = async (): Promise<readonly string[]> =>
    await provideSdk([join(folder, 'asset')], {
      onNotice: (message) => notices.push(message),
      cacheFolder: join(folder, 'cache'),
      env: { ...process.env, ...env },
    });
  const [first = ''] = await provide();
  const load = createRequire(first);
  assert.equal((load('@aws-sdk/client-made-up') as { made: string }).made, 'fetched');
  assert.equal((load('@aws-sdk/client-made-up/package.json') as { version: string }).version, '3.2.0');
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /^fetching @aws-sdk\/client-made-up with npm into .*\(once\)/);
  const asked = requests.length;
  assert.deepEqual(await Promise.all([provide(), provide()]), [await provide(), await provide()]);
  assert.equal(requests.length, asked);
  assert.equal(notices.length, 1);
});

test('lets a function run with what was fetched', async (t) => {
  const code = `exports.made = 'fetched';`;
  const { env } = await startNpmRegistry(t, { '@aws-sdk/client-made-up': { versions: ['3.1.0'], code } });
  const probe = await startProbe({
    source: `import { made } from '@aws-sdk/client-made-up'; export const handler = async () => made;`,
  });
  t.after(probe.close);
  const kept = { ...process.env };
  Object.assign(process.env, env, { XDG_CACHE_HOME: dirname(env['npm_config_cache'] ?? '') });
  try {
    assert.equal(bodyOf((await probe.host.invoke({ event: '{}' })).result), 'fetched');
  } finally {
    process.env = kept;
  }
});

test('says what cannot be fetched, and what to do, and leaves nothing behind', async (t) => {
  const { env } = await startNpmRegistry(t, {});
  const folder = await writeFiles(t, { 'asset/index.js': `require('@aws-sdk/client-nowhere');` });
  const notices: string[] = [];
  const parents = await provideSdk([join(folder, 'asset')], {
    onNotice: (message) => notices.push(message),
    cacheFolder: join(folder, 'cache'),
    env: { ...process.env, ...env },
  });
  assert.ok(parents.every((url) => !fileURLToPath(url).startsWith(folder)));
  assert.match(
    notices[1] ?? '',
    /cannot be fetched, got .*404.*npm install --save-dev @aws-sdk\/client-nowhere$/,
  );
  assert.deepEqual(await readdir(join(folder, 'cache')), []);
});
