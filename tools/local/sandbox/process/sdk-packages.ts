// The AWS SDK as Lambda's Node runtimes bring it: assets leave it out, all of it. A function gets the packages that its code
// asks for, from the project around its asset, else from the tools' own, else from an installation that npm makes once.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { userCacheFolder } from '../../../setup/user-cache.ts';

/** How to provide. */
export interface SdkOptions {
  /** Told in one line of what npm fetches, and of what it cannot fetch. */
  readonly onNotice: (message: string) => void;
  /** Ends a fetch that is under way. */
  readonly signal?: AbortSignal;
  /** Folder of all installations. Default in the user's cache. */
  readonly cacheFolder?: string;
  /** What npm is told. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

const ownModule = import.meta.url;
const ownRequire = createRequire(ownModule);

/**
 * Makes what the code in `folders`, the asset first, takes from the SDK available; gives file URLs of modules that find it, in
 * the order in which they are to be asked.
 */
export async function provideSdk(
  folders: readonly string[],
  options: SdkOptions,
): Promise<readonly string[]> {
  const [assetPath = ''] = folders;
  const wanted = await findSdkImports(folders);
  const around = createRequire(join(assetPath, 'index.js'));
  const lacking = wanted.filter((name) => !isInstalled(around, name));
  if (lacking.every((name) => isInstalled(ownRequire, name))) return [ownModule];
  const dependencies = Object.fromEntries(lacking.map((name) => [name, toRange(name)]));
  const key = createHash('sha256').update(JSON.stringify(dependencies)).digest('hex').slice(0, 16);
  const folder = join(options.cacheFolder ?? join(userCacheFolder(), 'aws-sdk'), key);
  if (!existsSync(folder)) {
    options.onNotice(
      `fetching ${lacking.join(', ')} with npm into ${folder} (once), as Lambda's runtime has it`,
    );
    const problem = await install(folder, dependencies, options);
    if (options.signal?.aborted === true) return [ownModule];
    if (problem !== undefined) {
      options.onNotice(
        `${lacking.join(', ')} cannot be fetched, got ${problem}; check the network, or install it in the app: ` +
          `npm install --save-dev ${lacking.join(' ')}`,
      );
      return [ownModule];
    }
  }
  return [pathToFileURL(join(folder, 'index.js')).href, ownModule];
}

// As code says it, not as a bundled package says its own name.
const importPattern =
  /(?:require(?:\.resolve)?\(|\bfrom|\bimport\(?)\s*["'`](@(?:aws-sdk|smithy)\/[a-z0-9-]+)[/"'`]/g;

/** Names of the SDK's packages that the code in these folders imports, sorted. */
export async function findSdkImports(folders: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.[cm]?js$/.test(entry.name)) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
      for (const [, name = ''] of text.matchAll(importPattern)) names.add(name);
    }
  }
  return [...names].toSorted();
}

function isInstalled(from: NodeJS.Require, name: string): boolean {
  return from.resolve.paths(name)?.some((path) => existsSync(join(path, name, 'package.json'))) === true;
}

// The SDK's packages are released together, each at the versions at which it has changed: the newest one that is not newer
// than the tools' own fits them.
function toRange(name: string): string {
  if (!name.startsWith('@aws-sdk/')) return '*';
  const { version } = ownRequire('@aws-sdk/client-s3/package.json') as { readonly version: string };
  return `<=${version}`;
}

/** Installs into a folder that takes its place in one step; gives npm's first line when it fails. */
async function install(
  folder: string,
  dependencies: Readonly<Record<string, string>>,
  { signal, env = process.env }: SdkOptions,
): Promise<string | undefined> {
  const attempt = `${folder}.${process.pid}`;
  try {
    await mkdir(attempt, { recursive: true });
    await writeFile(join(attempt, 'package.json'), JSON.stringify({ private: true, dependencies }));
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const problem = await new Promise<string | undefined>((resolve) => {
      const settings = {
        cwd: attempt,
        env,
        signal,
        maxBuffer: 16_777_216,
        shell: process.platform === 'win32', // npm is a .cmd file there
      };
      execFile('npm', ['install', ...quiet], settings, (error, stdout, stderr) => {
        const [line = ''] = `${stderr}${stdout}`.trim().split('\n');
        resolve(error === null ? undefined : line || error.message);
      });
    });
    if (problem !== undefined) return problem;
    // Another run may have been quicker; its folder holds the same.
    if (!existsSync(folder)) await rename(attempt, folder);
    return undefined;
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
}
