// The app as a person runs it: the real CDK command line in its own process, with no credentials and no network.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { readElfMachine } from '../../infra/function/elf.ts';
import { lambdaCpus } from '../../infra/function/lambda-cpu.ts';
import { projectRoot, runCdk, type CdkRun } from './cdk-process.ts';
import type { TemplateJson } from './grants.ts';

const folder = mkdtempSync(join(tmpdir(), 'tailrace-app-'));
const cdkOut = join(folder, 'cdk.out');
const clusterArn =
  'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/01234567-89ab-cdef-0123-456789abcdef-4';

const cdk = (args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CdkRun> =>
  runCdk(folder, args, environment);

let synth: CdkRun = { code: undefined, output: '' };
before(async () => {
  synth = await cdk(['synth', '--quiet', '--output', cdkOut]);
});
after(() => rmSync(folder, { recursive: true }));

function readTemplate(): TemplateJson {
  return JSON.parse(readFileSync(join(cdkOut, 'Tailrace.template.json'), 'utf8')) as TemplateJson;
}

function assetFolders(): readonly string[] {
  return readdirSync(cdkOut)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => join(cdkOut, name));
}

/** Every module that a bundle leaves to be found at run time. */
function listImports(bundle: string): readonly string[] {
  const { metafile } = buildSync({
    entryPoints: [bundle],
    bundle: true,
    write: false,
    outdir: folder,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  return Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
}

test('synthesizes the three consumers without credentials and without a network', () => {
  assert.equal(synth.code, 0, synth.output);
  const names = Object.values(readTemplate().Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties['Environment'] as { Variables: Record<string, unknown> })
    .map(({ Variables }) => Variables['POWERTOOLS_SERVICE_NAME']);
  assert.deepEqual(names.toSorted(), ['archive', 'materialize', 'relay']);
});

test('passes the CloudFormation rules that CDK validates templates by', () => {
  const report = JSON.parse(readFileSync(join(cdkOut, 'validation-report.json'), 'utf8')) as {
    pluginReports: readonly unknown[];
  };
  assert.deepEqual(report.pluginReports, []);
});

test('puts every function into an asset that carries all it imports', () => {
  assert.equal(assetFolders().length, 3);
  for (const asset of assetFolders()) {
    const missing = listImports(join(asset, 'index.mjs'))
      .filter((path) => !isBuiltin(path) && !path.startsWith('@aws-sdk/'))
      .filter((path) => !existsSync(join(asset, 'node_modules', path, 'package.json')));
    assert.deepEqual(missing, [], asset);
  }
});

test('ships addons for the functions own CPU only', () => {
  for (const asset of assetFolders()) {
    const addons = readdirSync(asset, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.node'),
    );
    for (const name of addons)
      assert.equal(readElfMachine(join(asset, name)), lambdaCpus.arm64.elfMachine, name);
    const importsLz4 = listImports(join(asset, 'index.mjs')).includes('lz4-napi');
    assert.equal(addons.length, importsLz4 ? 1 : 0, asset);
  }
});

test('refuses to deploy without a cluster, before it asks for credentials', async () => {
  const { code, output } = await cdk(['deploy', '--output', join(folder, 'deploy')]);
  assert.equal(code, 1);
  assert.match(output, /no Kafka cluster to deploy for.*pass -c clusterArn=/);
  assert.doesNotMatch(output, /credentials|at file:/);
});

test('lets a deployment with a cluster go on to ask for credentials', async () => {
  const args = ['deploy', '-c', `clusterArn=${clusterArn}`, '--output', join(folder, 'msk')];
  const { code, output } = await cdk(args, { CDK_VALIDATION: 'false' });
  assert.equal(code, 1);
  assert.match(output, /123456789012.*credentials/);
  assert.doesNotMatch(output, /no Kafka cluster/);
});

test('names a context value that is wrong, without a stack trace', async () => {
  const { code, output } = await cdk(['synth', '-c', 'clusterArn=orders', '--output', join(folder, 'wrong')]);
  assert.equal(code, 1);
  assert.match(output, /tailrace: context clusterArn is not valid, got "orders", expected /);
  assert.doesNotMatch(output, /at file:/);
});

test('names what is wrong in a definition, without a stack trace', async () => {
  const broken = join(folder, 'consumer.mts');
  writeFileSync(
    broken,
    `import { defineConsumer } from '${new URL('../../lib/index.ts', import.meta.url).href}';
    export const relay = defineConsumer({ name: 'relay', topic: 'orders', concurrency: 0 });`,
  );
  // The app itself, but for the definition that it reads.
  const app = join(folder, 'app.mts');
  const infra = pathToFileURL(join(projectRoot, 'infra/')).href;
  const text = readFileSync(join(projectRoot, 'infra/app.ts'), 'utf8')
    .replace('../handlers/relay/consumer.ts', pathToFileURL(broken).href)
    .replaceAll(/'(\.\.?\/[^']+|aws-cdk-lib)'/g, (_, path: string) =>
      JSON.stringify(path.startsWith('.') ? new URL(path, infra).href : import.meta.resolve(path)),
    );
  writeFileSync(app, text);
  const { code, output } = await cdk(['synth', '--app', `node ${app}`, '--output', join(folder, 'broken')]);
  assert.equal(code, 1);
  assert.match(
    output,
    /tailrace: definition of consumer "relay" is not valid; correct it in its consumer.ts:/,
  );
  assert.match(output, /concurrency: got 0, expected an integer 1\.\.1000/);
  assert.doesNotMatch(output, /at file:|at .*\.ts:\d/);
});
