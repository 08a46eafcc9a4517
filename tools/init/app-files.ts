// The files of a new app around its first consumer.

import { readFileSync } from 'node:fs';
import { consumerFolder, toVariable, type ConsumerPlan } from './consumer-files.ts';
import { toStackLines } from './stack-lines.ts';
import type { Dialect, Manifest } from './project.ts';

interface Versions {
  readonly version: string;
  /** In this repository; the published package has the same under `config`. */
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
}

/** Texts by path. package.json and .gitignore are not among them: see {@link completeFiles}. */
export function toAppFiles(plan: ConsumerPlan, dialect: Dialect): Readonly<Record<string, string>> {
  return {
    'tsconfig.json': toTsconfig(),
    'cdk.json': `${JSON.stringify({ app: 'node app.ts', versionReporting: false }, undefined, 2)}\n`,
    'app.ts': `import { App } from 'aws-cdk-lib';
import { ConsumersStack } from './stack.ts';

new ConsumersStack(new App(), 'Consumers');
`,
    'stack.ts': toStack(plan, dialect),
  };
}

/**
 * The texts of package.json and .gitignore with what the app needs, by path. What stands there already, as after `npm install` or in
 * a new repository, stays; undefined stands for no such file.
 */
export function completeFiles(
  manifest: string | undefined,
  gitignore: string | undefined,
): Readonly<Record<string, string>> {
  const ignored = (gitignore ?? '').split('\n');
  const lines = ['node_modules/', 'cdk.out/', '.cache/', '.tailrace/'].filter(
    (line) => !ignored.some((each) => each.trim().replace(/\/$/, '') === line.replace(/\/$/, '')),
  );
  const before = gitignore === undefined || gitignore.endsWith('\n') ? gitignore : `${gitignore}\n`;
  return {
    'package.json': toManifest(manifest === undefined ? {} : (JSON.parse(manifest) as Manifest)),
    ...(lines.length > 0 && { '.gitignore': `${before ?? ''}${lines.join('\n')}\n` }),
  };
}

/** What `npm init` writes for a test. */
const noTest = /no test specified/;

function toManifest(there: Manifest): string {
  const file = new URL('../../package.json', import.meta.url);
  const {
    version,
    devDependencies,
    config = devDependencies,
  } = JSON.parse(readFileSync(file, 'utf8')) as Versions;
  const known = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, `^${config?.[name]}`]));
  const { scripts = {}, dependencies, devDependencies: tools } = there;
  const own = Object.fromEntries(Object.entries(scripts).filter(([, script]) => !noTest.test(script)));
  const needed = {
    ...known(['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild']),
    'tailrace-cli': `^${version}`,
    ...known(['typescript']),
  };
  const isElsewhere = ([name]: readonly [string, string]): boolean => dependencies?.[name] !== undefined;
  const manifest = {
    name: 'consumers',
    private: true,
    engines: { node: '>=22.18' },
    ...there,
    type: 'module',
    scripts: {
      test: 'node --test',
      typecheck: 'tsc',
      synth: 'cdk synth --quiet',
      dev: 'tailrace dev',
      ...own,
    },
    dependencies: { ...(tools?.['tailrace'] === undefined && { tailrace: `^${version}` }), ...dependencies },
    devDependencies: {
      ...Object.fromEntries(Object.entries(needed).filter((each) => !isElsewhere(each))),
      ...tools,
    },
    // npm asks before it lets a package install itself: the bundler, and the database behind the local DynamoDB.
    allowScripts: { esbuild: true, 'classic-level': true, ...there.allowScripts },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function toTsconfig(): string {
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  };
  return `${JSON.stringify({ compilerOptions, exclude: ['cdk.out'] }, undefined, 2)}\n`;
}

function toStack(plan: ConsumerPlan, dialect: Dialect): string {
  const { imports, statement } = toStackLines(plan, dialect, 'stack.ts');
  return `import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
${imports.join('\n')}

/** The function of ${consumerFolder(plan)}, the mapping that feeds it, and what they may do. */
export class ConsumersStack extends Stack {
  readonly ${toVariable(plan.name)}: KafkaConsumer;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.${toVariable(plan.name)} = ${statement.join('\n')}
  }
}
`;
}

/** For VS Code; attaches to the function that `tailrace dev --inspect 9229` has started. */
export function launchFiles(): Readonly<Record<string, string>> {
  const configuration = {
    name: 'Attach to the consumer',
    type: 'node',
    request: 'attach',
    port: 9229,
    restart: true,
    sourceMaps: true,
    // A function that was replaced runs from the folder for temporary files.
    resolveSourceMapLocations: ['**', '!**/node_modules/**'],
  };
  const text = JSON.stringify({ version: '0.2.0', configurations: [configuration] }, undefined, 2);
  return { '.vscode/launch.json': `${text}\n` };
}
