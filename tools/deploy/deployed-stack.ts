// What the local AWS says is deployed, read through its APIs: it is compared with the template, and gives the physical names
// under which the local poller finds functions and destinations. Plain HTTP, since an SDK client each for CloudFormation
// and Lambda would be dependencies for five calls.

import type { AwsEndpoints } from '../aws/endpoints.ts';
import { toQueueUrl } from '../aws/resources.ts';
import { readStacks } from '../template/document/template.ts';
import { readTopology, type Topology } from '../template/topology.ts';
import { DeployError } from './error.ts';

/** Where to ask. */
export type DeployedAt = Pick<AwsEndpoints, 'environment' | 'accountId' | 'region'> & {
  readonly url: string;
};

/** What stands in an account beside the CDK's own resources. */
export interface Deployed {
  /** Memory size in MB by function name. */
  readonly memoryMb: ReadonlyMap<string, number>;
  /** Batch size by the name of the mapped function. */
  readonly batchSizes: ReadonlyMap<string, number>;
  readonly mappings: number;
}

/** Reads the functions and mappings that are there. @throws DeployError `EMULATOR_FAILED` */
export async function readDeployed(at: DeployedAt): Promise<Deployed> {
  const [functions, mappings] = await Promise.all([
    readList(at, '/2015-03-31/functions/', 'Functions'),
    readList(at, '/2015-03-31/event-source-mappings/', 'EventSourceMappings'),
  ]);
  return {
    memoryMb: new Map(functions.map((each) => [String(each['FunctionName']), Number(each['MemorySize'])])),
    batchSizes: new Map(
      mappings.map((each) => [
        String(each['FunctionArn']).split(':function:')[1] ?? '',
        Number(each['BatchSize']),
      ]),
    ),
    mappings: mappings.length,
  };
}

/** What of the app is not deployed as its template says, in words; empty when all of it is. */
export function compare(app: Topology, deployed: Deployed): readonly string[] {
  const differences: string[] = [];
  const check = (what: string, got: number | undefined, expected: number): void => {
    if (got !== expected) differences.push(`${what} is ${got ?? 'not there'}, expected ${expected}`);
  };
  for (const { name, memoryMb } of app.functions)
    check(`memory size of ${name}`, deployed.memoryMb.get(name), memoryMb);
  for (const { functionName, batchSize } of app.mappings)
    check(`batch size of ${functionName}`, deployed.batchSizes.get(functionName), batchSize);
  return differences;
}

/** The app of the assembly `cdkOut`, with its enabled mappings, under the names that its stacks got when they were deployed. */
export async function readDeployedApp(cdkOut: string, at: DeployedAt): Promise<Topology> {
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const { name } of readStacks(cdkOut)) names.set(name, await readPhysicalNames(at, name));
  const { accountId, region } = at;
  const topology = readTopology(cdkOut, {
    accountId,
    region,
    queueUrl: (name) => toQueueUrl(at, name),
    physicalName: (stackName, logicalId) => names.get(stackName)?.get(logicalId),
  });
  return { ...topology, mappings: topology.mappings.filter(({ enabled }) => enabled) };
}

/** How often anything has happened to a stack's resources: a deployment without changes adds nothing. */
export async function countStackEvents(at: DeployedAt, stackName: string): Promise<number> {
  const answer = await query(at, { Action: 'DescribeStackEvents', StackName: stackName });
  return answer.split('<EventId>').length - 1;
}

/** Names of the stacks that are there, the CDK's own left out. */
export async function listStacks(at: DeployedAt): Promise<readonly string[]> {
  const answer = await query(at, { Action: 'DescribeStacks' });
  const names = Array.from(answer.matchAll(/<StackName>([^<]*)<\/StackName>/g), ([, name = '']) => name);
  return names.filter((name) => name !== 'CDKToolkit');
}

async function readPhysicalNames(at: DeployedAt, stackName: string): Promise<ReadonlyMap<string, string>> {
  const answer = await query(at, { Action: 'DescribeStackResources', StackName: stackName });
  const pairs = answer.matchAll(
    /<LogicalResourceId>([^<]*)<\/LogicalResourceId><PhysicalResourceId>([^<]*)<\/PhysicalResourceId>/g,
  );
  // A queue's physical id is its URL, a topic's its ARN; both end in the name.
  return new Map(
    Array.from(pairs, ([, id = '', physical = '']) => [id, physical.replace(/^(?:https?|arn):.*[/:]/, '')]),
  );
}

type Item = Readonly<Record<string, unknown>>;

async function readList(at: DeployedAt, path: string, field: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let marker = '';
  do {
    const text = await ask(at, `${path}?MaxItems=50${marker && `&Marker=${encodeURIComponent(marker)}`}`, {});
    const page = JSON.parse(text) as Readonly<Record<string, unknown>>;
    items.push(...((page[field] ?? []) as readonly Item[]));
    const next = page['NextMarker'];
    marker = typeof next === 'string' ? next : '';
  } while (marker !== '');
  return items;
}

async function query(at: DeployedAt, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Version: '2010-05-15', ...parameters });
  return await ask(at, '/', { method: 'POST', body });
}

async function ask({ url }: DeployedAt, path: string, init: RequestInit): Promise<string> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  if (response.ok) return text;
  throw new DeployError(
    'EMULATOR_FAILED',
    `MiniStack refused ${path}, got HTTP ${response.status}, expected 200: ${text.slice(0, 300)}`,
  );
}
