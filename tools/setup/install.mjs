// Makes this repository's folder ready to run: the packages that package-lock.json names, for this machine. That is `npm ci` and what
// npm cannot do: run on the Node that it is about to install, or else it leaves out the binaries that ask for it. Plain JavaScript
// without dependencies, because it runs before them and under any Node from 20.19 on.

import { spawn } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
 * Installs what is missing with `npm ci`, in `root` and nowhere else; does nothing when all is there.
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
    await runNpm(root, `node@${lock.packages['node_modules/node'].version}`);
    const still = await missingPackages(root, lock, node);
    if (still.length > 0)
      throw new InstallError(
        `npm ci left out ${still.join(', ')}, expected every package of package-lock.json; delete node_modules and run npm ci again`,
      );
  }
  // A synthesis would fetch it by itself; from here on nothing needs a network.
  if (!(await hasAddon(root))) {
    onProgress?.("fetching the lz4 addon for the functions' arm64; once");
    await run(node, ['--input-type=module', '--eval', fetchAddon], { cwd: root });
  }
  return node;
}

async function hasAddon(root) {
  const places = ['node_modules/.cache/tailrace/lambda-arm64', '.cache/lambda-arm64'];
  const found = await Promise.all(places.map((place) => isThere(join(root, place))));
  return found.includes(true);
}

const fetchAddon =
  "const { ensureLambdaAddon } = await import('./infra/function/lambda-addon.ts'); ensureLambdaAddon(process.cwd() + '/node_modules/lz4-napi');";

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

/**
 * Runs `npm ci` in `root` alone. As a member of somebody's workspaces npm would take their root for its own, and empty its
 * node_modules; and settings of the npm that runs this script may name one of those, too. Install scripts run whatever the
 * user's settings say: without them there is no Node.
 */
function runNpm(root, nodePackage) {
  const here = ['--workspaces=false', `--prefix=${root}`];
  const install = [
    'npm',
    'ci',
    ...here,
    '--ignore-scripts=false',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const command = install.map((word) => JSON.stringify(word)).join(' ');
  const env = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_config_(?:workspaces?|include_workspace_root|prefix|local_prefix|ignore_scripts)$/i.test(name),
  );
  return run('npm', ['exec', '--yes', '--workspaces=false', `--package=${nodePackage}`, '-c', command], {
    cwd: root,
    env: Object.fromEntries(env),
    shell: process.platform === 'win32',
  });
}

function run(file, args, options) {
  const name = file === 'npm' ? 'npm ci' : 'fetching the arm64 addon';
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', process.stderr, process.stderr], ...options });
    child.once('error', (error) =>
      reject(new InstallError(`${file} could not be started, got ${error.message}; install Node with npm`)),
    );
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new InstallError(
            `${name} failed with ${signal ?? `exit code ${code}`}, expected 0; its message is above`,
          ),
        );
    });
  });
}
