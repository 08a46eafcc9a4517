import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { build } from 'esbuild';
import { readBundleSources, rebuild } from '../../../tools/dev/bundle-sources.ts';
import type { LambdaFunction } from '../../../tools/template/topology.ts';

async function bundle(
  t: TestContext,
  format: 'esm' | 'cjs',
  sourcemap = true,
): Promise<{ readonly folder: string; readonly fn: LambdaFunction }> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-sources-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'asset', 'node_modules', '@scope', 'native'), { recursive: true });
  await writeFile(
    join(folder, 'handler.ts'),
    "import { a } from './a.ts';\nexport const handler = () => a;\n",
  );
  await writeFile(join(folder, 'a.ts'), 'export const a = 1;\n');
  const file = format === 'esm' ? 'index.mjs' : 'index.js';
  await build({
    entryPoints: [join(folder, 'handler.ts')],
    outfile: join(folder, 'asset', file),
    bundle: true,
    format,
    platform: 'node',
    sourcemap,
  });
  return {
    folder,
    fn: { name: 'f', handler: 'index.handler', assetPath: join(folder, 'asset') } as LambdaFunction,
  };
}

for (const format of ['esm', 'cjs'] as const) {
  test(`finds the sources of a bundle in ${format} and makes it anew, what stands beside it included`, async (t) => {
    const { folder, fn } = await bundle(t, format);
    const sources = readBundleSources(fn);
    assert.ok(sources);
    assert.equal(sources.entry, join(folder, 'handler.ts'));
    assert.deepEqual([...sources.sources].toSorted(), [join(folder, 'a.ts'), join(folder, 'handler.ts')]);
    await writeFile(join(folder, 'a.ts'), "import '@scope/native';\nexport const a = 'changed';\n");
    const rebuilt = await rebuild(sources);
    t.after(rebuilt.remove);
    const text = await readFile(join(rebuilt.fn.assetPath, sources.file), 'utf8');
    assert.match(text, /changed/);
    assert.match(text, /@scope\/native/);
    assert.doesNotMatch(await readFile(join(fn.assetPath, sources.file), 'utf8'), /changed/);
  });
}

test('names file, line and column of an edit that cannot be bundled, and leaves no folder', async (t) => {
  const { folder, fn } = await bundle(t, 'esm');
  const sources = readBundleSources(fn);
  await writeFile(join(folder, 'a.ts'), 'export const a = ;\n');
  await assert.rejects(rebuild(sources!), { code: 'BUNDLE_FAILED', message: /a\.ts:1:18: Unexpected ";"/ });
});

test('knows no sources where no map tells them', async (t) => {
  const { fn } = await bundle(t, 'esm', false);
  assert.equal(readBundleSources(fn), undefined);
});
