// `tailrace init`: a first app in an empty folder, or one more consumer in a CDK app. It writes new files only; a stack that is
// there already is changed on request, and gets lines added.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { UsageError, type Command, type OptionValues } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { toAppFiles } from './app-files.ts';
import { consumerFolder, toConsumerFiles, type ConsumerPlan } from './consumer-files.ts';
import { readProject, type Project } from './project.ts';
import { insertLines, toStackLines } from './stack-lines.ts';

/** The command's data. */
export const initCommand: Command = {
  name: 'init',
  summary: 'makes a small CDK app with one consumer, or adds a consumer to the CDK app that is here',
  about: [
    'In an empty folder: a CDK app with one consumer, its test, its memory.json and a debugger’s launch.json. ' +
      'In a CDK app: a consumer, its test, and the lines that belong into the stack. No file is overwritten.',
  ],
  options: {
    consumer: { kind: 'text', valueName: 'NAME', summary: "the consumer's name", byDefault: 'orders' },
    topic: {
      kind: 'text',
      valueName: 'TOPIC',
      summary: 'the topic that it reads',
      byDefault: "the consumer's name",
    },
    'from-sqs': {
      kind: 'text',
      valueName: 'FILE',
      summary: 'runs the SQS handler that this file exports, as it is, on Kafka records',
    },
    write: { kind: 'flag', summary: 'adds the lines to the stack, where the app has one stack' },
    'dry-run': { kind: 'flag', summary: 'says what would be written, and writes nothing' },
  },
  examples: [
    ['npx tailrace init', 'a first app, in an empty folder'],
    ['npx tailrace init --consumer payments --write', 'one more consumer, in a CDK app'],
    ['npx tailrace init --from-sqs src/worker.ts', 'a handler that reads SQS today'],
  ],
  async run(values, { stdout }) {
    const folder = process.cwd();
    const plan = toPlan(values, folder);
    const project = readProject(folder);
    const files = {
      ...(project.kind === 'empty' && toAppFiles(plan, project.dialect)),
      ...toConsumerFiles(plan, project.dialect),
    };
    refuseExisting(folder, Object.keys(files));
    const edit = project.kind === 'cdk' && values['write'] === true ? toEdit(folder, project, plan) : {};
    const isDry = values['dry-run'] === true;
    if (!isDry) writeFiles(folder, { ...files, ...edit });
    const verb = isDry ? 'would write' : 'wrote';
    for (const file of Object.keys(files)) stdout.write(`${verb} ${file}\n`);
    for (const file of Object.keys(edit))
      stdout.write(`${isDry ? 'would add lines to' : 'added lines to'} ${file}\n`);
    stdout.write(`\n${toNextSteps(project, plan, Object.keys(edit).length > 0).join('\n')}\n`);
    return exitCode.ok;
  },
};

function toPlan(values: OptionValues, folder: string): ConsumerPlan {
  const name = (values['consumer'] as string | undefined) ?? 'orders';
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name))
    throw new UsageError(
      `--consumer is no name of a consumer, got ${JSON.stringify(name)}, expected lower-case letters, digits and hyphens, at most 40`,
    );
  const topic = (values['topic'] as string | undefined) ?? name;
  if (!/^[^.\s][a-zA-Z0-9\-_.]{1,248}$/.test(topic))
    throw new UsageError(
      `--topic is no topic's name, got ${JSON.stringify(topic)}, expected 2..249 characters a-z A-Z 0-9 . _ -`,
    );
  const file = values['from-sqs'] as string | undefined;
  if (file === undefined) return { name, topic };
  if (!existsSync(join(folder, file)))
    throw new UsageError(`--from-sqs is no file, got ${file}, expected one that exports \`handler\``);
  const path = relative(join(folder, consumerFolder({ name, topic })), join(folder, file))
    .split(sep)
    .join(posix.sep);
  return { name, topic, sqsHandler: path.slice(0, -extname(path).length) };
}

function refuseExisting(folder: string, files: readonly string[]): void {
  const there = files.filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    throw new UsageError(
      `init overwrites nothing, got ${there.join(', ')} here already, expected none of them; choose another --consumer`,
    );
}

/** The stack's file with its new text. @throws UsageError `USAGE` where there is not one stack that can be told */
function toEdit(
  folder: string,
  { stackFiles, dialect }: Extract<Project, { kind: 'cdk' }>,
  plan: ConsumerPlan,
): Readonly<Record<string, string>> {
  const [file, ...others] = stackFiles;
  if (file === undefined || others.length > 0)
    throw new UsageError(
      `--write needs one stack, got ${stackFiles.join(', ') || 'none'}, expected one file; leave --write out and add the lines yourself`,
    );
  const text = insertLines(readFileSync(join(folder, file), 'utf8'), toStackLines(plan, dialect, file));
  if (text === undefined)
    throw new UsageError(
      `--write does not find its place in ${file}, got no constructor that calls super(...); leave --write out and add the lines yourself`,
    );
  return { [file]: text };
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

function toNextSteps(project: Project, plan: ConsumerPlan, isInStack: boolean): readonly string[] {
  if (project.kind === 'empty') {
    return [
      'next:',
      '  npm install',
      '  npm test                 the consumer, without Kafka',
      '  npx tailrace dev         the consumer on a Kafka on this machine',
      '  npx cdk synth --quiet    what would be deployed',
    ];
  }
  const { missing, stackFiles, dialect } = project;
  const runtime = missing.filter((name) => name === 'tailrace');
  const tools = missing.filter((name) => name !== 'tailrace');
  const file = stackFiles[0] ?? 'lib/stack.ts';
  const { imports, statement } = toStackLines(plan, dialect, file);
  return [
    ...(isInStack
      ? []
      : [`add to the stack, here for ${file}:`, '', ...imports, '', `    ${statement.join('\n')}`, '']),
    'next:',
    ...(runtime.length > 0 ? [`  npm install ${runtime.join(' ')}`] : []),
    ...(tools.length > 0 ? [`  npm install --save-dev ${tools.join(' ')}`] : []),
    '  npm test',
    '  npx tailrace dev',
  ];
}
