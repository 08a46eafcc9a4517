// What surrounds a function on Lambda: its variables, a disk that it cannot write to, and an API that is its own.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFunctionHost } from '../../../../../tools/local/sandbox/host/function-host.ts';
import { lambdaEnvironment } from '../../../../../tools/local/sandbox/process/lambda-environment.ts';
import { canProtectAssets } from '../../../../../tools/local/sandbox/process/read-only.ts';
import { account, bodyOf, startProbe } from '../../../../support/function-probe.ts';

const source = 'export const handler = async () => process.env;';

test('has the variables of Lambda, and those of a role, whatever the function sets', async (t) => {
  const probe = await startProbe({ source, environment: { MINE: 'yes', NODE_PATH: '/mine' } });
  t.after(probe.close);
  const env = bodyOf((await probe.host.invoke({ event: '{}' })).result) as Record<string, string>;
  const task = probe.fn.assetPath;
  const runtime = env['LAMBDA_RUNTIME_DIR'] ?? '';
  assert.ok(existsSync(`${runtime}/bootstrap.mjs`), 'the runtime lies in its folder');
  assert.equal(env['LAMBDA_TASK_ROOT'], task);
  assert.equal(env['LD_LIBRARY_PATH'], `/lib64:/usr/lib64:${runtime}:${runtime}/lib:${task}:${task}/lib`);
  assert.ok(env['AWS_ACCESS_KEY_ID'] && env['AWS_SECRET_ACCESS_KEY'] && env['AWS_SESSION_TOKEN']);
  assert.equal(env['AWS_XRAY_CONTEXT_MISSING'], 'LOG_ERROR');
  assert.match(env['AWS_XRAY_DAEMON_ADDRESS'] ?? '', /^127\.0\.0\.1:\d+$/);
  assert.match(env['_X_AMZN_TRACE_ID'] ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}/);
  assert.equal(env['NODE_PATH'], '/mine', 'its own, as on Lambda');
  assert.deepEqual(
    Object.keys(env).filter((name) => /npm_|RUNTIME_TOKEN|^HOME$/.test(name)),
    [],
  );
});

test('names the folders of layers as Lambda does, a later layer first', async (t) => {
  const probe = await startProbe({ source });
  t.after(probe.close);
  const fn = { ...probe.fn, layerPaths: ['/layers/a', '/layers/b'] };
  const options = { fn, runtimeApi: '127.0.0.1:1', sandboxId: '0', region: 'r', endpoints: {} };
  const { NODE_PATH = '', LD_LIBRARY_PATH = '', LAMBDA_RUNTIME_DIR: runtime } = lambdaEnvironment(options);
  assert.deepEqual(NODE_PATH.split(':'), [
    '/layers/b/nodejs/node24/node_modules',
    '/layers/a/nodejs/node24/node_modules',
    '/layers/b/nodejs/node_modules',
    '/layers/a/nodejs/node_modules',
    `${runtime}/node_modules`,
    runtime,
    fn.assetPath,
  ]);
  assert.deepEqual(LD_LIBRARY_PATH.split(':').slice(-2), ['/layers/b/lib', '/layers/a/lib']);
});

test('leads the SDK to the local services, or to those that the user runs', async (t) => {
  const probe = await startProbe({ source });
  t.after(probe.close);
  const fn = { ...probe.fn, environment: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:3' } };
  const endpoints = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2' };
  const env = lambdaEnvironment({ fn, runtimeApi: '127.0.0.1:1', sandboxId: '0', region: 'r', endpoints });
  assert.equal(env['AWS_ENDPOINT_URL'], 'http://127.0.0.1:1');
  assert.equal(env['AWS_ENDPOINT_URL_S3'], 'http://127.0.0.1:3');
});

const canOnlyRead = process.env['CI'] !== 'true' && !canProtectAssets();

test('cannot write to its asset and its layers', { skip: canOnlyRead }, async (t) => {
  const layer = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-layer-')));
  t.after(async () => await rm(layer, { recursive: true, force: true }));
  await mkdir(join(layer, 'nodejs'));
  await writeFile(join(layer, 'nodejs', 'data.txt'), 'kept');
  const probe = await startProbe({
    source: `import { appendFileSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
      const attempt = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
      export const handler = async ({ layer, scratch }) => [
        attempt(() => writeFileSync(process.env.LAMBDA_TASK_ROOT + '/new', '')),
        attempt(() => writeFileSync('relative', '')),
        attempt(() => appendFileSync(import.meta.filename, '//')),
        attempt(() => unlinkSync(import.meta.filename)),
        attempt(() => mkdirSync(layer + '/nodejs/new')),
        attempt(() => writeFileSync(layer + '/nodejs/data.txt', 'changed')),
        attempt(() => writeFileSync(scratch, '')),
        readFileSync(layer + '/nodejs/data.txt', 'utf8'),
      ];`,
  });
  t.after(probe.close);
  const fn = { ...probe.fn, layerPaths: [layer] };
  const host = createFunctionHost({ ...account, fn, endpoints: {}, onLog: () => {} });
  t.after(host.close);
  const scratch = join(tmpdir(), `tailrace-scratch-${process.pid}`);
  t.after(async () => await rm(scratch, { force: true }));
  const { result } = await host.invoke({ event: JSON.stringify({ layer, scratch }) });
  assert.deepEqual(bodyOf(result), [...Array.from({ length: 6 }, () => 'EROFS'), 'done', 'kept']);
  assert.deepEqual(await readdir(fn.assetPath), ['index.mjs']);
});

test('answers nobody but the function', async (t) => {
  const probe = await startProbe({
    source: `export const handler = async ({ ms }) => {
      if (ms) await new Promise((resolve) => setTimeout(resolve, ms));
      return process.env.AWS_LAMBDA_RUNTIME_API;
    };`,
  });
  t.after(probe.close);
  const api = bodyOf((await probe.host.invoke({ event: '{}' })).result) as string;
  assert.match(api, /^127\.0\.0\.1:\d+$/);
  const working = probe.host.invoke({ event: '{"ms":500}' });
  for (const [method, path] of [
    ['GET', '/2018-06-01/runtime/invocation/next'],
    ['POST', '/2018-06-01/runtime/init/error'],
    ['POST', '/2018-06-01/runtime/invocation/x/response'],
    ['GET', '/'],
  ] as const) {
    const headers = { 'x-tailrace-token': '0'.repeat(32) };
    for (const init of [{ method }, { method, headers }]) {
      const answer = await fetch(`http://${api}${path}`, init);
      assert.equal(answer.status, 403);
      assert.equal(((await answer.json()) as { errorType: string }).errorType, 'Forbidden');
    }
  }
  assert.equal(bodyOf((await working).result), api);
  assert.equal(bodyOf((await probe.host.invoke({ event: '{}' })).result), api);
});
