import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { bundleHandler, writeAsset } from '../../../infra/function/bundle.ts';
import { readElfMachine } from '../../../infra/function/elf.ts';
import { lambdaCpus } from '../../../infra/function/lambda-cpu.ts';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tailrace-bundle-'));
after(() => rmSync(folder, { recursive: true }));

let assets = 0;

/** Bundles a handler of this source; gives the asset's folder. */
function makeAsset(source: string, files: Readonly<Record<string, string>> = {}): string {
  const base = join(folder, `asset-${(assets += 1)}`);
  const output = join(base, 'output');
  mkdirSync(output, { recursive: true });
  for (const [name, text] of Object.entries({ ...files, 'handler.ts': source })) {
    writeFileSync(join(base, name), text);
  }
  writeAsset(join(base, 'handler.ts'), output);
  return output;
}

/** What `handler()` of an asset returns in a process of its own. */
function runAsset(asset: string): unknown {
  const script = `
    const { handler } = await import(${JSON.stringify(join(asset, 'index.mjs'))});
    console.log(JSON.stringify(await handler()));`;
  const hostAddon = readdirSync(join(projectRoot, 'node_modules/@antoniomuso'), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((name) => name.endsWith('.node'))
    .map((name) => join(projectRoot, 'node_modules/@antoniomuso', name))[0];
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: asset,
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: hostAddon },
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('makes one module and its source map, and drops what is not used', () => {
  const asset = makeAsset(
    `import { used } from './parts.ts'; export const handler = async (): Promise<number> => used;`,
    { 'parts.ts': `export const used = 41 + 1; export const notUsed = 'never called';` },
  );
  assert.deepEqual(readdirSync(asset).toSorted(), ['index.mjs', 'index.mjs.map']);
  assert.equal(readFileSync(join(asset, 'index.mjs'), 'utf8').includes('never called'), false);
  assert.equal(runAsset(asset), 42);
});

test('carries the arm64 addon beside its loader when the code imports it', () => {
  const asset = makeAsset(`
    import lz4 from 'lz4-napi';
    export const handler = async (): Promise<string> =>
      lz4.decompressFrameSync(lz4.compressFrameSync(Buffer.from('water'))).toString();`);
  assert.deepEqual(readdirSync(join(asset, 'node_modules/lz4-napi')).toSorted(), [
    'LICENSE',
    'index.js',
    'lz4-napi.linux-arm64-gnu.node',
    'package.json',
  ]);
  assert.equal(
    readElfMachine(join(asset, 'node_modules/lz4-napi/lz4-napi.linux-arm64-gnu.node')),
    lambdaCpus.arm64.elfMachine,
  );
  assert.equal(runAsset(asset), 'water');
});

test('bundles two handlers of one folder apart, and one handler once', () => {
  const base = join(folder, 'pair');
  mkdirSync(base);
  const app = new App({ outdir: join(folder, 'cdk.out') });
  const stack = new Stack(app, 'Test');
  const [one, other, again] = ['one.ts', 'other.ts', 'one.ts'].map((name, index) => {
    writeFileSync(join(base, name), `export const handler = async (): Promise<string> => '${name}';`);
    return bundleHandler(join(base, name)).bind(new Construct(stack, `Function${index}`)).s3Location
      ?.objectKey;
  });
  assert.ok(one);
  assert.notEqual(one, other);
  assert.equal(one, again);
});

test('leaves the AWS SDK to the Lambda runtime', () => {
  const asset = makeAsset(`
    import { S3Client } from '@aws-sdk/client-s3';
    export const handler = async (): Promise<string> => S3Client.name + (await import('@aws-sdk/client-sqs')).SQS.name;`);
  const text = readFileSync(join(asset, 'index.mjs'), 'utf8');
  assert.match(text, /from ?"@aws-sdk\/client-s3"/);
  assert.match(text, /import\("@aws-sdk\/client-sqs"\)/);
});

test('gives CommonJS inside the bundle a require', () => {
  const asset = makeAsset(
    `import parts from './parts.cjs'; export const handler = async (): Promise<string> => parts.join('a', 'b');`,
    { 'parts.cjs': `module.exports = { join: require('node:path').posix.join };` },
  );
  assert.equal(runAsset(asset), 'a/b');
});

/** Writes the asset of one handler of a project to these folders beside or inside it. */
function writeTo(project: string, folders: readonly string[]): readonly string[] {
  const entry = join(folder, project, 'src/handler.ts');
  mkdirSync(join(folder, project, 'src'), { recursive: true });
  writeFileSync(join(folder, project, 'package.json'), '{}');
  writeFileSync(entry, `export const handler = async (): Promise<null> => null;`);
  return folders.map((name) => {
    const output = join(folder, project, name);
    mkdirSync(output, { recursive: true });
    writeAsset(entry, output);
    return output;
  });
}

function readMap(asset: string): { readonly sources: string[]; readonly sourcesContent: string[] } {
  return JSON.parse(readFileSync(join(asset, 'index.mjs.map'), 'utf8')) as ReturnType<typeof readMap>;
}

test('leads a debugger from the bundle to the source, wherever in the project it writes', () => {
  for (const asset of writeTo('debugged', ['cdk.out/asset.1', '.cache/deep/cdk.out/asset.1'])) {
    const { sources, sourcesContent } = readMap(asset);
    assert.deepEqual(
      sources.map((source) => join(asset, source)),
      [join(folder, 'debugged/src/handler.ts')],
    );
    assert.match(sourcesContent[0] ?? '', /Promise<null>/);
  }
});

test('takes an entry by a way round for what it is', () => {
  const [asset = ''] = writeTo('round', ['.cache/deep/cdk.out/asset.1']);
  mkdirSync(join(folder, 'round/lib'));
  // As a stack in lib/ writes it: `${__dirname}/../src/handler.ts`.
  writeAsset(`${folder}/round/lib/../src/handler.ts`, asset);
  assert.deepEqual(
    readMap(asset).sources.map((source) => join(asset, source)),
    [join(folder, 'round/src/handler.ts')],
  );
});

test('makes the same bytes wherever outside of the project it writes, as in its cdk.out', () => {
  const [one = '', ...others] = writeTo('moved', ['cdk.out/asset.1', '../one', '../deep/er/other']);
  for (const other of others)
    for (const name of ['index.mjs', 'index.mjs.map'])
      assert.deepEqual(readFileSync(join(one, name)), readFileSync(join(other, name)));
});

test('refuses a handler that is not there, does not compile, or imports what is not installed', () => {
  assert.throws(() => bundleHandler(join(folder, 'none.ts')), { code: 'INVALID_ASSET' });
  assert.throws(() => makeAsset('export const = 1;'), { code: 'INVALID_ASSET' });
  assert.throws(() => makeAsset(`export { x as handler } from 'no-such-package';`), {
    code: 'INVALID_ASSET',
  });
});

test('minifies, but for the names of classes and functions, which logs show; or not, where that is asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-bundling-'));
  try {
    const entry = join(folder, 'handler.ts');
    writeFileSync(
      entry,
      `class PaymentRefused extends Error {}
      function refusePayment(): Error { return new PaymentRefused('no'); }
      export const handler = async (): Promise<unknown> => {
        const { constructor, stack = '' } = refusePayment();
        return [constructor.name, /at (\\w+)/.exec(stack)?.[1]];
      };`,
    );
    const linesOf = async (name: string, minify?: boolean): Promise<number> => {
      const output = join(folder, name);
      mkdirSync(output);
      writeAsset(entry, output, { minify });
      const file = join(output, 'index.mjs');
      const { handler } = (await import(file)) as { readonly handler: () => Promise<unknown> };
      assert.deepEqual(await handler(), ['PaymentRefused', 'refusePayment']);
      return readFileSync(file, 'utf8').split('\n').length;
    };
    assert.ok((await linesOf('short')) < 5);
    assert.ok((await linesOf('long', false)) > 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('leaves out what a layer has, and replaces names, where that is asked for', () => {
  const folderOf = mkdtempSync(join(tmpdir(), 'tailrace-bundling-'));
  try {
    const entry = join(folderOf, 'handler.ts');
    writeFileSync(
      entry,
      `import * as layer from 'of-a-layer';
      export const handler = async (): Promise<unknown> => [layer, STAGE, 'a readable    text'];`,
    );
    assert.throws(() => writeAsset(entry, folderOf), { code: 'INVALID_ASSET' });
    writeAsset(entry, folderOf, {
      externalModules: ['of-a-layer'],
      define: { STAGE: '"production"' },
      target: 'node22',
    });
    const text = readFileSync(join(folderOf, 'index.mjs'), 'utf8');
    assert.match(text, /from"of-a-layer"/);
    assert.match(text, /"production"/);
    assert.ok(text.split('\n').length < 5, text);
  } finally {
    rmSync(folderOf, { recursive: true });
  }
});
