// Assemblies of any templates, as `cdk synth` would write them. Own file: the tests of whole apps take several files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Topology } from '../../tools/template/topology.ts';

/** A piece of a template. */
export type Json = Readonly<Record<string, unknown>>;

/** Account, Region and environment of a local run without endpoints. */
export const endpoints = { accountId: '000000000000', region: 'eu-west-1', environment: {} };

/** Writes an assembly of these templates, by stack; every asset key there is stands for one folder. */
export async function writeAssembly(t: TestContext, stacks: Readonly<Record<string, Json>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-assembly-'));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'code'));
  await writeFile(join(folder, 'code', 'index.js'), 'exports.handler = async () => {};');
  const files = { code: { source: { path: 'code' }, destinations: { here: { objectKey: 'code.zip' } } } };
  await writeFile(join(folder, 'assets.json'), JSON.stringify({ files }));
  const artifacts: Record<string, unknown> = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
  };
  for (const [name, template] of Object.entries(stacks)) {
    const templateFile = `${name}.template.json`;
    await writeFile(join(folder, templateFile), JSON.stringify(template));
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile } };
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  return folder;
}

/** A Node function of the app. */
export const fn = (properties: Json = {}): Json => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' }, ...properties },
});
/** A mapping of that function, from the topic `orders`. */
export const mapping = (FunctionName: unknown, properties: Json = {}): Json => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { FunctionName, Topics: ['orders'], StartingPosition: 'LATEST', ...properties },
});
/** What an app's consumers are called. */
export const namesOf = ({ mappings }: Topology): readonly string[] =>
  mappings.map(({ consumer }) => consumer);
