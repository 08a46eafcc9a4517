#!/usr/bin/env node
// The `tailrace` command of the published package. Functions run on Lambda's Node 24, so the command line does too: under
// another Node this fetches that one, once, with npm. Plain JavaScript without dependencies, for any Node from 20.19 on.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const commandLine = join(packageFolder, 'tools', 'cli.js');
const { config, dependencies } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));

const platform = `${process.platform}-${process.arch}`;
const libc = process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';
const suffix = { linux: `-${libc}`, win32: '-msvc' }[process.platform] ?? '';
// The embedded broker. npm leaves it out under another Node than 24, since its package asks for that one.
const addonPackage = `kafka-crab-js-${platform}${suffix}`;
const addonFile = `kafka-crab-js.${platform}${suffix}.node`;
const nodePackage = `node-${platform.replace('win32', 'win')}`;

try {
  const needsNode = process.versions.node.split('.')[0] !== config.node.split('.')[0];
  const needsAddon = !isInstalled(addonPackage);
  if (!needsNode && !needsAddon) await import(pathToFileURL(commandLine).href);
  else await launch(needsNode, needsAddon);
} catch (error) {
  process.stderr.write(`tailrace: ${error.code === 'LAUNCH_FAILED' ? error.message : error.stack}\n`);
  process.exitCode = 3;
}

async function launch(needsNode, needsAddon) {
  const wanted = {
    ...(needsNode && { [nodePackage]: config.node }),
    ...(needsAddon && { [addonPackage]: dependencies['kafka-crab-js'] }),
  };
  const folder = await ensurePackages(wanted);
  const program = join('bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const node = needsNode ? join(folder, nodePackage, program) : process.execPath;
  const env = { ...process.env };
  if (needsAddon) env.TAILRACE_BROKER_ADDON = join(folder, addonPackage, addonFile);
  const child = spawn(node, [commandLine, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the child as well; this process only has to outlive it, to pass on how it ended.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('error', (error) =>
    fail(`cannot start ${node}, got ${error.message}; delete ${folder} and try again`),
  );
  child.once('exit', (code, signal) => {
    if (!signal) process.exitCode = code;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

/** The `node_modules` in the user's cache that holds these packages; fetched once, in one step. */
async function ensurePackages(wanted) {
  const names = Object.entries(wanted).map(([name, version]) => `${name}@${version}`);
  const cache = process.env.XDG_CACHE_HOME ?? process.env.LOCALAPPDATA ?? join(homedir(), '.cache');
  const place = join(cache, 'tailrace', names.join('+'));
  if (!existsSync(place)) {
    process.stderr.write(`tailrace: fetching ${names.join(' and ')} with npm into ${place} (once)\n`);
    const attempt = `${place}.${process.pid}`;
    try {
      mkdirSync(attempt, { recursive: true });
      writeFileSync(join(attempt, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
      await runNpm(attempt, names);
      // Another start may have been quicker; its folder holds the same.
      if (!existsSync(place)) renameSync(attempt, place);
    } finally {
      rmSync(attempt, { recursive: true, force: true });
    }
  }
  return join(place, 'node_modules');
}

function runNpm(folder, names) {
  // --force: the packages ask for another Node than the one that npm runs on, which is why they are fetched.
  const args = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: folder,
      stdio: ['ignore', process.stderr, process.stderr],
      shell: process.platform === 'win32', // npm is a .cmd file there
    });
    const complain = (got) =>
      reject(
        toError(
          `cannot fetch ${names.join(' and ')}, got ${got} from npm; ` +
            `check the network, or install Node ${config.node.split('.')[0]} and tailrace-cli again`,
        ),
      );
    child.once('error', (error) => complain(error.message));
    child.once('exit', (code, signal) => (code === 0 ? resolve() : complain(signal ?? `exit code ${code}`)));
  });
}

function isInstalled(name) {
  try {
    require.resolve(name);
    return true;
  } catch {
    // Node has no other way to ask.
    return false;
  }
}

function toError(message) {
  return Object.assign(new Error(message), { code: 'LAUNCH_FAILED' });
}

function fail(message) {
  process.stderr.write(`tailrace: ${message}\n`);
  process.exitCode = 3;
}
