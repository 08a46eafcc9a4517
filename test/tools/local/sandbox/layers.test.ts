import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createFunctionHost } from '../../../../tools/local/sandbox/host/function-host.ts';
import { account, bodyOf, startProbe } from '../../../support/function-probe.ts';

// What each folder of each layer says; `outside` lies above them, where Lambda has nothing.
const files: Readonly<Record<string, string>> = {
  'lower/nodejs/node_modules/plain/index.js': 'lower',
  'lower/nodejs/node_modules/both/index.js': 'lower',
  'upper/nodejs/node_modules/both/index.js': 'upper',
  'lower/nodejs/node24/node_modules/versioned/index.js': 'node24',
  'upper/nodejs/node_modules/versioned/index.js': 'any version',
  'node_modules/outside/index.js': 'outside',
};

test('finds packages in layers, a later one first, and none outside of them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-layers-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `module.exports = ${JSON.stringify(text)};`);
  }
  const nosy = join(folder, 'lower/nodejs/node_modules/nosy');
  await mkdir(nosy);
  await writeFile(join(nosy, 'index.js'), "module.exports = require('plain') + require('outside');");
  const probe = await startProbe({
    source: `import { createRequire } from 'node:module';
      const load = createRequire(import.meta.url);
      export const handler = async (names) => names.map((name) => {
        try { return load(name); } catch (error) { return error.code; }
      });`,
  });
  t.after(probe.close);
  const layerPaths = ['lower', 'upper'].map((name) => join(folder, name));
  const host = createFunctionHost({
    ...account,
    fn: { ...probe.fn, layerPaths },
    endpoints: {},
    onLog: () => {},
  });
  t.after(host.close);
  const event = JSON.stringify(['plain', 'both', 'versioned', 'nosy', 'outside']);
  const { result } = await host.invoke({ event });
  assert.deepEqual(bodyOf(result), ['lower', 'upper', 'node24', 'MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
  // Without its layers it has none of that.
  const { result: bare } = await probe.host.invoke({ event: '["plain"]' });
  assert.deepEqual(bodyOf(bare), ['MODULE_NOT_FOUND']);
});
