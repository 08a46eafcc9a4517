// What is tried with a deployment, step by step, and how each step's result is judged: by what the local AWS then says is
// there, not by what the CDK printed.

import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { AwsClients } from '../aws/clients.ts';
import type { OnLocalEvent } from '../local/events.ts';
import { composeEvent } from '../local/event.ts';
import { readStacks } from '../template/document/template.ts';
import type { LambdaFunction, Topology } from '../template/topology.ts';
import { readObjects } from '../proof/objects.ts';
import { changeSettings, editAssembly, leaveOut } from './assembly.ts';
import { runCdk, type CdkOptions } from './cdk.ts';
import { createDeployedHost } from './deployed-host.ts';
import { compare, countStackEvents, listStacks, readDeployed, readDeployedApp } from './deployed-stack.ts';
import type { Emulator } from './emulator.ts';

/** What came of a step. */
export interface Finding {
  readonly isOk: boolean;
  /** In a few words for a person: what there is, or what is not as it must be. */
  readonly detail: string;
}

/** The assemblies of a deployment. */
export interface Assemblies {
  /** As synthesized, without what the local AWS does not know. */
  readonly first: string;
  /** The same with other memory sizes and batch sizes. */
  readonly second: string;
  /** Resource types that are left out, each as often as it was found. */
  readonly leftOut: readonly string[];
}

/** What every step works with. */
export interface Stage {
  readonly emulator: Emulator;
  readonly clients: AwsClients;
  readonly cdk: CdkOptions;
}

// A cluster that is nowhere: the local AWS stores a mapping and polls nothing, the records come from a Kafka here.
const clusterArn =
  'arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-0';

/** Synthesizes the app for a deployment here, unless `cdkOut` is an assembly already, and prepares both copies. */
export async function prepareAssemblies(
  { emulator, cdk }: Stage,
  cdkOut: string | undefined,
): Promise<Assemblies> {
  const synthesized = cdkOut ?? join(emulator.folder, 'synthesized');
  if (cdkOut === undefined) {
    const context = ['--context', `clusterArn=${clusterArn}`, '--context', 'ephemeral=true'];
    await runCdk(['synth', '--quiet', '--output', synthesized, ...context], { ...cdk, needsApp: true });
  }
  const [first, second] = [join(emulator.folder, 'first'), join(emulator.folder, 'second')];
  const leftOut: string[] = [];
  await editAssembly(synthesized, first, {
    label: 'what is known here',
    edit: (template) => leftOut.push(...leaveOut(template, emulator.resourceTypes)),
  });
  await editAssembly(first, second, { label: 'other settings', edit: changeSettings });
  return { first, second, leftOut };
}

/** Makes the account ready for the CDK. */
export async function bootstrap({ emulator, cdk }: Stage): Promise<Finding> {
  const { accountId, region } = emulator;
  await runCdk(['bootstrap', `aws://${accountId}/${region}`], cdk);
  return { isOk: true, detail: `account ${accountId}, ${region}` };
}

/** Deploys `assembly`, and finds everything with the settings of its template. */
export async function deploy(stage: Stage, assembly: string): Promise<Finding & { readonly app: Topology }> {
  await deployOnly(stage, assembly);
  const app = await readDeployedApp(assembly, stage.emulator);
  const differences = compare(app, await readDeployed(stage.emulator));
  const memory = app.functions.map(({ memoryMb }) => memoryMb).join('/');
  const batches = app.mappings.map(({ batchSize }) => batchSize).join('/');
  return {
    app,
    isOk: differences.length === 0,
    detail:
      differences.join('; ') ||
      `${app.functions.length} functions of ${memory} MB, ${app.mappings.length} mappings of ${batches} records`,
  };
}

/** Deploys the changed assembly: the settings are new, and no function is another one. */
export async function update(
  stage: Stage,
  assembly: string,
  before: Topology,
): Promise<Finding & { readonly app: Topology }> {
  const finding = await deploy(stage, assembly);
  const names = new Set(before.functions.map(({ name }) => name));
  const replaced = finding.app.functions.filter(({ name }) => !names.has(name));
  if (replaced.length === 0) return finding;
  return { ...finding, isOk: false, detail: `${replaced.map(({ name }) => name).join(', ')} replaced` };
}

/** Deploys what is deployed already: nothing happens to any resource. */
export async function deployAgain(stage: Stage, assembly: string): Promise<Finding> {
  const countEvents = async (): Promise<number> => {
    const counts = readStacks(assembly).map(({ name }) => countStackEvents(stage.emulator, name));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  const before = await countEvents();
  await deployOnly(stage, assembly);
  const added = (await countEvents()) - before;
  return { isOk: added === 0, detail: added === 0 ? 'no resource touched' : `${added} events of resources` };
}

/** Calls every function once, with an event without records. */
export async function invokeAll(stage: Stage, app: Topology, onEvent: OnLocalEvent): Promise<Finding> {
  const invoke = async (fn: LambdaFunction): Promise<string | undefined> => {
    const consumer = fn.environment['POWERTOOLS_SERVICE_NAME'] ?? fn.name;
    const host = createDeployedHost(stage.emulator.url, fn, (stream, line) =>
      onEvent({ kind: 'log', consumer, stream, line }),
    );
    const bootstrapServers = '127.0.0.1:9092';
    const event = composeEvent(
      { topic: 'none', eventSource: 'aws:kafka', eventSourceArn: clusterArn, bootstrapServers },
      [],
    );
    const { result } = await host.invoke({ event });
    if (result.kind !== 'response') return `${fn.name}: ${result.kind}, ${result.errorMessage}`;
    const isEmpty = JSON.stringify(JSON.parse(result.body)) === '{"batchItemFailures":[]}';
    return isEmpty ? undefined : `${fn.name}: answered otherwise than with an empty list of failures`;
  };
  const problems = (await Promise.all(app.functions.map(invoke))).filter((each) => each !== undefined);
  return {
    isOk: problems.length === 0,
    detail: problems.join('; ') || `${app.functions.length} functions answered`,
  };
}

/** Destroys the stacks: no stack, function, mapping, bucket of theirs is left. */
export async function destroy(stage: Stage, assembly: string, app: Topology): Promise<Finding> {
  // CloudFormation deletes only empty buckets.
  for (const { name } of app.buckets) await emptyBucket(stage.clients, name);
  await runCdk(['destroy', '--all', '--force', '--app', assembly], stage.cdk);
  const [stacks, deployed] = await Promise.all([listStacks(stage.emulator), readDeployed(stage.emulator)]);
  const left = [...stacks, ...deployed.memoryMb.keys()];
  const isOk = left.length === 0 && deployed.mappings === 0;
  return {
    isOk,
    detail: isOk ? 'nothing left' : `left: ${left.join(', ')}, ${deployed.mappings} mappings`,
  };
}

async function deployOnly({ cdk }: Stage, assembly: string): Promise<void> {
  await runCdk(['deploy', '--all', '--require-approval', 'never', '--app', assembly], cdk);
}

async function emptyBucket({ s3 }: AwsClients, bucket: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of readObjects(s3, bucket, '')) keys.push(key);
  for (const key of keys) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}
