// npm installs the lz4 addon of the machine it runs on, and the functions run on another: this finds the addon for them, or
// fetches it once. Synchronous, as all of a synthesis is.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shortenStack } from '../../lib/definition/shorten-stack.ts';
import { lambdaCpus, type CpuNames, type LambdaCpu } from './lambda-cpu.ts';

/** The addon for the function's CPU is not installed and cannot be fetched. */
export class AddonFetchError extends Error {
  override readonly name = 'AddonFetchError';
  readonly code = 'LAMBDA_ADDON_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    shortenStack(this);
  }
}

/**
 * The folder of the addon for a CPU that belongs to an installed `lz4-napi`: beside it, where an earlier call has put it, or
 * fetched now with npm, of the content that the project's package-lock.json names where there is one.
 *
 * @throws AddonFetchError `LAMBDA_ADDON_UNAVAILABLE`
 */
export function ensureLambdaAddon(loaderFolder: string, name: LambdaCpu = 'arm64'): string {
  const cpu = lambdaCpus[name];
  const { version } = readJson(join(loaderFolder, 'package.json')) as { readonly version: string };
  const modules = dirname(loaderFolder); // the node_modules that lz4-napi is in
  const project = dirname(modules);
  const cache = join(modules, '.cache', 'tailrace', `lambda-${name}`);
  for (const place of [modules, join(project, '.cache', `lambda-${name}`, 'node_modules')]) {
    const folder = join(place, cpu.addonPackage);
    if (isInstalled(folder, cpu, version)) return folder;
  }
  const cached = join(cache, 'node_modules', cpu.addonPackage);
  if (!isInstalled(cached, cpu, version)) fetchInto(cache, cpu, { version, project });
  return cached;
}

function isInstalled(folder: string, { addonFile }: CpuNames, version: string): boolean {
  const manifest = join(folder, 'package.json');
  return (
    existsSync(join(folder, addonFile)) && (readJson(manifest) as { version: string }).version === version
  );
}

/** Installs into a folder of its own first, so that two syntheses side by side do not see each other's half. */
function fetchInto(
  cache: string,
  cpu: CpuNames,
  { version, project }: { readonly version: string; readonly project: string },
): void {
  const { addonPackage } = cpu;
  const attempt = `${cache}.${process.pid}`;
  try {
    mkdirSync(attempt, { recursive: true });
    const hasLock = writeProject(attempt, { addonPackage, version, project });
    const { status, output } = runNpm(attempt, cpu, { command: hasLock ? 'ci' : 'install', project });
    if (status !== 0 || !isInstalled(join(attempt, 'node_modules', addonPackage), cpu, version)) {
      throw new AddonFetchError(
        `${addonPackage} ${version} cannot be fetched, got ${status === 0 ? 'no such file' : `exit code ${status}`} from npm, ` +
          `expected the addon for Lambda's ${cpu.npmCpu}; check the network and synthesize again\n${output}`,
      );
    }
    rmSync(cache, { recursive: true, force: true });
    renameSync(attempt, cache);
  } finally {
    rmSync(attempt, { recursive: true, force: true });
  }
}

/** A project with this one package; true when npm can check its content against the lock file of the user's project. */
function writeProject(
  folder: string,
  { addonPackage, version, project }: Readonly<Record<'addonPackage' | 'version' | 'project', string>>,
): boolean {
  const root = { name: 'lambda-addon', version: '1.0.0', private: true };
  const manifest = { ...root, dependencies: { [addonPackage]: version } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const place = `node_modules/${addonPackage}`;
  const lockFile = join(project, 'package-lock.json');
  const known = existsSync(lockFile)
    ? (readJson(lockFile) as { packages?: Record<string, { version?: string; integrity?: string }> })
        .packages?.[place]
    : undefined;
  if (known?.version !== version || known.integrity === undefined) return false;
  const packages = { '': manifest, [place]: { version, integrity: known.integrity, optional: false } };
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }),
  );
  return true;
}

function runNpm(
  folder: string,
  { npmCpu }: CpuNames,
  { command, project }: { readonly command: 'ci' | 'install'; readonly project: string },
): { readonly status: number | null; readonly output: string } {
  const settings = join(project, '.npmrc'); // a registry of the user's own
  const args = [
    [command, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'],
    // npm compares an addon's CPU with the host's whatever --cpu says, and only --force lets it pass (npm 11.19).
    ['--force', '--os=linux', `--cpu=${npmCpu}`, '--libc=glibc'],
    existsSync(settings) ? [`--globalconfig=${settings}`] : [],
  ].flat();
  const { status, stdout, stderr, error } = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a .cmd file there
  });
  const output = error?.message ?? `${stderr}${stdout}`.trim().split('\n').slice(0, 4).join('\n');
  return { status, output };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
