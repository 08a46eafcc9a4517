// Makes the folder ready to run: the packages that package-lock.json names, for this machine, under the pinned Node.
// Plain JavaScript without dependencies, because it runs before them and under any Node from 20.19 on.

import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ensureLambdaAddon } from './addon.mjs';

/** The packages could not be installed. */
class InstallError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'InstallError';
    this.code = 'INSTALL_FAILED';
  }
}

/**
 * Installs what is missing with `npm ci`, and fetches the functions' arm64 addon; does nothing when all is there.
 *
 * @param {string} root the project's folder
 * @param {{ onProgress?: (message: string) => void }} [options] told, before it starts, of anything that takes time
 * @returns {Promise<string>} the path of the pinned Node
 * @throws {InstallError} `INSTALL_FAILED`
 */
export async function ensureInstalled(root, { onProgress } = {}) {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const missing = await missingPackages(root, lock, node);
  if (missing.length > 0) {
    const first = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', ...' : '');
    onProgress?.(`installing ${missing.length} packages with npm ci (${first}); once, about a minute`);
    // npm leaves out optional binaries whose package asks for a newer Node than the one npm runs on, so it runs on ours.
    await runNpm(root, `node@${lock.packages['node_modules/node'].version}`);
    const still = await missingPackages(root, lock, node);
    if (still.length > 0)
      throw new InstallError(
        `npm ci left out ${still.join(', ')}, expected every package of package-lock.json; delete node_modules and run npm ci again`,
      );
  }
  await ensureLambdaAddon(root, { onFetch: onProgress });
  return node;
}

/** Names what package-lock.json wants on this machine and node_modules has not, or has in another version. */
async function missingPackages(root, lock, node) {
  const installed = await readInstalled(root);
  const missing = [];
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '' || !isForThisMachine(wanted)) continue;
    if (installed[path]?.version !== wanted.version) missing.push(path.replace(/^.*node_modules\//, ''));
  }
  if (missing.length === 0 && !(await isThere(node))) missing.push('node');
  return missing;
}

/** What npm itself wrote down of its last install; nothing when there was none. */
async function readInstalled(root) {
  try {
    return (
      JSON.parse(await readFile(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages ?? {}
    );
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function isForThisMachine({ os, cpu, libc }) {
  return (
    allows(os, process.platform) &&
    allows(cpu, process.arch) &&
    (process.platform !== 'linux' || allows(libc, libcHere()))
  );
}

/** npm's rule: a list of names, or of names with `!` that are excluded; no list allows all. */
function allows(list, name) {
  if (!list || list.length === 0) return true;
  if (list.includes(`!${name}`)) return false;
  return list.includes(name) || list.every((each) => each.startsWith('!'));
}

function libcHere() {
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}

function isThere(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

function runNpm(root, nodePackage) {
  const args = [
    'exec',
    '--yes',
    `--package=${nodePackage}`,
    '-c',
    'npm ci --no-audit --no-fund --loglevel=error',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      shell: process.platform === 'win32',
    });
    child.once('error', (error) =>
      reject(new InstallError(`npm could not be started, got ${error.message}; install Node with npm`)),
    );
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new InstallError(
            `npm ci failed with ${signal ?? `exit code ${code}`}, expected 0; its message is above`,
          ),
        );
    });
  });
}
