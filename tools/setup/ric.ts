// AWS's own runtime client for Node, with which the tests compare the local runtime. It is compiled on this machine (about a
// minute of CPU time, three with a cold network), so it is installed on demand into `.cache/ric`, from a lock file of its own
// that pins every package by its hash. Its own file, since a machine without a compiler can do without it.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../lock-file.ts';

/** What became of it: the absolute path of its entry file, or in one line what this machine lacks for it. */
export type Ric =
  | { readonly kind: 'ready'; readonly entry: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** How to install. */
export interface RicOptions {
  /** Told once if it has to be fetched and compiled, which takes minutes. Default: nobody. */
  readonly onProgress?: (message: string) => void;
  /** Ends an installation that is under way. */
  readonly signal?: AbortSignal;
  /** Where to; default `.cache/ric` of the project. */
  readonly folder?: string;
  /** Where compilers are looked for, and what npm is told; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** npm could not fetch or compile it although the tools for it are there. */
export class RicError extends Error {
  override readonly name = 'RicError';
  readonly code = 'RIC_FAILED';
}

const entryFile = join('node_modules', 'aws-lambda-ric', 'index.mjs');
const addonFile = join('node_modules', 'aws-lambda-ric', 'rapid-client.node');

/**
 * Finds the runtime client, or installs it once; processes that want it side by side wait for each other. A later call needs
 * no network.
 * @throws {RicError} `RIC_FAILED` when npm cannot fetch it, gets another content than the lock file names, or cannot compile it
 */
export async function ensureRic(options: RicOptions = {}): Promise<Ric> {
  const { signal, env = process.env } = options;
  const folder = options.folder ?? fileURLToPath(new URL('../../.cache/ric/', import.meta.url));
  const ready = { kind: 'ready', entry: join(folder, entryFile) } as const;
  const stamp = await toStamp();
  if (await isInstalled(folder, stamp)) return ready;

  const reason = await findMissing(env);
  if (reason !== undefined) return { kind: 'missing', reason };
  await mkdir(folder, { recursive: true });
  await withLock(`${folder.replace(/\/$/, '')}.lock`, signal, async () => {
    if (await isInstalled(folder, stamp)) return; // by another process, meanwhile
    options.onProgress?.(`fetching and compiling aws-lambda-ric into ${folder} (once, about three minutes)`);
    await install(folder, env, signal);
    await writeFile(join(folder, 'stamp'), stamp); // last, so it stands for all of it
  });
  return ready;
}

const listFolder = fileURLToPath(new URL('ric/', import.meta.url));

/** The addon speaks Node's stable interface, so it lives as long as its list and the machine's kind of CPU. */
async function toStamp(): Promise<string> {
  const lock = await readFile(join(listFolder, 'package-lock.json'));
  return `${process.platform} ${process.arch}\n${createHash('sha256').update(lock).digest('hex')}\n`;
}

async function isInstalled(folder: string, stamp: string): Promise<boolean> {
  const found = await readFile(join(folder, 'stamp'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found === stamp && (await isThere(join(folder, addonFile), constants.R_OK));
}

async function findMissing(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (process.platform !== 'linux')
    return `aws-lambda-ric cannot run here, got ${process.platform}, expected linux; its tests run there alone`;
  const missing: string[] = [];
  for (const program of ['npm', 'cmake', 'make', 'g++', 'python3', 'tar', 'xz']) {
    const folders = (env['PATH'] ?? '').split(delimiter);
    const found = await Promise.all(folders.map((folder) => isThere(join(folder, program), constants.X_OK)));
    if (!found.includes(true)) missing.push(program);
  }
  if (missing.length === 0) return undefined;
  const remedy = 'install them (Debian: apt install build-essential cmake python3 xz-utils)';
  return `aws-lambda-ric cannot be compiled here, missing ${missing.join(', ')}; ${remedy}`;
}

async function isThere(path: string, mode: number): Promise<boolean> {
  return await access(path, mode).then(
    () => true,
    () => false,
  );
}

async function install(
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  await rm(folder, { recursive: true, force: true }); // another version, or what an interrupted build left
  await mkdir(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(join(listFolder, name), join(folder, name));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts=false'];
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-factor=2'];
  const text = await new Promise<string | undefined>((resolve) => {
    const options = { cwd: folder, env, signal, maxBuffer: 16_777_216 };
    execFile('npm', ['ci', ...quiet, ...patience], options, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stderr}${stdout}` || error.message);
    });
  });
  if (text === undefined) return;
  signal?.throwIfAborted();
  throw new RicError(
    `aws-lambda-ric could not be installed, got ${firstErrors(text)}; check the network and the compiler`,
  );
}

/** npm says which step failed first, the compiler's own words may follow a long way below. */
function firstErrors(text: string): string {
  const lines = text.split('\n').filter((line) => /\berror\b/i.test(line));
  return (lines.length > 0 ? lines : text.trim().split('\n')).slice(0, 3).join(' ').trim();
}
