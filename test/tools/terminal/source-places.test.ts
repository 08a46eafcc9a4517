// Places in a bundle lead to the lines that a person wrote.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build, type BuildOptions } from 'esbuild';
import { createSourcePlaces } from '../../../tools/terminal/source-places.ts';

const project = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-places-')));
after(() => rm(project, { recursive: true }));

const files = {
  'src/handler.ts': `import { fail } from 'oops';\n\nexport const handler = (): void => {\n  fail();\n};\n`,
  'node_modules/oops/index.js': `export function fail() {\n  throw new Error('oops');\n}\n`,
};
for (const [name, text] of Object.entries(files)) {
  await mkdir(join(project, name, '..'), { recursive: true });
  await writeFile(join(project, name), text);
}

/** The frames of the error that a bundle throws. */
async function framesOf(asset: string, options: BuildOptions): Promise<readonly string[]> {
  const outfile = join(asset, 'index.mjs');
  await build({
    entryPoints: [join(project, 'src/handler.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    ...options,
  });
  const { handler } = (await import(`${outfile}?${Math.random()}`)) as { handler: () => void };
  try {
    handler();
  } catch (error) {
    return String((error as Error).stack)
      .replaceAll(/\?0\.\d+/g, '')
      .split('\n')
      .slice(1);
  }
  return [];
}

for (const sourcemap of ['linked', 'inline'] as const) {
  test(`finds the person's own line, past the libraries, by a map that is ${sourcemap}`, async () => {
    const asset = join(project, `cdk.out/asset.${sourcemap}`);
    const frames = await framesOf(asset, { sourcemap });
    const places = createSourcePlaces(asset);
    assert.equal(places.findOwn(frames), `${project}/src/handler.ts:4:3`);
    assert.match(places.translate(frames[0] ?? ''), /at fail \(.*\/node_modules\/oops\/index\.js:2:9\)$/);
  });
}

test('takes frames that name files as they lie in the asset, and leaves all others alone', async () => {
  const asset = join(project, 'cdk.out/asset.relative');
  const frames = await framesOf(asset, { sourcemap: 'linked' });
  const relative = frames.map((frame) => frame.replace(`file://${asset}/`, '').replace(/.*\((.*)\)/, '$1'));
  const places = createSourcePlaces(asset);
  assert.equal(places.findOwn(relative), `${project}/src/handler.ts:4:3`);
  for (const other of ['node:internal/timers:5:1', 'at 12:30:00', '/elsewhere/index.mjs:1:1', 'lag 3:1:1'])
    assert.equal(places.translate(other), other);
});

test("says the bundle's own line where there is no map", async () => {
  const asset = join(project, 'cdk.out/asset.none');
  const frames = await framesOf(asset, {});
  const places = createSourcePlaces(asset);
  assert.match(places.findOwn(frames) ?? '', /\/asset\.none\/index\.mjs:\d+:\d+$/);
  assert.equal(createSourcePlaces('/nowhere').findOwn(frames), undefined);
});
