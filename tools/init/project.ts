// The folder that `init` is run in: an empty one, or a CDK app, and how its files are written.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command.ts';

/** How the files of a project import one another, and what tests them. */
export interface Dialect {
  readonly language: 'ts' | 'js';
  readonly modules: 'esm' | 'cjs';
  /** What ends the path of a relative import. */
  readonly extension: '.ts' | '.js' | '';
  readonly testRunner: 'node' | 'jest' | 'vitest';
}

/** What is in the folder. */
export type Project =
  | {
      /** Nothing that a person has written; npm may have made a package.json, and git its own. */
      readonly kind: 'empty';
      readonly dialect: Dialect;
    }
  | {
      readonly kind: 'cdk';
      readonly dialect: Dialect;
      /** Of the packages that a consumer takes, those that package.json does not name. */
      readonly missing: readonly string[];
      /** Files below the folder that hold a class of a stack, relative. */
      readonly stackFiles: readonly string[];
    };

/** What of a package.json is read here. */
export interface Manifest {
  readonly type?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** @throws UsageError `USAGE` for a project that is no CDK app */
export function readProject(folder: string): Project {
  const hasManifest = existsSync(join(folder, 'package.json'));
  if (!existsSync(join(folder, 'cdk.json')) && isUnwritten(folder))
    return {
      kind: 'empty',
      dialect: { language: 'ts', modules: 'esm', extension: '.ts', testRunner: 'node' },
    };
  if (!hasManifest || !existsSync(join(folder, 'cdk.json'))) {
    const [got, expected] = hasManifest ? ['package.json', 'cdk.json'] : ['cdk.json', 'package.json'];
    throw new UsageError(
      `no CDK app in ${folder}, got ${got} without ${expected}, expected both or neither; ` +
        'run init in an empty folder or in the folder of the app',
    );
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const named = { ...manifest.dependencies, ...manifest.devDependencies };
  const { app = '' } = JSON.parse(readFileSync(join(folder, 'cdk.json'), 'utf8')) as {
    readonly app?: string;
  };
  const modules = manifest.type === 'module' ? 'esm' : 'cjs';
  const isJavaScript =
    /^node\b[^&|]*\.[cm]?js\b/.test(app.trim()) && !existsSync(join(folder, 'tsconfig.json'));
  const language = isJavaScript ? 'js' : 'ts';
  return {
    kind: 'cdk',
    dialect: {
      language,
      modules,
      extension: toExtension(modules, app),
      testRunner: toTestRunner(manifest.scripts?.['test'] ?? '', named),
    },
    missing: ['tailrace', 'tailrace-cli', 'esbuild'].filter((name) => !(name in named)),
    stackFiles: findStacks(folder, language),
  };
}

/** What npm, git and hosts of repositories make in a folder before anybody writes a line. */
const made =
  /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|node_modules|README(?:\.md)?|LICENSE(?:\.md|\.txt)?|\..*)$/i;

function isUnwritten(folder: string): boolean {
  return readdirSync(folder).every((name) => made.test(name));
}

/** Node's own type stripping takes the names of the files; tsx and ts-node take those that tsc would write. */
function toExtension(modules: Dialect['modules'], app: string): Dialect['extension'] {
  if (/^node\b[^&|]*\.m?ts\b/.test(app.trim())) return '.ts';
  return modules === 'esm' ? '.js' : '';
}

/** What `npm test` runs, or else what is installed. */
function toTestRunner(script: string, named: object): Dialect['testRunner'] {
  const first = (['jest', 'vitest'] as const).find((name) => new RegExp(`\\b${name}\\b`).test(script));
  if (first !== undefined) return first;
  if ('vitest' in named) return 'vitest';
  return 'jest' in named ? 'jest' : 'node';
}

function findStacks(folder: string, language: Dialect['language']): readonly string[] {
  const isSource = language === 'js' ? /\.[cm]?js$/ : /(?<!\.d)\.m?ts$/;
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(?:node_modules|cdk\.out|dist|test|\..*)$/.test(entry.name))
    .flatMap(({ name }) =>
      readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).map((file) => join(name, file)),
    )
    .concat(readdirSync(folder))
    .filter((file) => isSource.test(file) && !file.includes('node_modules'))
    .filter((file) => /\bextends\s+(?:\w+\.)?Stack\b/.test(readFileSync(join(folder, file), 'utf8')))
    .toSorted();
}
