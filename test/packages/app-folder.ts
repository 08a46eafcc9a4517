// A user's folder: an app as `cdk init` makes it, with the packed packages installed by npm and nothing linked. Apps of other
// kinds stand in folders below it, so that one installation serves them all.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, packTarballs, type Tarballs } from './tarballs.ts';

/** The folders of an installation. */
export interface AppFolder {
  readonly tarballs: Tarballs;
  /** The app that `cdk init app --language typescript` made. */
  readonly app: string;
  /** Node executables by major version. */
  readonly nodes: Readonly<Record<20 | 22 | 24, string>>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const testRunner = 'vitest@4.1.12';

/** Makes an app and installs the packages, the test runners and two older Nodes. */
export async function installApp(): Promise<AppFolder> {
  const tarballs = await packTarballs();
  const app = join(tarballs.folder, 'app');
  mkdirSync(app);
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
  succeed(app, process.execPath, [cdk, 'init', 'app', '--language', 'typescript', '--generate-only']);
  const packages = [tarballs.runtime.tarball, tarballs.commandLine.tarball, testRunner, 'lz4-napi@2.10.0'];
  npm(['install', ...packages], app);
  return { tarballs, app, nodes: installNodes(join(tarballs.folder, 'nodes')) };
}

function installNodes(folder: string): AppFolder['nodes'] {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  npm(['install', ...[20, 22].map((major) => `node${major}@npm:${platform}@${major}`)], folder);
  const nodeOf = (major: number): string => join(folder, `node_modules/node${major}/bin/node`);
  return { 20: nodeOf(20), 22: nodeOf(22), 24: process.execPath };
}

/** Writes files below a folder, whose names may have folders in them. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Packages that an installed one needs, itself among them, and the bytes of their files; peers that only some users have are none. */
export function measureTree(
  app: string,
  name: string,
): { readonly packages: readonly string[]; readonly bytes: number } {
  const folders = new Map<string, number>();
  const visit = (each: string, from: string): void => {
    const nested = join(from, 'node_modules', each);
    const folder = existsSync(nested) ? nested : join(app, 'node_modules', each);
    if (folders.has(folder)) return;
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const sizes = files.map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    folders.set(
      folder,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly dependencies?: object;
    };
    for (const needed of Object.keys(dependencies)) visit(needed, folder);
  };
  visit(name, app);
  return { packages: [...folders.keys()], bytes: [...folders.values()].reduce((sum, size) => sum + size, 0) };
}

interface TemplateJson {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties: { readonly Code: { readonly S3Key: string } } }
    >
  >;
}

/** The folders of the functions' assets, by the start of their logical ids. */
export function readAssets(cdkOut: string, stack: string): ReadonlyMap<string, string> {
  const file = join(cdkOut, `${stack}.template.json`);
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as TemplateJson;
  return new Map(
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id, { Properties }]) => [
        id.replace(/[\dA-F]{8}$/, ''),
        join(cdkOut, `asset.${Properties.Code.S3Key.replace('.zip', '')}`),
      ]),
  );
}

/** Calls the handler of an asset in a folder of its own, as in Lambda's /var/task; gives the answer. `modules` has `call.ts`. */
export function callAsset(
  asset: string,
  { modules, installed }: { readonly modules: string; readonly installed: AppFolder },
): unknown {
  const folder = join(installed.tarballs.folder, 'task', basename(asset));
  cpSync(asset, folder, { recursive: true });
  const file = readdirSync(folder).find((name) => /^index\.m?js$/.test(name)) ?? '';
  const said = succeed(modules, process.execPath, ['call.ts', join(folder, file)]);
  return JSON.parse(said.split('\n').at(-1) ?? '');
}

/** How a program ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a program as in a user's shell: nothing of this repository is on its PATH or in its environment. */
export function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: realpathSync(cwd),
    encoding: 'utf8',
    env: { ...toUserEnvironment(), ...env },
    timeout: 120_000,
    maxBuffer: 16_777_216,
  });
  return { status, stdout, output: `${stdout}${stderr}${error?.message ?? ''}` };
}

/** The environment of a user's shell, with this process's Node first. */
export function toUserEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.includes('node_modules'));
  // Package managers tell their children of the project they run in, which is not the user's.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|NODE_|AWS_|TAILRACE_|INIT_CWD)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    PATH: [dirname(process.execPath), ...path].join(delimiter),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}

/** Runs a program that must end with 0; gives its standard output. */
export function succeed(...args: Parameters<typeof run>): string {
  const { status, stdout, output } = run(...args);
  if (status !== 0) throw new Error(`${args[1]} ${args[2].join(' ')} ended with ${status}:\n${output}`);
  return stdout;
}
