// The functions run on arm64, this machine often does not: npm installs the lz4 addon of the machine it runs on, so the
// one that ships in a function's asset is fetched here, once. Plain JavaScript without dependencies, because it runs
// before (and under an older Node than) everything else in the project.

import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const addonPackage = '@antoniomuso/lz4-napi-linux-arm64-gnu';
const addonFile = 'lz4-napi.linux-arm64-gnu.node';
const aarch64 = 183; // e_machine of an ELF file, https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html

/** The arm64 addon could not be fetched, or is not the one that package-lock.json names. */
class AddonError extends Error {
  /** @param {string} message @param {unknown} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.name = 'AddonError';
    this.code = 'LAMBDA_ADDON_UNAVAILABLE';
  }
}

/**
 * Makes `<root>/.cache/lambda-arm64/node_modules/@antoniomuso/lz4-napi-linux-arm64-gnu` the version and the content that
 * `<root>/package-lock.json` names, fetching it with npm when it is not there yet.
 *
 * A second call needs no network and takes milliseconds. Calls side by side are safe: each fetches into a folder of its
 * own, which takes its place in one step.
 *
 * @param {string} root the project's folder
 * @param {{ onFetch?: (message: string) => void }} [options] `onFetch` is told, before it starts, that a download follows
 * @returns {Promise<{ addonPath: string, fetched: boolean }>}
 * @throws {AddonError} `LAMBDA_ADDON_UNAVAILABLE`
 */
export async function ensureLambdaAddon(root, { onFetch } = {}) {
  const wanted = await readWanted(root);
  const place = join(root, '.cache', 'lambda-arm64');
  const addonPath = join(place, 'node_modules', addonPackage, addonFile);
  if ((await problemOf(place, wanted)) === undefined) return { addonPath, fetched: false };

  onFetch?.(`fetching ${addonPackage} ${wanted.version} for the functions' arm64`);
  const attempt = `${place}.${process.pid}`;
  try {
    await fetchInto(attempt, wanted);
    const problem = await problemOf(attempt, wanted);
    if (problem !== undefined) throw new AddonError(`${problem}; delete .cache and run npm ci again`);
    await rm(place, { recursive: true, force: true });
    await rename(attempt, place);
  } catch (error) {
    // Another run may have put the same addon in place between our rm and our rename.
    if ((await problemOf(place, wanted)) !== undefined) throw error;
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
  return { addonPath, fetched: true };
}

/** The addon's entry of the root lock file: its version, and the hash that npm checks the download against. */
async function readWanted(root) {
  const path = join(root, 'package-lock.json');
  const entry = JSON.parse(await readFile(path, 'utf8')).packages?.[`node_modules/${addonPackage}`];
  if (typeof entry?.version !== 'string' || typeof entry.integrity !== 'string') {
    throw new AddonError(
      `no version and integrity of ${addonPackage} in ${path}, expected both; restore package-lock.json`,
    );
  }
  return { version: entry.version, integrity: entry.integrity };
}

/** What is wrong with the addon in `place`, in words; undefined when it is the wanted one. */
async function problemOf(place, { version, integrity }) {
  const lock = await readFile(join(place, 'node_modules', '.package-lock.json'), 'utf8').catch(ignoreMissing);
  if (lock === undefined) return `no ${addonPackage} in ${place}`;
  const got = JSON.parse(lock).packages?.[`node_modules/${addonPackage}`];
  if (got?.version !== version || got.integrity !== integrity) {
    return `wrong ${addonPackage} in ${place}, got ${got?.version} ${got?.integrity}, expected ${version} ${integrity}`;
  }
  const machine = await readElfMachine(join(place, 'node_modules', addonPackage, addonFile));
  return machine === aarch64
    ? undefined
    : `wrong CPU of ${addonFile}, got ELF machine ${machine}, expected ${aarch64} (AArch64)`;
}

async function readElfMachine(path) {
  const file = await open(path).catch(ignoreMissing);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    return bytesRead === 20 && buffer.readUInt32BE(0) === 0x7f454c46 ? buffer.readUInt16LE(18) : undefined;
  } finally {
    await file.close();
  }
}

/** A one-package project with its own lock file, so that npm itself refuses a download of another content. */
async function fetchInto(folder, { version, integrity }) {
  const project = {
    name: 'lambda-arm64',
    version: '1.0.0',
    private: true,
    dependencies: { [addonPackage]: version },
  };
  const lock = {
    name: project.name,
    version: project.version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': project,
      [`node_modules/${addonPackage}`]: { version, integrity, cpu: ['arm64'], os: ['linux'] },
    },
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const { code, output } = await runNpm(
    [
      ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      // npm ci compares an addon's CPU with the host's whatever --cpu says, and only --force lets it pass; the lock
      // file's hash is checked all the same (tried with npm 11.19).
      ['--force', '--os=linux', '--cpu=arm64', '--libc=glibc'],
      ['--prefer-offline', '--fetch-retry-mintimeout=1000', '--fetch-retry-factor=2'],
    ].flat(),
    folder,
  );
  if (code === 0) return;
  throw new AddonError(
    `npm could not fetch ${addonPackage} ${version}, exit code ${code}; ` +
      `check the network connection and run the command again\n${firstLines(output)}`,
  );
}

/** Runs the npm that runs us, or else the one on the PATH. */
function runNpm(args, cwd) {
  const script = process.env['npm_execpath'];
  const isScript = script !== undefined && /npm-cli\.c?js$/.test(script);
  const [command, all] = isScript ? [process.execPath, [script, ...args]] : ['npm', args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: !isScript && process.platform === 'win32', // npm is a .cmd file there
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => reject(new AddonError(`npm could not be started; install npm`, error)));
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** npm says what is wrong first, and then much else. */
function firstLines(output) {
  return output.trim().split('\n').slice(0, 4).join('\n');
}

function ignoreMissing(error) {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  try {
    const { addonPath, fetched } = await ensureLambdaAddon(root, {
      onFetch: (message) => console.log(message),
    });
    console.log(`${fetched ? 'fetched' : 'already there'}: ${addonPath}`);
  } catch (error) {
    console.error(error instanceof AddonError ? error.message : error);
    process.exitCode = 1;
  }
}
