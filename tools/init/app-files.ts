// The files of a new app around its first consumer.

import { readFileSync } from 'node:fs';
import { consumerFolder, toVariable, type ConsumerPlan } from './consumer-files.ts';
import { toStackLines } from './stack-lines.ts';
import type { Dialect } from './project.ts';

interface Versions {
  readonly version: string;
  /** In this repository; the published package has the same under `config`. */
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
}

/** Texts by path. */
export function toAppFiles(plan: ConsumerPlan, dialect: Dialect): Readonly<Record<string, string>> {
  return {
    'package.json': toManifest(),
    'tsconfig.json': toTsconfig(),
    'cdk.json': `${JSON.stringify({ app: 'node app.ts', versionReporting: false }, undefined, 2)}\n`,
    '.gitignore': 'node_modules/\ncdk.out/\n.cache/\n',
    'app.ts': `import { App } from 'aws-cdk-lib';
import { ConsumersStack } from './stack.ts';

new ConsumersStack(new App(), 'Consumers');
`,
    'stack.ts': toStack(plan, dialect),
    '.vscode/launch.json': toLaunchJson(),
  };
}

function toManifest(): string {
  const file = new URL('../../package.json', import.meta.url);
  const {
    version,
    devDependencies,
    config = devDependencies,
  } = JSON.parse(readFileSync(file, 'utf8')) as Versions;
  const known = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, `^${config?.[name]}`]));
  const manifest = {
    name: 'consumers',
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: { test: 'node --test', typecheck: 'tsc', synth: 'cdk synth --quiet', dev: 'tailrace dev' },
    dependencies: { tailrace: `^${version}` },
    devDependencies: {
      ...known(['@types/node', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild']),
      'tailrace-cli': `^${version}`,
      ...known(['typescript']),
    },
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

/** Attaches to the function that `tailrace dev --inspect=9229` has started. */
function toLaunchJson(): string {
  const configuration = {
    name: 'Attach to the consumer',
    type: 'node',
    request: 'attach',
    port: 9229,
    restart: true,
    sourceMaps: true,
    resolveSourceMapLocations: ['${workspaceFolder}/**', '!**/node_modules/**'],
  };
  return `${JSON.stringify({ version: '0.2.0', configurations: [configuration] }, undefined, 2)}\n`;
}
