// Tools from PyPI: the local AWS that `tailrace deploy-local` uses, and the linters of templates. Each one has a virtual
// environment of its own, installed once from a list that pins every package by its hash. Its own file,
// since all of this may be missing on a machine that has no Python.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../lock-file.ts';
import { fetchedFolder } from './user-cache.ts';

/** A tool with a list of requirements in `tools/setup/python/<name>.txt`; its program has the same name. */
export type PythonToolName = 'ministack' | 'cfn-lint' | 'checkov';

/** What became of a tool: its program's absolute path, or in one line what this machine lacks for it. */
export type PythonTool =
  | { readonly kind: 'ready'; readonly program: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** How to install. */
export interface PythonToolOptions {
  /** Told once if something has to be fetched, which takes up to two minutes. Default: nobody. */
  readonly onProgress?: (message: string) => void;
  /** Ends a fetch that is under way. */
  readonly signal?: AbortSignal;
  /** Folder of all tools; default `python` in {@link fetchedFolder}. */
  readonly folder?: string;
  /** Folder of the lists, `<name>.txt`; default `tools/setup/python`. */
  readonly requirementsFolder?: string;
  /** Where `python3` is looked for, and what pip is told; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** pip could not install a tool although Python is there. */
export class PythonToolError extends Error {
  override readonly name = 'PythonToolError';
  readonly code = 'PYTHON_TOOL_FAILED';
}

/** Least version of Python that the requirements are resolved for. */
const leastPythonVersion = '3.11' as const;

/**
 * Finds a tool, or installs it once; processes that want the same one wait for each other. A later call needs no network.
 * @throws {PythonToolError} `PYTHON_TOOL_FAILED` when pip cannot fetch it, or gets another content than the list names
 */
export async function ensurePythonTool(
  name: PythonToolName,
  options: PythonToolOptions = {},
): Promise<PythonTool> {
  const { signal, env = process.env } = options;
  const tools = options.folder ?? join(fetchedFolder(), 'python');
  const lists = options.requirementsFolder ?? fileURLToPath(new URL('python/', import.meta.url));
  const requirements = join(lists, `${name}.txt`);
  const folder = join(tools, name);
  const program = join(folder, 'bin', name);
  const stamp = await toStamp(folder, requirements);
  if (await isInstalled(folder, stamp)) return { kind: 'ready', program };

  const reason = await findMissing(name, env);
  if (reason !== undefined) return { kind: 'missing', reason };
  await mkdir(tools, { recursive: true });
  await withLock(`${folder}.lock`, signal, async () => {
    if (await isInstalled(folder, stamp)) return; // by another process, meanwhile
    options.onProgress?.(`fetching ${name} with pip into ${folder} (once)`);
    await install({ name, folder, requirements, env, signal });
    await writeFile(join(folder, 'stamp'), stamp); // last, so it stands for all of it
  });
  return { kind: 'ready', program };
}

/** The folder is part of it, because the programs of a virtual environment begin with its absolute path. */
async function toStamp(folder: string, requirements: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(requirements));
  return `${folder}\n${hash.digest('hex')}\n`;
}

async function isInstalled(folder: string, stamp: string): Promise<boolean> {
  const found = await readFile(join(folder, 'stamp'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== stamp) return false;
  // Its Python is a link to the machine's own, which may be gone since.
  return (await run(join(folder, 'bin', 'python'), ['--version'], {})).ok;
}

async function findMissing(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const remedy = `install Python ${leastPythonVersion} or later with pip and venv (Debian: apt install python3-venv)`;
  const lacks = (what: string): string => `${name} cannot run here, ${what}; ${remedy}`;
  // Debian leaves ensurepip out of Python's own package; the version is printed even then.
  const question =
    'import sys; print("version %d.%d" % sys.version_info[:2], flush=True); import ensurepip, venv';
  const { ok, text } = await run('python3', ['-c', question], { env });
  const version = /version (\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined) return lacks('missing python3');
  if (compareVersions(version, leastPythonVersion) < 0) return lacks(`python3 is version ${version}`);
  return ok ? undefined : lacks('missing venv and ensurepip of python3');
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

interface Installation {
  readonly name: string;
  readonly folder: string;
  readonly requirements: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
}

async function install({ name, folder, requirements, env, signal }: Installation): Promise<void> {
  await rm(folder, { recursive: true, force: true }); // another version, or what an interrupted fetch left
  const made = await run('python3', ['-m', 'venv', folder], { env, signal });
  // Only wheels: a source package would run its own build here. No byte code: most of it would never be used.
  const flags = ['--require-hashes', '--only-binary', ':all:', '--no-deps', '--no-compile'];
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const pip = ['-m', 'pip', 'install', ...flags, ...quiet, '--requirement', requirements];
  const done = made.ok ? await run(join(folder, 'bin', 'python'), pip, { env, signal }) : made;
  if (done.ok) return;
  signal?.throwIfAborted();
  throw new PythonToolError(
    `${name} could not be installed, got ${lastLines(done.text)}; check the network and pip's configuration`,
  );
}

/** pip says what is wrong last. */
function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ');
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<{ readonly ok: boolean; readonly text: string }> {
  return await new Promise((resolve) => {
    execFile(program, args, { ...options, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, text: `${stdout}${stderr}` || (error?.message ?? '') });
    });
  });
}
