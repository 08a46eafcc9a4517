// `tailrace diff`: what `cdk deploy` would break, before it does. Its options as data; CloudFormation is only asked when it runs.

import type { Command, CommandIo } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { createStyle, type Style } from '../terminal/style.ts';
import type { Change } from './change.ts';
import { compareStacks } from './compare.ts';
import { listStacks, readDeployedStack, readStackFiles } from './read-stacks.ts';
import type { StackResources } from './stack-template.ts';

/** What would become of one stack. */
interface StackDiff {
  readonly stack: string;
  /** False for a stack that is not deployed: nothing can break. */
  readonly isDeployed: boolean;
  readonly changes: readonly Change[];
}

/** `tailrace diff` */
export const diffCommand: Command = {
  name: 'diff',
  summary: 'says before a deployment what it would replace, lose or ignore',
  about: [
    'Compares the synthesized templates with the deployed ones (CloudFormation GetTemplate), or with those of --against.\n' +
      'Names mappings whose replacement would fail with a 409, because the old mapping still has the consumer group; changes of\n' +
      'topics that CloudFormation accepts and the mapping ignores; data that would be deleted, or kept but no longer managed by\n' +
      'the stack; and permissions that a running mapping would lose. Says for each what to do instead.',
    'Credentials, Region and endpoint are those of the AWS SDK (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL).',
  ],
  options: {
    'cdk-out': { kind: 'text', valueName: 'FOLDER', summary: 'the assembly', byDefault: 'cdk.out' },
    stack: { kind: 'text', valueName: 'NAME', isList: true, summary: 'only this stack', byDefault: 'all' },
    against: {
      kind: 'text',
      valueName: 'PATH',
      summary: 'a template or an assembly to compare with, in place of the deployed stacks',
      byDefault: 'the deployed stacks',
    },
    json: { kind: 'flag', summary: 'prints one JSON document' },
  },
  examples: [
    ['npx cdk synth --quiet && npx tailrace diff && npx cdk deploy', 'deploys only if nothing would break'],
    ['npx tailrace diff --against old.out --json', 'compares two assemblies, without AWS'],
  ],
  exitCodes: { 0: 'nothing would break', 1: 'something would break' },
  async run(values, io) {
    const folder = (values['cdk-out'] as string | undefined) ?? 'cdk.out';
    const wanted = (values['stack'] as readonly string[] | undefined) ?? [];
    const stacks = wanted.length > 0 ? wanted : listStacks(folder);
    const diffs = await diffStacks(folder, stacks, values['against'] as string | undefined);
    print(diffs, values['json'] === true, io);
    return diffs.some(({ changes }) => changes.length > 0) ? exitCode.wrong : exitCode.ok;
  },
};

async function diffStacks(
  folder: string,
  stacks: readonly string[],
  against: string | undefined,
): Promise<readonly StackDiff[]> {
  const read = against === undefined ? await createReader() : (name: string) => readStackFiles(against, name);
  const diffs: StackDiff[] = [];
  for (const stack of stacks) {
    const next = await readStackFiles(folder, stack);
    const deployed = await read(stack);
    const changes = deployed === undefined ? [] : compareStacks(deployed, next);
    diffs.push({ stack, isDeployed: deployed !== undefined, changes });
  }
  return diffs;
}

async function createReader(): Promise<(name: string) => Promise<StackResources | undefined>> {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({});
  return (name) => readDeployedStack(client, name);
}

function print(diffs: readonly StackDiff[], isJson: boolean, { stdout }: CommandIo): void {
  if (isJson) {
    stdout.write(`${JSON.stringify(diffs, undefined, 2)}\n`);
    return;
  }
  const style = createStyle(stdout);
  for (const diff of diffs) stdout.write(`${toLines(diff, style).join('\n')}\n`);
}

function toLines({ stack, isDeployed, changes }: StackDiff, style: Style): readonly string[] {
  if (!isDeployed) return [`${style.strong(stack)}: not deployed yet, nothing can break`];
  if (changes.length === 0) return [`${style.strong(stack)}: ${style.good('nothing would break')}`];
  return [
    `${style.strong(stack)}: ${style.bad(`${changes.length} ${changes.length === 1 ? 'thing' : 'things'} would break`)}`,
    ...changes.flatMap(({ kind, resource, type, what, wayRound }) => [
      `  ${style.warn(kind)} ${resource} (${type})`,
      `    ${what}`,
      `    ${style.dim(`instead: ${wayRound}`)}`,
    ]),
  ];
}
