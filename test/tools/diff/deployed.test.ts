// A deployed app and nine changes of it: each predicted from the templates, then deployed on a local AWS, and held against what
// became of its resources there. What the emulator cannot show (the 409 of a held group, a changed group, permissions) is in
// compare.test.ts.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startEmulator, type Emulator } from '../../../tools/deploy/emulator.ts';
import { compareStacks } from '../../../tools/diff/compare.ts';
import { readDeployedStack } from '../../../tools/diff/read-stacks.ts';
import type { StackResource } from '../../../tools/diff/stack-template.ts';
import { runCli } from '../../support/cli.ts';
import { findPythonTool } from '../../support/python-tool.ts';
import { deployed, mapping, policy } from './templates.ts';

const { skip } = await findPythonTool('ministack');
const options = { skip, timeout: 300_000 };
const stackName = 'Shop';
const folder = await mkdtemp(join(tmpdir(), 'tailrace-diff-'));
let emulator: Emulator;
let cloudFormation: CloudFormationClient;
let lambda: LambdaClient;
let s3: S3Client;

before(async () => {
  if (skip !== false) return;
  emulator = await startEmulator();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const settings = { endpoint: emulator.url, region: emulator.region, credentials };
  cloudFormation = new CloudFormationClient(settings);
  lambda = new LambdaClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
});
after(async () => {
  await rm(folder, { recursive: true });
  if (skip !== false) return;
  for (const client of [cloudFormation, lambda, s3]) client.destroy();
  await emulator.close();
});

type Template = Map<string, StackResource>;

async function deploy(template: Template, isFirst = false): Promise<void> {
  const TemplateBody = JSON.stringify({ Resources: Object.fromEntries(template) });
  const input = { StackName: stackName, TemplateBody, Capabilities: ['CAPABILITY_IAM' as const] };
  await cloudFormation.send(isFirst ? new CreateStackCommand(input) : new UpdateStackCommand(input));
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { Stacks: [stack] = [] } = await cloudFormation.send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    const status = stack?.StackStatus ?? '';
    if (status.endsWith('_COMPLETE') && !status.includes('ROLLBACK')) return;
    assert.ok(status.endsWith('IN_PROGRESS'), `${status} ${stack?.StackStatusReason ?? ''}`);
    assert.ok(Date.now() < deadline, 'the stack is not there after 60 s');
    await delay(50);
  }
}

async function listIds(): Promise<Readonly<Record<string, string | undefined>>> {
  const { StackResourceSummaries = [] } = await cloudFormation.send(
    new ListStackResourcesCommand({ StackName: stackName }),
  );
  return Object.fromEntries(
    StackResourceSummaries.map((each) => [each.LogicalResourceId ?? '', each.PhysicalResourceId]),
  );
}

/** What became of the resources between two lists of physical ids. */
type Seen = Readonly<Record<string, 'same' | 'anew' | 'gone'>>;

interface Step {
  readonly what: string;
  readonly edit: (template: Template) => void;
  readonly predicted: readonly string[];
  readonly seen: Seen;
}

const other = mapping({ StartingPosition: 'LATEST', Topics: ['orders.v2'] }).Properties ?? {};
const clusterB = 'arn:aws:kafka:us-east-1:000000000000:cluster/b/00000000-0000-0000-0000-000000000000-0';
const steps: readonly Step[] = [
  {
    what: 'a smaller batch',
    edit: (template) => template.set('Mapping', mapping({ BatchSize: 7 })),
    predicted: [],
    seen: { Mapping: 'same' },
  },
  {
    what: 'another start',
    edit: (template) => template.set('Mapping', mapping({ StartingPosition: 'LATEST' })),
    predicted: ['mapping-replaced Mapping'],
    seen: { Mapping: 'anew' },
  },
  {
    what: 'another topic',
    edit: (template) => template.set('Mapping', mapping(other)),
    predicted: ['topic-ignored Mapping'],
    seen: { Mapping: 'same' },
  },
  {
    what: 'another cluster',
    edit: (template) => template.set('Mapping', mapping({ ...other, EventSourceArn: clusterB })),
    predicted: ['mapping-replaced Mapping'],
    seen: { Mapping: 'anew' },
  },
  {
    what: 'another name in the template',
    edit(template) {
      template.delete('Mapping');
      template.set('Moved', mapping({ ...other, EventSourceArn: clusterB }));
    },
    predicted: ['mapping-moved Mapping'],
    seen: { Mapping: 'gone' },
  },
  {
    what: 'no queue any more',
    edit(template) {
      template.delete('Queue');
      template.set('Moved', mapping({ ...other, EventSourceArn: clusterB, DestinationConfig: undefined }));
      template.set('Policy', policy('orders', 'Table'));
    },
    predicted: ['data-removed Queue'],
    seen: { Queue: 'gone', Moved: 'same' },
  },
  {
    what: 'another name of the table',
    edit(template) {
      const table = template.get('Table');
      assert.ok(table);
      template.set('Table', { ...table, Properties: { ...table.Properties, TableName: 'items' } });
    },
    predicted: ['data-replaced Table'],
    seen: { Table: 'anew' },
  },
  {
    what: 'no bucket any more, which is kept',
    edit: (template) => template.delete('Bucket'),
    predicted: ['data-removed Bucket'],
    seen: { Bucket: 'gone' },
  },
  {
    what: 'no mapping any more',
    edit: (template) => template.delete('Moved'),
    predicted: ['mapping-removed Moved'],
    seen: { Moved: 'gone' },
  },
];

