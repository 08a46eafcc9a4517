// `tailrace init`: a first app in an empty folder, or one more consumer in a CDK app. It writes new files only; a stack that is
// there already is changed on request, and gets lines added.

import { namePattern, topicPattern } from '../../lib/definition/define-consumer.ts';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { UsageError, type Command, type OptionValues } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { completeFiles, launchFiles, toAppFiles } from './app-files.ts';
import { consumerFolder, toConsumerFiles, type ConsumerPlan } from './consumer-files.ts';
import { readProject, type Project } from './project.ts';
import { insertLines, toStackLines } from './stack-lines.ts';

/** The command's data. */
export const initCommand: Command = {
  name: 'init',
  summary: 'creates a small CDK app with one consumer, or adds a consumer to the CDK app in this folder',
  about: [
    'In an empty folder, writes a CDK app with one consumer, its test, its memory.json, and a launch.json for the debugger. ' +
      'In a CDK app, writes a consumer and its test, and prints the lines to add to the stack. No file is overwritten. If npm has ' +
      'already written a package.json, init adds to it.',
  ],
  optionalArgument: { name: 'consumer', summary: "the consumer's name (default orders)" },
  options: {
    topic: {
      kind: 'text',
      valueName: 'TOPIC',
      summary: 'the topic that the consumer reads',
      byDefault: "the consumer's name",
    },
    'from-sqs': {
      kind: 'text',
      valueName: 'FILE',
      summary: 'runs the SQS handler that this file exports, unchanged, on Kafka records',
    },
    write: { kind: 'flag', summary: 'adds the lines to the stack, if the app has exactly one stack' },
    'dry-run': { kind: 'flag', summary: 'shows what would be written, and writes nothing' },
  },
  examples: [
    ['npx tailrace init', 'a new app, in an empty folder'],
    ['npx tailrace init payments --write', 'one more consumer, in a CDK app'],
    ['npx tailrace init mails --from-sqs src/worker.ts', 'a consumer that calls an existing SQS handler'],
  ],
  async run(values, { stdout }) {
    const folder = process.cwd();
    const plan = toPlan(values, folder);
    const project = readProject(folder);
    const files = {
      ...(project.kind === 'empty' && toAppFiles(plan, project.dialect)),
      ...toLaunchFiles(folder),
      ...toConsumerFiles(plan, project.dialect),
    };
    refuseExisting(folder, Object.keys(files));
    const isInStack = project.kind === 'cdk' && values['write'] === true;
    const completed =
      project.kind === 'empty'
        ? completeFiles(readIfThere(folder, 'package.json'), readIfThere(folder, '.gitignore'))
        : {};
    const edits = isInStack ? toEdit(folder, project, plan) : completed;
    const isDry = values['dry-run'] === true;
    for (const [file, text] of Object.entries({ ...files, ...edits })) {
      const [would, did] = existsSync(join(folder, file)) ? ['add', 'added'] : ['write', 'wrote'];
      if (!isDry) writeFile(join(folder, file), text);
      const what = isDry ? `would ${would}` : did;
      stdout.write(`${what} ${would === 'add' ? 'lines to ' : ''}${file}\n`);
    }
    stdout.write(`\n${toNextSteps(project, plan, isInStack).join('\n')}\n`);
    return exitCode.ok;
  },
};

function toPlan(values: OptionValues, folder: string): ConsumerPlan {
  const name = (values['consumer'] as string | undefined) ?? 'orders';
  if (!namePattern.test(name))
    throw new UsageError(
      `<consumer> is not a valid name, got ${JSON.stringify(name)}, expected a lower-case letter, then lower-case letters, digits and hyphens, at most 40 characters`,
    );
  const topic = (values['topic'] as string | undefined) ?? name;
  if (!topicPattern.test(topic))
    throw new UsageError(
      `--topic is not a valid topic name, got ${JSON.stringify(topic)}, expected 2..249 characters a-z A-Z 0-9 . _ -`,
    );
  const file = values['from-sqs'] as string | undefined;
  if (file === undefined) return { name, topic };
  if (!existsSync(join(folder, file)))
    throw new UsageError(`--from-sqs does not exist, got ${file}, expected a file that exports \`handler\``);
  const path = relative(join(folder, consumerFolder({ name, topic })), join(folder, file))
    .split(sep)
    .join(posix.sep);
  return { name, topic, sqsHandler: path.slice(0, -extname(path).length) };
}

function readIfThere(folder: string, file: string): string | undefined {
  return existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined;
}

/** The debugger's configuration, unless the app has one. */
function toLaunchFiles(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(launchFiles()).filter(([file]) => !existsSync(join(folder, file))),
  );
}

function refuseExisting(folder: string, files: readonly string[]): void {
  const there = files.filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    throw new UsageError(
      `init does not overwrite files, got ${there.join(', ')}, expected none of these to exist; choose another name`,
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
      `--write needs exactly one file with a stack, got ${stackFiles.join(', ') || 'none'}; leave --write out and add the lines yourself`,
    );
  const text = insertLines(readFileSync(join(folder, file), 'utf8'), toStackLines(plan, dialect, file));
  if (text === undefined)
    throw new UsageError(
      `--write found no place for the lines in ${file}, expected a constructor that calls super(...); leave --write out and add the lines yourself`,
    );
  return { [file]: text };
}

function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function toNextSteps(project: Project, plan: ConsumerPlan, isInStack: boolean): readonly string[] {
  if (project.kind === 'empty') {
    return [
      'next:',
      '  npm install',
      '  npm test                 tests the consumer, without Kafka',
      '  npx tailrace dev         runs the consumer on a Kafka on this machine',
      `  npx tailrace send ${plan.name} ${consumerFolder(plan)}/sample.ndjson`,
      '                           sends it records, in a second terminal',
      '  npx cdk synth --quiet    checks what would be deployed',
    ];
  }
  const { missing, stackFiles, dialect } = project;
  const runtime = missing.filter((name) => name === 'tailrace');
  const tools = missing.filter((name) => name !== 'tailrace');
  const file = stackFiles[0] ?? `lib/stack.${dialect.language}`;
  const { imports, statement } = toStackLines(plan, dialect, file);
  return [
    ...(isInStack
      ? []
      : [`add to the stack, here for ${file}:`, '', ...imports, '', `    ${statement.join('\n')}`, '']),
    'next:',
    ...(runtime.length > 0 ? [`  npm install ${runtime.join(' ')}`] : []),
    ...(tools.length > 0 ? [`  npm install --save-dev ${tools.join(' ')}`] : []),
    '  npm test',
    '  npx tailrace dev         in a second terminal:',
    `  npx tailrace send ${plan.name} ${consumerFolder(plan)}/sample.ndjson`,
  ];
}
