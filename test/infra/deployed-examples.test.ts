// The examples, and an app written from the constructs' reference: deployed, updated and destroyed on a local AWS.
// What that cannot do is named: anything else is really there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createClients, type AwsClients } from '../../tools/aws/clients.ts';
import { startEmulator, type Emulator } from '../../tools/deploy/emulator.ts';
import {
  bootstrap,
  deploy,
  destroy,
  prepareAssemblies,
  update,
  type Finding,
  type Stage,
} from '../../tools/deploy/deploy-steps.ts';
import { findPythonTool } from '../support/python-tool.ts';
import { projectRoot } from './cdk-process.ts';

const { skip } = await findPythonTool('ministack');
const watched = ['AWS::CloudWatch::CompositeAlarm', 'AWS::Logs::QueryDefinition', 'AWS::CloudWatch::Alarm'];
const network = ['AWS::EC2::FlowLog', 'AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress'];

/**
 * What MiniStack 1.5.33 does not know, or refuses, in each app: of alarms those by metric math. Two things no app here has: nested stacks,
 * since it fails to update one with a log group ("Requested attribute Arn does not exist in schema"), and queue mode, since what is deployed
 * is read as by the local runner, which has no share groups.
 */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  'infra/examples/cluster-included.ts': [...watched, ...network, 'AWS::MSK::Cluster', 'AWS::MSK::Topic'],
  'infra/examples/existing-function.ts': watched,
  'infra/examples/msk-iam.ts': watched,
  'infra/examples/self-managed-scram.ts': network,
  'test/infra/reference-app.ts': watched,
};
const apps = Object.keys(leftOut);

let emulator: Emulator;
let clients: AwsClients;
let stage: Stage;
before(async () => {
  if (skip !== false) return;
  emulator = await startEmulator();
  clients = createClients(emulator);
  const { environment, folder } = emulator;
  const cdk = { environment, folder, signal: new AbortController().signal, onLine() {} };
  stage = { emulator, clients, cdk };
  assertOk('bootstrap', await bootstrap(stage));
});
after(async () => {
  if (skip !== false) return;
  clients.close();
  await emulator.close();
});

function assertOk(step: string, { isOk, detail }: Finding): void {
  assert.ok(isOk, `${step}: ${detail}`);
}

/** Synthesizes an app, and moves it to the local account and Region. */
async function synthesize(app: string): Promise<string> {
  const outdir = join(emulator.folder, 'synthesized', basename(app));
  await promisify(execFile)(process.execPath, [app], {
    cwd: projectRoot,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' },
  });
  for (const file of (await readdir(outdir)).filter((name) => name.endsWith('.json'))) {
    const text = await readFile(join(outdir, file), 'utf8');
    const moved = text
      .replaceAll('123456789012', emulator.accountId)
      .replaceAll('eu-west-1', emulator.region);
    await writeFile(join(outdir, file), moved);
  }
  return outdir;
}

interface Manifest {
  readonly artifacts: Readonly<Record<string, { readonly type: string }>>;
}
const deployable = new Set(['aws:cloudformation:stack', 'cdk:asset-manifest']);

/** One assembly of several: each step then starts the CDK once, not once for each app. */
async function merge(folders: readonly string[]): Promise<string> {
  const merged = join(emulator.folder, 'merged');
  const artifacts: Record<string, unknown> = {};
  let manifest = {};
  for (const folder of folders) {
    await cp(folder, merged, { recursive: true });
    const own = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    for (const [id, artifact] of Object.entries(own.artifacts)) {
      if (!deployable.has(artifact.type)) continue; // what each app says of itself: its tree, its feature flags
      assert.ok(!(id in artifacts), `two apps have an artifact ${id}`);
      artifacts[id] = artifact;
    }
    manifest = own;
  }
  await writeFile(join(merged, 'manifest.json'), JSON.stringify({ ...manifest, artifacts }));
  return merged;
}

test('deploys, updates and destroys the examples and the app', { skip, timeout: 600_000 }, async () => {
  const merged = await merge(await Promise.all(apps.map(synthesize)));
  const { first, second, leftOut: types } = await prepareAssemblies(stage, merged);
  assert.deepEqual([...new Set(types)].toSorted(), [...new Set(Object.values(leftOut).flat())].toSorted());
  const deployed = await deploy(stage, first);
  assertOk('deploy', deployed);
  assert.ok(deployed.app.mappings.length >= 11, deployed.detail);
  const updated = await update(stage, second, deployed.app);
  assertOk('update', updated);
  assert.notEqual(updated.detail, deployed.detail, 'other memory and batch sizes');
  assertOk('destroy', await destroy(stage, second, updated.app));
});

test('tries every example', async () => {
  const examples = (await readdir(join(projectRoot, 'infra/examples'))).filter((name) =>
    name.endsWith('.ts'),
  );
  assert.deepEqual(
    examples.filter((name) => !apps.includes(`infra/examples/${name}`)),
    [],
  );
});