test('predicts nine changes of a deployed app before the deployment shows them', options, async (t) => {
  const current: Template = new Map(structuredClone([...deployed]));
  await t.test('a first deployment breaks nothing', async () => {
    assert.equal(await readDeployedStack(cloudFormation, stackName), undefined);
    await deploy(current, true);
  });
  const { Bucket: bucketName } = await listIds();
  for (const { what, edit, predicted, seen } of steps) {
    await t.test(what, async () => {
      const next: Template = new Map(current);
      edit(next);
      const there = await readDeployedStack(cloudFormation, stackName);
      assert.ok(there);
      const found = compareStacks(there, asDeployed(next));
      assert.deepEqual(
        found.map(({ kind, resource }) => `${kind} ${resource}`),
        predicted,
      );
      const idsBefore = await listIds();
      await deploy(next);
      const idsAfter = await listIds();
      const became = Object.keys(seen).map((id) => [id, compareIds(idsBefore[id], idsAfter[id])]);
      assert.deepEqual(Object.fromEntries(became), seen);
      current.clear();
      for (const [id, resource] of next) current.set(id, resource);
    });
  }
  await s3.send(new HeadBucketCommand({ Bucket: bucketName })); // kept, as it was said
});

/** As a template's text has it: without what is undefined. */
function asDeployed(template: Template): Template {
  return new Map(JSON.parse(JSON.stringify([...template])) as [string, StackResource][]);
}

function compareIds(before: string | undefined, after: string | undefined): 'same' | 'anew' | 'gone' {
  if (after === undefined) return 'gone';
  return before === after ? 'same' : 'anew';
}

test(
  'asks the deployed stack as a command, and says by its exit code whether something would break',
  options,
  async () => {
    const environment = {
      AWS_ENDPOINT_URL: emulator.url,
      AWS_REGION: emulator.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    const write = (template: Template): Promise<void> =>
      writeFile(
        join(folder, `${stackName}.template.json`),
        JSON.stringify({ Resources: Object.fromEntries(template) }),
      );
    await deploy(new Map(deployed));
    const { Mapping: uuid } = await listIds();
    await lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }));
    await write(new Map(deployed));
    const same = await runCli(['diff', '--cdk-out', folder], environment);
    assert.equal(same.code, 0, same.stdout + same.stderr);
    assert.match(same.stdout, /Shop: nothing would break/);

    await write(new Map([...deployed, ['Mapping', mapping({ StartingPosition: 'LATEST' })]]));
    const broken = await runCli(['diff', '--cdk-out', folder, '--json'], environment);
    assert.equal(broken.code, 1, broken.stderr);
    const [diff] = JSON.parse(broken.stdout) as readonly {
      readonly changes: readonly { readonly kind: string }[];
    }[];
    assert.deepEqual(
      diff?.changes.map(({ kind }) => kind),
      ['mapping-replaced'],
    );
  },
);

test('compares with a file in place of AWS, and names what is missing', async () => {
  const [old, now] = [join(folder, 'old.json'), join(folder, 'now')];
  await writeFile(old, JSON.stringify({ Resources: Object.fromEntries(deployed) }));
  const missing = await runCli(['diff', '--cdk-out', now], {});
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /no stack in .*; run cdk synth first/);
  const template = new Map(deployed);
  template.delete('Bucket');
  await writeFile(
    join(folder, 'Other.template.json'),
    JSON.stringify({ Resources: Object.fromEntries(template) }),
  );
  const found = await runCli(['diff', '--cdk-out', folder, '--stack', 'Other', '--against', old], {});
  assert.equal(found.code, 1);
  assert.match(found.stdout, /data-removed Bucket.*\n.*kept/);
});
